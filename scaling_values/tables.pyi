# Made from the module beside it by docs/make_stubs.py: do not edit.
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

__all__ = [
    "LEAST_ROWS",
    "read_table",
    "Target",
    "read_target",
    "guess_task",
    "PreparedTable",
    "prepare_columns",
]

def read_table(
    source: Any,
    *,
    sep: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
    say: Callable[[str], Any] | None = None,
) -> pd.DataFrame:
    """A table from a file, however it is written; a DataFrame is returned as it is."""

class Target(NamedTuple):
    """The column to predict, where it is known."""

    name: str
    values: pd.Series
    rows: np.ndarray
    notes: tuple[str, ...]

def read_target(
    frame: pd.DataFrame, column: str, say: Callable[[str], Any] | None = None
) -> Target:
    """The column to predict: rows without it are left out, texts may be numbers or dates, and"""

LEAST_ROWS: int

def guess_task(y: pd.Series) -> tuple[str, str]:
    """What a column looks like to somebody who wants to predict it."""

class PreparedTable(NamedTuple):
    """Features and target of a table, and what became of its columns."""

    features: pd.DataFrame
    y: np.ndarray
    task: str
    columns: pd.DataFrame
    rows: np.ndarray
    target: str
    texts: dict[str, str]

def prepare_columns(
    frame: pd.DataFrame,
    target: Target,
    task: str | None = None,
    *,
    keep: str | Sequence[str] = (),
    drop: str | Sequence[str] = (),
    text: str | Sequence[str] = (),
    image: str | Sequence[str] = (),
    say: Callable[[str], Any] | None = None,
) -> PreparedTable:
    """Features as floats and words, the target, and a table of what became of each column."""
