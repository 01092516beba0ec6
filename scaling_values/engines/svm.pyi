# Made from the module beside it by docs/make_stubs.py: do not edit.
from typing import Any, NamedTuple

import numpy as np
import torch
from sklearn.svm import SVC

from ..engines.base import FastEngine, TrainedSet
from ..utility import HeldLearners, Utility

__all__ = ["SVMEngine"]
FLIP: float
PROVEN: float
UNDECIDED: Any
STATUS_ROUNDS: int
SINGULAR: float
DEPENDENT: float
SENSELESS: float
ROUNDS: int
EVENTS: int
WIDEST: int
DEPENDENT_POINT: float

class _Point(NamedTuple):
    """New rows, each one separately."""

    K: torch.Tensor
    own: torch.Tensor
    y: torch.Tensor
    C: torch.Tensor

    def take(self, which: torch.Tensor) -> _Point: ...

TOGETHER: Any

class _Joined(NamedTuple):
    """The changes by points in a machine."""

    changing: torch.Tensor
    weights: torch.Tensor
    refitted: torch.Tensor

PLATT_STEPS: int
ARRIVED: float
ACCEPTED: float

class _Rows(NamedTuple):
    """Rows of D."""

    K: torch.Tensor
    codes: torch.Tensor
    C: torch.Tensor
    n_classes: int

class _Points(NamedTuple):
    """New rows, each one separately."""

    K: torch.Tensor
    own: torch.Tensor
    codes: torch.Tensor
    C: torch.Tensor

class _Trained:
    """The machines of a training set, and their decision values on other rows."""

    rows: _Rows
    parts: Any
    f: Any

    def __init__(self, rows: _Rows, train: torch.Tensor, K_asked: torch.Tensor) -> None: ...
    @property
    def certified(self) -> bool: ...
    def at(self, K: torch.Tensor) -> torch.Tensor: ...
    def points(self, z: _Points) -> list[tuple[torch.Tensor, _Point]]:
        """For each machine: the points that belong to it, and how it sees them."""

    def with_each(
        self,
        z: _Points,
        K_asked: torch.Tensor,
        concerned: list[torch.Tensor],
        joined: list[_Joined],
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Decision values (N, e, pairs) after each point has joined, and which were refitted (N,).

        K_asked (N, e) are the kernels of the points with the rows of the decision values."""

class SVMEngine(FastEngine):
    """Contributions to `SVC` and `CalibratedClassifierCV(SVC(), ensemble=False)`.

    All points are computed at once, and each is certified or refitted."""

    name: str
    learners: Any
    by_class: bool
    cache: int

    def __init__(
        self, utility: Utility, *, device: str = "cpu", chunk: int = 2048, cache: int = ...
    ) -> None: ...
    @classmethod
    def limits(cls, utility: Utility) -> str | None:
        """Which setting it does not support, in words, or None."""

    def prepare(self) -> None:
        """Compute inner products."""

    def train(self, D: np.ndarray, seed: int) -> _TrainedMachines | None:
        """The trained set, or None if the learner itself must be trained.

        This is so if a class is missing from a fold, or if folds are not a partition. Then scikit-learn
        raises its own errors."""

class _TrainedMachines(TrainedSet):
    """The machines of D, and their calibration if there is one."""

    engine: SVMEngine
    D: torch.Tensor
    svc: SVC
    rows: _Rows
    present: torch.Tensor
    weight: torch.Tensor
    trained: _Trained
    calibration: Any

    def __init__(
        self,
        engine: SVMEngine,
        D: torch.Tensor,
        svc: SVC,
        rows: _Rows,
        present: torch.Tensor,
        weight: torch.Tensor,
        learners: HeldLearners,
    ) -> None: ...
    @property
    def certified(self) -> bool: ...
    @property
    def decided(self) -> bool:
        """Whether the base loss is known and does not depend on rounding."""

    def knows(self, points: np.ndarray) -> np.ndarray: ...
    def value(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...
