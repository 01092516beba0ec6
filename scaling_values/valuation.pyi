# Made from the module beside it by docs/make_stubs.py: do not edit.
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from .contributions import Contributions
from .laws import ScalingLaws

__all__ = [
    "shapley_weights",
    "beta_weights",
    "banzhaf_weights",
    "node_weights",
    "monte_carlo",
    "assisted_values",
    "law_values",
]

def shapley_weights(low: int, high: int) -> pd.Series:
    """Equal weights on all sizes from `low` to `high`: distributional Shapley."""

def beta_weights(
    n: int, a: float = 16.0, b: float = 1.0, low: int | None = None, high: int | None = None
) -> pd.Series:
    """Weights of Beta(a, b)-Shapley: the size of the preceding set is beta-binomial."""

def banzhaf_weights(n: int, low: int | None = None, high: int | None = None) -> pd.Series:
    """Weights of Data Banzhaf: the size of the preceding set is binomial with probability one half."""

def node_weights(weights: pd.Series, nodes: np.ndarray) -> pd.Series:
    """Weights for sampled sizes that stand for weights on all sizes between them, by a cubic spline in log k."""

def monte_carlo(
    contributions: Contributions, weights: Mapping[int, float] | pd.Series | None = None
) -> pd.DataFrame:
    """Semivalues by weighted Monte Carlo, with standard errors and effective sample sizes; no law is assumed."""

def assisted_values(
    contributions: Contributions,
    estimator: BaseEstimator | None = None,
    weights: Mapping[int, float] | pd.Series | None = None,
    n_folds: int = 5,
    **fit_params: Any,
) -> pd.DataFrame:
    """Semivalues from laws, corrected by the samples as far as held-out draws confirm what these say."""

def law_values(
    laws: ScalingLaws, weights: Mapping[int, float] | pd.Series | None = None
) -> pd.DataFrame:
    """Former name of `laws.values(weights)`."""
