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
    """Points with the largest expected contribution at size `k`; with `y`, equal numbers per class."""

def best_rows(
    scores: np.ndarray, rows: np.ndarray, n: int, labels: np.ndarray | None = None
) -> np.ndarray:
    """Rows with the largest scores; equal numbers of each class if labels are given."""

class Greedy:
    """Rows to train on, and candidates with guesses of their contributions to these rows."""

    engine: Engine
    rows: np.ndarray
    candidates: np.ndarray
    seed: int
    guesses: Any
    left: Any
    loss: Any
    since: int
    best: Any

    def __init__(
        self, engine: Engine, given: np.ndarray, candidates: np.ndarray, seed: int
    ) -> None: ...
    def value(self, places: np.ndarray) -> np.ndarray:
        """Exact contributions of some candidates, by place."""

    def add(self, place: int, batch: int) -> None:
        """Add a candidate to the rows; after `batch` of them, or a weak one, guesses are renewed."""

def best_of_all(state: Greedy, allowed: np.ndarray) -> int:
    """The best candidate, after all remaining candidates have been valued."""

def best_by_guesses(state: Greedy, allowed: np.ndarray) -> int:
    """The best candidate, after valuing as few as the guesses allow."""

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
    """The loss of models trained on the given rows and the first of the added ones."""
