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
    """First-order contributions to networks, checked against exact ones in every draw.

    It is an approximation, so it is only used if you make one."""

    name: str
    check: int

    def __init__(self, utility: Utility, *, check: int = 20, device: str = "cpu") -> None: ...
    @classmethod
    def limits(cls, utility: Utility) -> str | None:
        """Which setting it does not support, in words, or None."""

    @property
    def checks(self) -> pd.DataFrame:
        """One row per draw: how first-order contributions compare with exact ones.

        This needs `n_jobs=1`, because other processes keep their own rows."""

    def seconds(self, D: np.ndarray, n_points: int) -> float:
        """Seconds per draw, from one timed draw, which is not recorded in `checks`."""

    def first_order(self, D: np.ndarray, points: np.ndarray, seed: int = 0) -> np.ndarray:
        """Contributions to first order, by derivatives of the final loss by the points' weights."""

    def contributions(self, D: np.ndarray, points: np.ndarray, seed: int = 0) -> EngineResult:
        """Exact contributions of some points, and rescaled first-order ones of the others."""

def controlled_means(
    exact: np.ndarray, approximate: np.ndarray, more: np.ndarray, coefficient: float
) -> pd.DataFrame:
    """Means of exact contributions with approximations as a control variate, beside the plain means."""
