# Made from the module beside it by docs/make_stubs.py: do not edit.
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .sampling import StopWhen
from .utility import Utility

__all__ = ["Utilities", "default_fits", "sample_utilities", "sample_fold_utilities", "join_fits"]

@dataclass(frozen=True, eq=False, repr=False)
class Utilities:
    """Fits to random subsets of the pool: who was in them, and how wrong they are, row by row."""

    members: np.ndarray
    losses: np.ndarray
    base_loss: np.ndarray
    points: np.ndarray
    n: int
    pool_losses: np.ndarray | None = ...
    index: np.ndarray | None = ...
    y: np.ndarray | None = ...
    strata: np.ndarray | None = ...
    numbers: np.ndarray | None = ...
    sizes: tuple[int, int] | None = ...
    meta: dict[str, Any] = ...

    def __post_init__(self) -> None: ...
    def __len__(self) -> int: ...
    def __repr__(self) -> str: ...
    @property
    def k(self) -> np.ndarray:
        """The sizes of the sets."""

    def membership(self, points: Sequence[int] | np.ndarray | None = None) -> np.ndarray:
        """Who was in which fit, in the order of `points`."""

    def take(self, fits: Sequence[int] | np.ndarray) -> Utilities:
        """The given fits alone."""

    def halves(
        self, random_state: int | np.random.Generator | None = 0
    ) -> tuple[Utilities, Utilities]:
        """The pairs split at random into two halves, for honest checks: fit on one, judge on the other."""

    def save(self, path: str | os.PathLike) -> None:
        """Write everything to one .npz file with a checksum, without pickles."""

    @classmethod
    def load(cls, path: str | os.PathLike) -> Utilities:
        """Read utilities that `save` wrote."""

def default_fits(points: int) -> int:
    """Four for each row, at least 300."""

def sample_utilities(
    utility: Utility,
    sizes: Sequence[int] | None = None,
    fits: int | None = None,
    *,
    pool: Sequence[int] | np.ndarray | None = None,
    stratify: bool = True,
    random_state: int | np.random.Generator | None = None,
    n_jobs: int | None = None,
    store: Any = None,
    store_key: str | None = None,
    stop: StopWhen | None = None,
    block_size: int | None = None,
    progress: bool = True,
) -> Utilities:
    """Train on random subsets of the pool, and judge each fit on all rows."""

def sample_fold_utilities(
    utility: Utility,
    sizes: Sequence[int] | None = None,
    fits: int | None = None,
    *,
    random_state: int | np.random.Generator | None = None,
    store: Any = None,
    stop: StopWhen | None = None,
    **sampling: Any,
) -> list[Utilities]:
    """Train on random subsets of all folds but one, which judges, fold by fold."""

def join_fits(parts: Sequence[Utilities]) -> Utilities:
    """Fits of several judges as one, each with its mean loss."""
