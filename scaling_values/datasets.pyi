# Made from the module beside it by docs/make_stubs.py: do not edit.
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .tables import PreparedTable

__all__ = [
    "LOADERS",
    "check_target",
    "Dataset",
    "make_folds",
    "split_rows",
    "Split",
    "split_folds",
    "split_judges",
    "table_preparation",
    "load_digits",
    "load_dataset",
]

def check_target(y: Any, target: str, argument: str) -> np.ndarray:
    """Labels or responses that a learner can use, or an error that says why they are not."""

@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Training pool, validation set for utilities, and a test set that valuation never sees."""

    X_train: Any
    y_train: np.ndarray
    X_val: Any = ...
    y_val: np.ndarray | Any = ...
    X_test: Any = ...
    y_test: np.ndarray | Any = ...
    target: str = ...
    name: str = ...
    index: np.ndarray | None = ...
    feature_names: tuple[str, ...] | None = ...
    single: bool = ...
    folds: np.ndarray | None = ...
    judges: Any = ...
    judging: np.ndarray | None = ...

    def __post_init__(self) -> None: ...
    @cached_property
    def classes(self) -> np.ndarray: ...
    @cached_property
    def beyond_numbers(self) -> str | None:
        """What features of pool and validation set hold besides numbers, in words."""

    def __repr__(self) -> str: ...
    @classmethod
    def from_arrays(
        cls,
        X_train: Any,
        y_train: Any,
        X_val: Any = None,
        y_val: Any = None,
        X_test: Any = None,
        y_test: Any = None,
        *,
        target: str = "classification",
        name: str = "data",
        index: Any = None,
        folds: Any = None,
        judges: Any = ...,
    ) -> Dataset:
        """A dataset from arrays that are split and prepared already."""

    @property
    def n_folds(self) -> int:
        """How many folds evaluate each other."""

    def judged_by(self, fold: int) -> Dataset:
        """The same rows with one fold as the validation set; draw from the rows of other folds only."""

    @classmethod
    def from_prepared(
        cls,
        table: PreparedTable,
        *,
        split: Split | Sequence[float] | Sequence[int] = (0.6, 0.2, 0.2),
        random_state: int | np.random.Generator | None = 0,
        name: str = "table",
    ) -> Dataset:
        """A dataset from a table whose columns are known.

        Gaps are filled, words become one-hot columns, and numbers are standardised, all fitted on the
        pool alone."""

    @classmethod
    def from_frame(
        cls,
        source: Any,
        column: str,
        *,
        target: str | None = None,
        split: Sequence[float] | Sequence[int] = (0.6, 0.2, 0.2),
        random_state: int | np.random.Generator | None = 0,
        name: str | None = None,
        say: Callable[[str], Any] | None = None,
        **columns: Any,
    ) -> Dataset:
        """A dataset from a table: read, its columns prepared, and split."""

    def counts(self) -> pd.DataFrame:
        """Rows of every class in every part; in regression, of every part."""

    def digest(self) -> str:
        """A hash of pool and validation set, or folds.

        Two datasets with the same digest have the same contributions."""

def make_folds(
    y: np.ndarray,
    target: str = "classification",
    n_folds: int = ...,
    *,
    groups: Any = None,
    random_state: int | np.random.Generator | None = 0,
) -> np.ndarray:
    """Folds of equal size, as nearly as classes and groups allow."""

def split_rows(
    y: np.ndarray,
    target: str,
    split: Sequence[float] | Sequence[int] = (0.6, 0.2, 0.2),
    random_state: int | np.random.Generator | None = 0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random rows for pool, validation and test, class-proportional in classification."""

class Split(NamedTuple):
    """Which rows of a table go where, as row numbers in order."""

    pool: np.ndarray
    val: np.ndarray
    test: np.ndarray
    folds: np.ndarray | None = ...

def split_folds(
    y: np.ndarray,
    target: str,
    n_folds: int = ...,
    *,
    groups: Any = None,
    times: Any = None,
    random_state: int | np.random.Generator | None = 0,
) -> Split:
    """One fifth of the rows as the test set, the others in folds that evaluate each other."""

def split_judges(
    y: np.ndarray,
    target: str,
    judges: np.ndarray,
    test: np.ndarray | None = None,
    random_state: int | np.random.Generator | None = 0,
) -> Split:
    """Judges as validation and test set; all other rows are the pool."""

def table_preparation(frame: pd.DataFrame) -> Any:
    """Imputation, one-hot columns and standardisation for a table of numbers and words."""

def load_digits(data_home: str | os.PathLike | None = None) -> Dataset:
    """Handwritten digits from scikit-learn, pixels scaled to 0..1.

    The data are from UCI: E. Alpaydin and C. Kaynak, 1998."""

LOADERS: dict[str, str | Callable[..., Dataset]]

def load_dataset(name: str, data_home: str | os.PathLike | None = None, **options: Any) -> Dataset:
    """A dataset by name, split with a fixed seed."""
