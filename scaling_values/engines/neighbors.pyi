# Made from the module beside it by docs/make_stubs.py: do not edit.
from typing import Any, NamedTuple

import numpy as np
import torch

from ..engines.base import FastEngine, TrainedSet
from ..utility import Utility

__all__ = ["NeighborsEngine"]

class NeighborsEngine(FastEngine):
    """Contributions to `KNeighborsClassifier` and `KNeighborsRegressor` under a built-in metric: exact, without a fit."""

    @classmethod
    def limits(cls, utility: Utility) -> str | None:
        """Which setting it does not honour, in words, or None."""

    def prepare(self) -> None:
        """Responses, distances, and their ranks."""

    def train(self, D: np.ndarray, seed: int) -> _Neighbourhood:
        """The neighbours of every validation point."""

class _Neighbors(NamedTuple):
    """Of every validation point, in D."""

    row: torch.Tensor
    last: torch.Tensor
    tied: torch.Tensor

class _Ties(NamedTuple):
    """The mixed ties of last neighbours."""

    v: torch.Tensor
    squared: torch.Tensor
    response: torch.Tensor
    torn: torch.Tensor
    unclear: torch.Tensor

class _Neighbourhood(TrainedSet):
    """D, and what its votes are worth."""

    engine: NeighborsEngine
    near: _Neighbors
    ties: _Ties | None
    base: Any
    gains: Any

    def __init__(self, engine: NeighborsEngine, D: np.ndarray) -> None: ...
    def value(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...
