# Made from the module beside it by docs/make_stubs.py: do not edit.
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator

from ..contributions import Contributions, SizeMeans
from ..laws import ScalingLaws

__all__ = ["LogLine", "fit_log_line", "LogLinear", "samples_by_point", "make_laws"]

class LogLine(NamedTuple):
    """Least-squares lines through logarithms, one a point."""

    slope: np.ndarray
    intercept: np.ndarray
    r2: np.ndarray
    n_sizes: np.ndarray

def fit_log_line(sizes: np.ndarray, values: np.ndarray) -> LogLine:
    """Ordinary least squares of `log|values|` on `log(sizes)`, all points at once."""

class LogLinear(BaseEstimator):
    """Laws from straight lines through the logarithms of mean contributions (Eq. 5) and of variances (Eq. 22)."""

    n_bins: int
    means_: SizeMeans
    variance_r2_: np.ndarray
    laws_: ScalingLaws

    def __init__(self, n_bins: int = 10) -> None: ...
    def fit(self, contributions: Contributions, y: Any = None) -> LogLinear:
        """Sets `laws_`, `means_` and `variance_r2_` (R^2 of the variance law)."""

def samples_by_point(
    contributions: Contributions, columns: slice, k0: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Samples with a line a point."""

def make_laws(
    contributions: Contributions,
    k0: float,
    mu: np.ndarray,
    alpha: np.ndarray,
    sd: np.ndarray,
    beta: np.ndarray,
    cov: np.ndarray,
    status: np.ndarray,
    mixture: np.ndarray | None = None,
) -> ScalingLaws:
    """Laws from fitted parameters, with the R^2 of the mean contributions' line."""
