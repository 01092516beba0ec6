# Made from the module beside it by docs/make_stubs.py: do not edit.
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

__all__ = [
    "STATUS",
    "Status",
    "Contributions",
    "SizeMeans",
    "Store",
    "read_manifest",
    "stored_blocks",
]

class Status(IntEnum):
    """How a contribution was computed, from the strongest guarantee to the weakest."""

    absent = 0
    exact = 1
    certified = 2
    refitted = 3
    unconverged = 4
    approximate = 5

STATUS: tuple[str, ...]

@dataclass(frozen=True, eq=False, repr=False)
class Contributions:
    """Sampled marginal contributions of points to preceding sets."""

    k: np.ndarray
    delta: np.ndarray
    points: np.ndarray
    base_loss: np.ndarray | None = ...
    index: np.ndarray | None = ...
    y: np.ndarray | None = ...
    status: np.ndarray | None = ...
    support: np.ndarray | None = ...
    size_probability: np.ndarray | None = ...
    absence: np.ndarray | None = ...
    stratum: np.ndarray | None = ...
    outputs: np.ndarray | None = ...
    extra_k: np.ndarray | None = ...
    extra_outputs: np.ndarray | None = ...
    meta: dict[str, Any] = ...

    def __post_init__(self) -> None: ...
    def __len__(self) -> int: ...
    def __repr__(self) -> str: ...
    @property
    def sizes(self) -> np.ndarray:
        """The size of the preceding set behind every entry."""

    def absence_probability(self) -> np.ndarray:
        """The probability that a set of the entry's size leaves out its point.

        It is 1 if no design is known."""

    def take(
        self,
        draws: Sequence[int] | np.ndarray | None = None,
        points: Sequence[int] | np.ndarray | None = None,
    ) -> Contributions:
        """Only the given draws and points."""

    def halves(
        self, random_state: int | np.random.Generator | None = 0
    ) -> tuple[Contributions, Contributions]:
        """Two random halves of the draws: fit laws on one, and evaluate them on the other."""

    def take_each(
        self, m: int, random_state: int | np.random.Generator | None = 0
    ) -> Contributions:
        """`m` samples of each point, chosen at random from its own."""

    def size_edges(self, n_bins: int = 10) -> np.ndarray:
        """Edges of bins: one bin per distinct size, or `n_bins` log-spaced bins."""

    def means(self, bins: int | np.ndarray = 10) -> SizeMeans:
        """Mean, variance and count of the contributions, size by size or bin by bin."""

    def to_frame(self) -> pd.DataFrame:
        """Long form with one row per entry: draw, point, size, contribution.

        Entries that are missing by design are left out."""

    def status_counts(self) -> pd.Series:
        """The number of entries of each status."""

    def save(self, path: str | os.PathLike) -> None:
        """Write everything to one .npz file, without pickles."""

    @classmethod
    def load(cls, path: str | os.PathLike) -> Contributions:
        """Read contributions that `save` wrote."""

@dataclass(frozen=True, eq=False)
class SizeMeans:
    """Mean and variance of the contributions, size by size."""

    sizes: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    count: np.ndarray

    @property
    def standard_error(self) -> np.ndarray: ...

def save_sealed(
    path: str | os.PathLike, arrays: dict[str, np.ndarray], meta: dict[str, Any]
) -> None:
    """Arrays and facts in one file, with a checksum."""

def load_sealed(
    path: str | os.PathLike, kind: type, needed: set[str]
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read what `save_sealed` wrote, or raise an error that names the file."""

class Store:
    """A folder of finished blocks of draws of one run."""

    path: Any
    manifest: Any

    def __init__(self, path: str | os.PathLike, manifest: dict[str, Any]) -> None: ...
    def check(self) -> None:
        """Raise an error if the store was removed or belongs to another run now."""

    def write(self, draws: np.ndarray, arrays: dict[str, np.ndarray], kind: str = "draws") -> None:
        """Add a finished block; the file is complete, or it does not exist."""

    def read(self, n_draws: int, kind: str = "draws") -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """All finished draws below `n_draws`."""

def read_manifest(path: str | os.PathLike) -> dict[str, Any] | None:
    """The manifest of a store, which says what run it belongs to."""

def write_once(path: Path, text: str) -> None:
    """Write a complete file unless there is one; if two processes do so, the first one wins."""

def manifest_checksum(manifest: dict[str, Any]) -> str: ...
def stored_blocks(path: str | os.PathLike) -> Iterator[dict[str, np.ndarray]]:
    """The finished blocks of a store one after the other, each draw once."""
