# Made from the module beside it by docs/make_stubs.py: do not edit.
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from .contributions import Contributions
from .datasets import Dataset
from .laws import ScalingLaws

__all__ = ["values_series", "to_arrow", "to_pydvl", "from_pydvl", "ScalingEvaluator", "open_xarray"]

def values_series(
    values: ScalingLaws | Contributions | pd.DataFrame,
    weights: Mapping[int, float] | pd.Series | None = None,
    *,
    made: Mapping[str, Any] | None = None,
) -> pd.Series:
    """Values as a Series that says what it is."""

def to_arrow(
    values: ScalingLaws | Contributions | pd.DataFrame | pd.Series,
    weights: Mapping[int, float] | pd.Series | None = None,
    *,
    points: Sequence[int] | np.ndarray | None = None,
    made: Mapping[str, Any] | None = None,
) -> Any:
    """Values as an Arrow table, with nulls for what is not known, and their history in its metadata."""

def to_pydvl(
    values: ScalingLaws | Contributions | pd.DataFrame | pd.Series,
    weights: Mapping[int, float] | pd.Series | None = None,
    *,
    points: Sequence[int] | np.ndarray | None = None,
    algorithm: str | None = None,
) -> Any:
    """Values as pyDVL's result; converged if every point has a value, pending otherwise."""

def from_pydvl(result: Any) -> pd.DataFrame:
    """A result of pyDVL's as a table of values with standard errors."""

class ScalingEvaluator:
    """A `DataEvaluator` of OpenDataVal's: Shapley values from scaling laws, corrected by the samples."""

    learner: BaseEstimator
    metric: Any
    weights: Mapping[int, float] | pd.Series | None
    estimator: BaseEstimator | None
    random_state: int | np.random.Generator | np.random.RandomState | None
    sampling: Any
    x_train: Any
    y_train: Any
    x_valid: Any
    y_valid: Any
    data_: Dataset
    contributions_: Contributions
    laws_: Any
    values_: pd.DataFrame

    def __new__(cls, *args: Any, **kwargs: Any) -> ScalingEvaluator: ...
    def __init__(
        self,
        learner: BaseEstimator,
        metric: Any = None,
        weights: Mapping[int, float] | pd.Series | None = None,
        estimator: BaseEstimator | None = None,
        random_state: int | np.random.Generator | np.random.RandomState | None = None,
        **sampling: Any,
    ) -> None: ...
    def input_data(
        self, x_train: Any, y_train: Any, x_valid: Any, y_valid: Any
    ) -> ScalingEvaluator:
        """Takes the data, and checks them at once."""

    def train_data_values(self, *args: Any, **kwargs: Any) -> ScalingEvaluator:
        """Samples contributions, fits laws, and computes values from both."""

    def evaluate_data_values(self) -> np.ndarray:
        """The values, one a training point."""

def open_xarray(
    source: Contributions | str | os.PathLike,
    *,
    points: Sequence[int] | np.ndarray | None = None,
    data: Dataset | None = None,
) -> Any:
    """Contributions as an xarray dataset; from a store without computing anything."""
