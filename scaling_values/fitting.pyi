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

def fit_estimator(
    estimator: BaseEstimator | None,
    samples: Contributions,
    X_train: np.ndarray | None = None,
    light: bool = False,
) -> BaseEstimator:
    """Fit a copy of an estimator to controlled draws; those that take features get the sampled points'."""

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
    """Which way to sample, by what is asked for or else by the rule; a warning tells the rule's choice and the price of both ways."""

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
    """What laws expect of the very draws that were made; missing where the samples are."""

def predicted_utilities(laws: ScalingLaws, utilities: Utilities) -> np.ndarray:
    """What laws say of fits by their members: how far each lies above the mean of its size."""

def split_half(
    samples: Contributions | Utilities,
    estimator: BaseEstimator | None = None,
    n_bins: int = 5,
    random_state: int | np.random.Generator | None = 0,
    X_train: np.ndarray | None = None,
    points: Sequence[int] | np.ndarray | None = None,
) -> pd.DataFrame:
    """Half against half. Of contributions: laws of one against the other's means, beside the ceiling that noise sets. Of whole fits: laws of both, and laws of one against the other's utilities."""
