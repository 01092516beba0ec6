# Made from the module beside it by docs/make_stubs.py: do not edit.
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from .contributions import Contributions
from .laws import ScalingLaws
from .utilities import Utilities
from .utility import Utility

__all__ = ["fit_laws", "predicted_contributions", "predicted_utilities", "split_half"]

def features_for(
    estimator: BaseEstimator, samples: Contributions | Utilities, X_train: np.ndarray | None
) -> dict[str, np.ndarray]:
    """What `fit` needs besides the samples."""

def check_estimator(estimator: BaseEstimator | None, X_train: Any = None) -> None:
    """Raises an error for what cannot fit laws, so that nothing is sampled in vain."""

def fit_estimator(
    estimator: BaseEstimator | None,
    samples: Contributions,
    X_train: np.ndarray | None = None,
    light: bool = False,
) -> BaseEstimator:
    """Fit a copy of an estimator to controlled draws, with the points' features if it takes them."""

DEFAULT_DRAWS: int

def choose_design(
    utility: Utility,
    design: str | None = None,
    *,
    estimator: BaseEstimator | None = None,
    draws: int | None = None,
    fits: int | None = None,
    sizes: Sequence[int] | None = None,
    points: Sequence[int] | np.ndarray | None = None,
    pool: Sequence[int] | np.ndarray | None = None,
    **sampling: Any,
) -> str:
    """The kind of samples: as asked for, or by the rule, which warns about the cost of both kinds."""

def fit_laws(
    learner: BaseEstimator,
    X: Any,
    y: Any = None,
    X_val: Any = None,
    y_val: Any = None,
    *,
    metric: Any = None,
    estimator: BaseEstimator | None = None,
    sizes: Sequence[int] | None = None,
    design: str | None = None,
    draws: int | None = None,
    fits: int | None = None,
    random_state: int | np.random.Generator | None = None,
    n_jobs: int | None = None,
    **sampling: Any,
) -> ScalingLaws:
    """Sample, and fit a law to every point of the pool, in one call."""

def predicted_contributions(laws: ScalingLaws, samples: Contributions) -> Contributions:
    """What laws expect at the draws that were made; missing where the samples are missing."""

def predicted_utilities(laws: ScalingLaws, utilities: Utilities) -> np.ndarray:
    """What laws predict for each fit from its members: its utility above the mean of its size."""

LEAST_FITS_OF_LAWS: int

def split_half(
    samples: Contributions | Utilities,
    estimator: BaseEstimator | None = None,
    n_bins: int = 5,
    random_state: int | np.random.Generator | None = 0,
    X_train: np.ndarray | None = None,
    points: Sequence[int] | np.ndarray | None = None,
) -> pd.DataFrame:
    """Laws of one half of the samples against the other half.

    Contributions: laws of one half predict the other half's means. The columns are `r2`, `pearson`,
    `points`, `ceiling` and `ceiling_se` (of `r2`), `pearson_ceiling`; noise sets the ceilings.
    Whole fits: laws of both halves are compared, and laws of one predict the other's utilities. The
    columns are `k`, `pearson`, `r2`, `reliability`, `predicted`, with a last row named 'all'."""
