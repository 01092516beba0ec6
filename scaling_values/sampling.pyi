# Made from the module beside it by docs/make_stubs.py: do not edit.
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .contributions import Contributions
from .datasets import Dataset
from .engines.base import Engine
from .utility import Utility

__all__ = [
    "class_allocation",
    "DrawPlan",
    "FoldPlan",
    "design_sizes",
    "plan_draws",
    "check_rows",
    "default_sizes",
    "compute_draws",
    "StopWhen",
    "sample_contributions",
]

def class_allocation(
    sizes: np.ndarray | Sequence[int], counts: np.ndarray | Sequence[int]
) -> np.ndarray:
    """Class-proportional counts by largest remainders, in integers; ties go to the larger class."""

@dataclass(frozen=True, eq=False)
class DrawPlan:
    """Which preceding set every draw is: a function of the seed and the draw's number."""

    seed: int
    design: str
    support: np.ndarray
    members: tuple[np.ndarray, ...]
    allocation: np.ndarray

    @property
    def cycle(self) -> int:
        """Draws after which sizes repeat."""

    def preceding_set(self, *key: int, without: int | None = None) -> tuple[int, np.ndarray, int]:
        """The preceding set of one draw."""

    def sets_for(self, draws: int) -> int:
        """The total number of sets."""

    def absence(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities that a set leaves out a row; the last column is for rows outside the pool."""

@dataclass(frozen=True, eq=False)
class FoldPlan:
    """Plans of draws, one for each fold that is a validation set; they take turns."""

    plans: tuple[DrawPlan, ...]
    judges: tuple[int, ...]
    folds: np.ndarray

    @property
    def design(self) -> str:
        """The design of sizes, the same for all plans."""

    @property
    def support(self) -> np.ndarray:
        """Sizes that can be drawn."""

    @property
    def members(self) -> tuple[np.ndarray, ...]:
        """Rows that any set can contain, stratum by stratum."""

    @property
    def cycle(self) -> int:
        """Draws after which sizes and folds repeat."""

    def turn(self, i: int) -> int:
        """The place in `plans` whose turn it is."""

    def preceding_set(self, *key: int, without: int | None = None) -> tuple[int, np.ndarray, int]:
        """The preceding set of one draw."""

    def absence(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities that a draw values a row."""

    def sets_for(self, draws: int) -> int:
        """The total number of sets, in whole cycles."""

def design_sizes(design: str, sizes: Sequence[int], n_sizes: int = 10) -> np.ndarray:
    """The sizes of a design: all in the range, or `n_sizes` log-spaced ones."""

def plan_draws(
    utility: Utility,
    points: np.ndarray,
    sizes: Sequence[int],
    design: str = "uniform",
    n_sizes: int = 10,
    stratify: bool = True,
    pool: np.ndarray | None = None,
    seed: int = 0,
) -> DrawPlan | FoldPlan:
    """A checked plan: each size can be drawn, has every class, and can leave out any valued point."""

def check_rows(rows: Any, n: int, argument: str) -> np.ndarray:
    """Distinct row numbers of the pool."""

def default_sizes(data: Dataset, pool: Sequence[int] | np.ndarray | None = None) -> tuple[int, int]:
    """A decade of sizes up to half the pool or 1000, raised until each class has two rows if it can."""

def compute_draws(
    engine: Engine, plan: DrawPlan, points: np.ndarray, draws: np.ndarray, independent: bool = False
) -> dict[str, np.ndarray]:
    """The contributions of a block of draws, with one thread."""

@dataclass(frozen=True)
class StopWhen:
    """Conditions that end a run before all its draws are made: the first that is met."""

    seconds: float | None = ...
    standard_error: float | None = ...
    rank_correlation: float | None = ...

    def __post_init__(self) -> None: ...
    def reached(self, delta: np.ndarray, cycle: int = 1) -> str | None:
        """Which target the values from these draws have reached, or None."""

def sample_contributions(
    utility: Utility,
    points: Sequence[int] | np.ndarray | None = None,
    sizes: Sequence[int] | None = None,
    draws: int = 200,
    design: str = "uniform",
    independent: bool = False,
    stratify: bool = True,
    random_state: int | np.random.Generator | None = None,
    pool: Sequence[int] | np.ndarray | None = None,
    engine: str | Engine | None = None,
    n_jobs: int | None = None,
    store: Any = None,
    *,
    store_key: str | None = None,
    n_sizes: int = 10,
    block_size: int | None = None,
    base_fits: int | None = None,
    stop: StopWhen | None = None,
    progress: bool = True,
) -> Contributions:
    """Draw preceding sets and compute every point's contribution to each of them."""
