# Made from the module beside it by docs/make_stubs.py: do not edit.
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

__all__ = [
    "Features",
    "as_frame",
    "as_floats",
    "plain_column",
    "read_features",
    "check_features",
    "why_not_numbers",
    "in_order",
    "take_rows",
    "shared_rows",
    "share_across",
    "parts_of",
]

class Features(NamedTuple):
    """Features as a dataset holds them."""

    X: Any
    names: tuple[str, ...] | None
    index: pd.Index | None
    single: bool

def as_frame(table: Any) -> pd.DataFrame | None:
    """A table of any library as a pandas frame."""

def as_floats(values: Any, argument: str) -> np.ndarray:
    """Numbers as float64, in a new array."""

def plain_column(values: pd.Series, argument: str) -> pd.Series:
    """A column of floats if it contains only numbers; otherwise the column unchanged."""

def read_features(X: Any, argument: str) -> Features:
    """Features in the form of a dataset, or an error with the reason."""

def check_features(X: Any, argument: str) -> np.ndarray:
    """Finite float64 features with two dimensions, or an error that says what is wrong where."""

def why_not_numbers(X: Any) -> str | None:
    """What else the features contain, in words."""

def in_order(features: Features, names: tuple[str, ...] | None, argument: str) -> Features:
    """The same features with columns in the pool's order."""

def take_rows(X: Any, rows: np.ndarray) -> Any:
    """A copy of some rows."""

def shared_rows(X_train: Any, X_val: Any) -> tuple[float, float]:
    """How much two sets of rows overlap."""

def share_across(X: Any, folds: np.ndarray) -> float:
    """The share of rows that have an equal row in another fold."""

def parts_of(X: Any) -> list[np.ndarray]:
    """Arrays that together determine the features, for a digest."""
