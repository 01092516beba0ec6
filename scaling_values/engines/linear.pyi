# Made from the module beside it by docs/make_stubs.py: do not edit.
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ..engines.base import FastEngine, TrainedSet
from ..utility import Utility

__all__ = ["LinearEngine"]

@dataclass(frozen=True)
class _Fit:
    """A fit to D, ready for one more row."""

    centre: torch.Tensor
    level: torch.Tensor
    basis: torch.Tensor
    inside: torch.Tensor
    outside: float
    weights: torch.Tensor
    constant: float
    scale: float
    least: float = ...
    cut: float = ...
    clear: bool = ...
    inverse: torch.Tensor | None = ...

TEN_DIGITS: float
LOST: float
MARGIN: float
OUTSIDE: float

class LinearEngine(FastEngine):
    """Contributions to `LinearRegression` and `Ridge` (squared error): closed form, all at once."""

    name: str
    learners: Any
    metrics: tuple[str]

    @classmethod
    def limits(cls, utility: Utility) -> str | None:
        """Which setting it does not support, in words, or None."""

    def prepare(self) -> None:
        """Features near the centre of every draw, and the validation set's second moments."""

    def train(self, D: np.ndarray, seed: int) -> _Parabolas | None:
        """The set after one decomposition; None if a refit has another solution than the formula."""

class _Parabolas(TrainedSet):
    """The fit to D. Along the direction of each point, the error is a parabola."""

    X: Any
    y: Any
    fit: _Fit
    g: Any
    M: Any

    def __init__(self, engine: LinearEngine, rows: torch.Tensor) -> None: ...
    def value(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...
