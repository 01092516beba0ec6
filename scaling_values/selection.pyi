# Made from the module beside it by docs/make_stubs.py: do not edit.
from typing import Any

import numpy as np
import pandas as pd

from .engines.base import Engine
from .laws import ScalingLaws
from .utility import Utility

__all__ = ["select_points", "best_rows", "add_points", "adding_curve"]

def find_labels(values: Any, labels: np.ndarray) -> np.ndarray | None: ...
def select_points(
    laws: ScalingLaws,
    n: int,
    k: int,
    y: Any = None,
    *,
    worst: bool = False,
    min_r2: float | None = None,
) -> np.ndarray:
    """Points with the largest expected contribution at size `k`; equal numbers a class if labels are given."""

def best_rows(
    scores: np.ndarray, rows: np.ndarray, n: int, labels: np.ndarray | None = None
) -> np.ndarray:
    """Rows with the largest scores; equal numbers a class if labels are given."""

def add_points(
    utility: Utility,
    given: Any,
    n: int,
    *,
    candidates: Any = None,
    batch: int = 10,
    by_class: bool = False,
    engine: str | Engine | None = None,
    random_state: int | np.random.Generator | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Add points one after the other, each with the largest contribution to all rows so far."""

def adding_curve(
    utility: Utility, given: Any, added: Any, counts: Any, on: str = "test", seed: int = 0
) -> pd.Series:
    """The loss of models trained on given rows and the first of others."""
