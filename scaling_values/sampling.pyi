# Made from the module beside it by docs/make_stubs.py: do not edit.
from collections.abc import Callable, Sequence
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

def check_largest(sizes: Sequence[int], rows: int, most: int) -> None: ...
def strata_of(data: Dataset, rows: np.ndarray, stratify: bool) -> tuple[np.ndarray, ...]:
    """The rows of each class, or all rows as one stratum."""

def check_all_classes(
    allocation: np.ndarray,
    support: np.ndarray,
    sizes: Sequence[int],
    counts: np.ndarray,
    classes: Sequence,
) -> None: ...
def check_rows(rows: Any, n: int, argument: str) -> np.ndarray:
    """Distinct row numbers of the pool."""

def default_sizes(data: Dataset, pool: Sequence[int] | np.ndarray | None = None) -> tuple[int, int]:
    """A decade of sizes up to half the pool or 1000, raised until each class has two rows if it can."""

def compute_draws(
    engine: Engine, plan: DrawPlan, points: np.ndarray, draws: np.ndarray, independent: bool = False
) -> dict[str, np.ndarray]:
    """The contributions of a block of draws, with one thread."""

def manifest_of(utility: Utility, **facts: Any) -> dict[str, Any]:
    """A description of the utility, with further facts of a protocol."""

def rows_in_words(points: np.ndarray, *strata: np.ndarray) -> str:
    """Rows of the pool, or of its strata, as a manifest names them."""

def identity_of(
    utility: Utility, engine: Engine | None, facts: dict[str, Any], store_key: str | None
) -> dict[str, Any]:
    """The facts, with the identity of learner, metric and engine, where there is one."""

@dataclass(frozen=True)
class StopWhen:
    """Conditions that end a run before all its draws are made: the first that is met."""

    seconds: float | None = ...
    standard_error: float | None = ...
    rank_correlation: float | None = ...

    def __post_init__(self) -> None: ...
    def reached(self, delta: np.ndarray, cycle: int = 1) -> str | None:
        """Which target the values from these draws have reached, or None."""

class MadeDraws:
    """The draws that were made so far, and whether they are enough."""

    later: Callable[[int], float] | None
    have: Any
    cycle: int
    stop: StopWhen | None
    start: Any
    looks: Any
    numbers: list[np.ndarray]
    parts: list[dict[str, np.ndarray]]

    def __init__(
        self,
        total: int,
        cycle: int,
        stop: StopWhen | None,
        later: Callable[[int], float] | None = None,
    ) -> None: ...
    def add(self, block: np.ndarray, part: dict[str, np.ndarray]) -> tuple[int, str] | None: ...
    def enough(self) -> tuple[int, str] | None: ...
    def first(self, n: int, reason: str = "") -> tuple[dict[str, np.ndarray], str]:
        """The first n draws, in order."""

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

def check_call(utility: Any, stop: Any, n_jobs: Any, block_size: Any) -> None: ...
def check_store(store: Any, key: Any, protocol: str) -> None:
    """Check that a store was started by the same function."""

def stored_seed(store: Any) -> int: ...
def make_draws(
    work: Any,
    made: MadeDraws,
    missing: np.ndarray,
    write: Callable | None,
    n_jobs: int | None,
    block_size: int | None,
    each: float,
    bar: dict[str, Any],
) -> tuple[int, str] | None:
    """Compute the missing draws, block by block; `each` is the cost of one, in seconds."""

class NamedAnew:
    """Work that Dask knows under a new name in each run.

    Dask names data by their content, and forgets those of a run a moment after its end: with them
    those of the same name that the next run has sent by then."""

    def __dask_tokenize__(self) -> str: ...

def trained_model(utility: Utility, D: np.ndarray, seed: int, reseed: Callable[[int], None]) -> Any:
    """The base model of a draw, exactly as the engine trains it."""
