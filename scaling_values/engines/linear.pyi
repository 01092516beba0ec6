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
    inverse: torch.Tensor | None = ...

class LinearEngine(FastEngine):
    """Contributions to `LinearRegression` and `Ridge` under the squared error: closed form, all points at once."""

    @classmethod
    def limits(cls, utility: Utility) -> str | None:
        """Which setting it does not honour, in words, or None."""

    def prepare(self) -> None:
        """Features near the centre of every draw, and the validation set's second moments."""

    def train(self, D: np.ndarray, seed: int) -> _Parabolas:
        """One decomposition."""

class _Parabolas(TrainedSet):
    """D's fit; along each point's direction the error is a parabola."""

    X: Any
    y: Any
    fit: _Fit
    g: Any
    M: Any

    def __init__(self, engine: LinearEngine, rows: torch.Tensor) -> None: ...
    def value(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...
