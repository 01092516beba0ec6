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
    """The law, Eq. 4: `c / k**alpha`."""

def negative_log_likelihood(
    delta: np.ndarray,
    k: np.ndarray,
    c: np.ndarray | float,
    alpha: np.ndarray | float,
    sigma: np.ndarray | float,
    beta: np.ndarray | float,
) -> np.ndarray:
    """Gaussian negative log-likelihood of single contributions (appendix B of the paper)."""

@dataclass(frozen=True, eq=False, repr=False)
class ScalingLaws:
    """What is known about the curve of every valued point, and which row the point is."""

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
        """Standard error of the expected contribution.

        Straight lines use the delta method; series use the posterior."""

    def interval(self, sizes: Sequence[int] | np.ndarray | int, level: float = 0.9) -> np.ndarray:
        """Interval for the expected contribution, not for a single new one: posterior quantiles."""

    def values(
        self,
        weights: Mapping[int, float] | pd.Series | None = None,
        low: int | None = None,
        high: int | None = None,
        level: float | None = 0.9,
    ) -> pd.DataFrame:
        """Values: weighted sums of expected contributions over sizes, with standard error and interval."""

    def local_exponent(self, k: int | float, level: float | None = 0.9) -> pd.DataFrame:
        """The exponent at size `k`, -d log|psi| / d log k, with its interval.

        A straight line has the same exponent at all sizes."""

    def sign_change(self, low: int | None = None, high: int | None = None) -> pd.DataFrame:
        """How probable a change of sign between two sizes is, and the size where it happens."""

    def top(self, n: int, k: int) -> np.ndarray:
        """The `n` points with the largest expected contribution to a dataset of size `k`.

        Points without a law are left out."""

    def take(self, places: Sequence[int] | np.ndarray) -> ScalingLaws:
        """The laws of some points."""

    def to_frame(self) -> pd.DataFrame:
        """One row per point, under the user's index.

        The columns are contribution and exponent at k0, the straight line's parameters if one was
        fitted, quality and status."""

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
    """Check the weights of a semivalue: finite numbers at positive sizes.

    Warns if over a fifth of the weight lies outside the sampled sizes."""
