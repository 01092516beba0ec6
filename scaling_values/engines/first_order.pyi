# Made from the module beside it by docs/make_stubs.py: do not edit.
from typing import Any

import numpy as np
import pandas as pd

from ..engines.base import EngineResult
from ..engines.mlp import MLPEngine
from ..utility import Utility

__all__ = ["FirstOrder", "controlled_means"]
SLOPES: dict[str, tuple[Any, Any, Any]]

class FirstOrder(MLPEngine):
    """First-order contributions to networks, checked against exact ones in every draw. An approximation: only used where you make one."""

    name: str
    check: int

    def __init__(self, utility: Utility, *, check: int = 20, device: str = "cpu") -> None: ...
    @classmethod
    def limits(cls, utility: Utility) -> str | None:
        """Which setting it does not honour, in words, or None."""

    @property
    def checks(self) -> pd.DataFrame:
        """A row a draw: how first-order contributions compare with exact ones. Only with `n_jobs=1`: other processes keep their rows."""

    def seconds(self, D: np.ndarray, n_points: int) -> float:
        """Seconds a draw, from one timed draw, which is no row of `checks`."""

    def first_order(self, D: np.ndarray, points: np.ndarray, seed: int = 0) -> np.ndarray:
        """The derivative of the final loss by every point's weight, per point."""

    def contributions(self, D: np.ndarray, points: np.ndarray, seed: int = 0) -> EngineResult:
        """Exact for some points, rescaled first-order for the others."""

def controlled_means(
    exact: np.ndarray, approximate: np.ndarray, more: np.ndarray, coefficient: float
) -> pd.DataFrame:
    """Means of exact contributions with approximations as a control variate, beside the plain means."""
