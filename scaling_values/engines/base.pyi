# Made from the module beside it by docs/make_stubs.py: do not edit.
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from ..datasets import Dataset
from ..utility import Utility

__all__ = [
    "ENGINES",
    "ENGINE_OF_LEARNER",
    "EngineResult",
    "Engine",
    "RefitEngine",
    "TrainedSet",
    "FastEngine",
    "find_engine",
    "is_refitted",
]

class EngineResult(NamedTuple):
    """The contributions of all points to one preceding set."""

    delta: np.ndarray
    base_loss: float
    status: np.ndarray

@runtime_checkable
class Engine(Protocol):
    """Computes the contributions of many points to one preceding set."""

    name: str

    def contributions(self, D: np.ndarray, points: np.ndarray, seed: int = 0) -> EngineResult: ...
    def seconds(self, D: np.ndarray, n_points: int) -> float | None: ...

class RefitEngine:
    """Trains the learner on `D`, and on `D + z` for every point z.

    It is exact for any learner, and costs one fit per point."""

    name: str
    utility: Utility

    def __init__(self, utility: Utility) -> None: ...
    def contributions(self, D: np.ndarray, points: np.ndarray, seed: int = 0) -> EngineResult:
        """Eq. 3 for every point that is not in `D`."""

    def seconds(self, D: np.ndarray, n_points: int) -> float:
        """Seconds per draw, from one timed fit."""

class TrainedSet:
    """A preceding set on which an engine has trained. It values points, and says how sure it is."""

    base_loss: float
    width: int = ...

    def knows(self, points: np.ndarray) -> np.ndarray:
        """Which points it can value. The others are refitted."""

    def value(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Contributions, and how each was computed."""

class FastEngine:
    """Base of engines that value all points at once. A subclass declares its limits and `train`."""

    name: str
    learners: tuple[type, ...]
    metrics: tuple[str, ...] = ...
    timed: int
    by_class: bool
    utility: Utility
    device: str
    chunk: int

    def __init__(self, utility: Utility, *, device: str = "cpu", chunk: int = 4096) -> None: ...
    @classmethod
    def refuses(cls, utility: Utility) -> str | None:
        """Why this utility must be refitted, in words, or None."""

    @classmethod
    def limits(cls, utility: Utility) -> str | None:
        """Which setting it does not support, in words, or None."""

    def prepare(self) -> None:
        """Compute what all draws share."""

    def train(self, D: np.ndarray, seed: int) -> TrainedSet | None:
        """The trained set; None if every point must be refitted."""

    def contributions(self, D: np.ndarray, points: np.ndarray, seed: int = 0) -> EngineResult:
        """Eq. 3 for every point that is not in `D`."""

    def seconds(self, D: np.ndarray, n_points: int) -> float:
        """Seconds per draw, from one timed draw."""

class Tensors(NamedTuple):
    """A dataset for torch."""

    X: Any
    X_val: Any
    y: Any
    y_val: Any

def tensors(data: Dataset, device: str = "cpu") -> Tensors:
    """Features, and classes or responses, on a device."""

ENGINES: dict[str, str]
ENGINE_OF_LEARNER: dict[str, str]

def find_engine(utility: Utility, engine: str | Engine | None = None) -> Engine:
    """The engine for a utility.

    An engine class may have a method `refuses(utility)` that returns a reason, or None. An engine
    may have a method `remark()` that returns a warning, or None."""

def is_refitted(utility: Utility) -> bool:
    """Whether there is no faster engine, so that every contribution costs a fit."""

class AverageEngine:
    """The mean of the contributions over the learner's random initialisations."""

    utility: Utility
    engines: Any
    name: Any

    def __init__(self, utility: Utility, engine: str | None = None) -> None: ...
    def contributions(self, D: np.ndarray, points: np.ndarray, seed: int = 0) -> EngineResult:
        """Mean contributions; the status of a point is its weakest one."""

    def seconds(self, D: np.ndarray, n_points: int) -> float | None:
        """Seconds per draw, from those of the first engine."""
