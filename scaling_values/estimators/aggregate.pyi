# Made from the module beside it by docs/make_stubs.py: do not edit.
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from ..contributions import Contributions

__all__ = ["Aggregate", "compare_with_contributions"]

class Aggregate(BaseEstimator):
    """The scaling law of the loss, Eq. 2: `epsilon + b / k**exponent`, from the losses of the preceding sets."""

    exponent_bounds: Sequence[float]
    k0_: float
    exponent_: float
    noise_exponent_: float
    epsilon_: float
    b_: Any
    noise_: float
    cov_: Any
    status_: Any

    def __init__(self, exponent_bounds: Sequence[float] = (0.05, 4.0)) -> None: ...
    def fit(self, contributions: Contributions, y: Any = None) -> Aggregate:
        """Sets `epsilon_`, `b_`, `exponent_`, `noise_` (sd at `k0_`), `noise_exponent_`, `cov_` of (epsilon, B, lambda) and `status_`."""

    def predict(self, sizes: Sequence[int] | np.ndarray | int) -> np.ndarray:
        """Expected loss after training on so many rows."""

    def mean_contribution(self, sizes: Sequence[int] | np.ndarray | int) -> np.ndarray:
        """What a random point adds in expectation: the step `L(k) - L(k + 1)`, about `b lambda / k**(lambda + 1)`."""

    def standard_error(
        self, sizes: Sequence[int] | np.ndarray | int, of: str = "loss"
    ) -> np.ndarray:
        """Standard error of `predict` or of `mean_contribution`."""

    def interval(
        self, sizes: Sequence[int] | np.ndarray | int, level: float = 0.9, of: str = "loss"
    ) -> np.ndarray:
        """Normal confidence interval for the expected loss, or for the mean contribution."""

def compare_with_contributions(
    law: Aggregate, contributions: Contributions, n_bins: int = 6
) -> pd.DataFrame:
    """Footnote 1, checked: the points' mean contribution beside the step of the aggregate law."""
