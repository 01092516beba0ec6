# Made from the module beside it by docs/make_stubs.py: do not edit.
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .curves import Components

__all__ = ["power_law", "negative_log_likelihood", "ScalingLaws", "check_weights"]

def power_law(
    sizes: np.ndarray | Sequence[int] | int, c: np.ndarray | float, alpha: np.ndarray | float
) -> np.ndarray:
    """The law itself, Eq. 4: `c / k**alpha`."""

def negative_log_likelihood(
    delta: np.ndarray,
    k: np.ndarray,
    c: np.ndarray | float,
    alpha: np.ndarray | float,
    sigma: np.ndarray | float,
    beta: np.ndarray | float,
) -> np.ndarray:
    """Gaussian negative log-likelihood of single contributions, paper's appendix B."""

@dataclass(frozen=True, eq=False, repr=False)
class ScalingLaws:
    """What is known about the curve of every valued point, and whose it is."""

    c: np.ndarray
    alpha: np.ndarray
    sigma: np.ndarray
    beta: np.ndarray
    k0: float
    sizes: tuple[int, int]
    cov: np.ndarray
    r2: np.ndarray
    n_samples: np.ndarray
    status: np.ndarray
    points: np.ndarray
    index: np.ndarray
    components: tuple[Components, ...] = ...

    def __post_init__(self) -> None: ...
    def __len__(self) -> int: ...
    @property
    def bends(self) -> bool: ...
    @property
    def mu(self) -> np.ndarray: ...
    def __repr__(self) -> str: ...
    def contribution(self, sizes: Sequence[int] | np.ndarray | int) -> np.ndarray:
        """Expected marginal contribution of every point at every size."""

    def standard_error(self, sizes: Sequence[int] | np.ndarray | int) -> np.ndarray:
        """Standard error of the expected contribution: of straight lines by the delta method, of series from the posterior."""

    def interval(self, sizes: Sequence[int] | np.ndarray | int, level: float = 0.9) -> np.ndarray:
        """Interval for the expected contribution (not for a new single contribution): quantiles of the posterior."""

    def values(
        self,
        weights: Mapping[int, float] | pd.Series | None = None,
        low: int | None = None,
        high: int | None = None,
        level: float | None = 0.9,
    ) -> pd.DataFrame:
        """Values: the weighted sum of the expected contributions over sizes, with standard error and interval."""

    def local_exponent(self, k: int | float, level: float | None = 0.9) -> pd.DataFrame:
        """The exponent at size `k`, -d log|psi| / d log k, with its interval; of straight lines the same at all sizes."""

    def sign_change(self, low: int | None = None, high: int | None = None) -> pd.DataFrame:
        """The probability that a point's expected contribution has different signs at two sizes, and the size where it turns."""

    def top(self, n: int, k: int) -> np.ndarray:
        """The `n` points with the largest expected contribution to a dataset of size `k`; points without a law are left out."""

    def take(self, places: Sequence[int] | np.ndarray) -> ScalingLaws:
        """The laws of some points."""

    def to_frame(self) -> pd.DataFrame:
        """One row per point, under the user's index: contribution and exponent at k0, the straight line's parameters where one was fitted, quality and status."""

    def save(self, path: str | os.PathLike) -> None:
        """Write the laws to a Parquet file: one row per point; families and sizes are in its metadata."""

    @classmethod
    def load(cls, path: str | os.PathLike) -> ScalingLaws:
        """Read laws that `save` wrote."""

    def shapley(self, low: int | None = None, high: int | None = None) -> pd.Series:
        """Former name of `values(low=low, high=high).value`."""

    def semivalue(self, weights: Mapping[int, float] | pd.Series) -> pd.Series:
        """Former name of `values(weights).value`."""

def check_weights(
    weights: Mapping[int, float] | pd.Series, sampled: tuple[int, int], stacklevel: int = 3
) -> pd.Series:
    """Weights of a semivalue: finite, at positive sizes; a warning if over a fifth lies outside the sampled sizes."""
