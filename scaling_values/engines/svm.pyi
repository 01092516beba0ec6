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
ROUNDS: int
EVENTS: int
WIDEST: int

class _Point(NamedTuple):
    """New rows, each of them for itself."""

    K: torch.Tensor
    own: torch.Tensor
    y: torch.Tensor
    C: torch.Tensor

    def take(self, which: torch.Tensor) -> _Point: ...

TOGETHER: Any

class _Joined(NamedTuple):
    """What points change in a machine."""

    changing: torch.Tensor
    weights: torch.Tensor
    refitted: torch.Tensor

class _Rows(NamedTuple):
    """Rows of D."""

    K: torch.Tensor
    codes: torch.Tensor
    C: torch.Tensor
    n_classes: int

class _Points(NamedTuple):
    """New rows, each of them for itself."""

    K: torch.Tensor
    own: torch.Tensor
    codes: torch.Tensor
    C: torch.Tensor

class _Trained:
    """The machines of a training set, and what they say elsewhere."""

    rows: _Rows
    parts: Any
    f: Any

    def __init__(self, rows: _Rows, train: torch.Tensor, K_asked: torch.Tensor) -> None: ...
    @property
    def certified(self) -> bool: ...
    def at(self, K: torch.Tensor) -> torch.Tensor: ...
    def points(self, z: _Points) -> list[tuple[torch.Tensor, _Point]]:
        """For each machine: which points concern it, and they as it sees them."""

    def with_each(
        self,
        z: _Points,
        K_asked: torch.Tensor,
        concerned: list[torch.Tensor],
        joined: list[_Joined],
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Decision values (N, e, pairs) after each point has joined, whose kernels where they are asked are K_asked (N, e); who was refitted (N,)."""

class SVMEngine(FastEngine):
    """Contributions to `SVC`, and to `CalibratedClassifierCV(SVC(), ensemble=False)`: all points at once, each certified or refitted."""

    cache: int

    def __init__(
        self, utility: Utility, *, device: str = "cpu", chunk: int = 2048, cache: int = ...
    ) -> None: ...
    @classmethod
    def limits(cls, utility: Utility) -> str | None:
        """Which setting it does not honour, in words, or None."""

    def prepare(self) -> None:
        """Inner products."""

    def train(self, D: np.ndarray, seed: int) -> _TrainedMachines | None:
        """None where a class is missing from a fold, or folds are not a partition: scikit-learn knows what to say."""

class _TrainedMachines(TrainedSet):
    """D's machines, and their calibration if there is one."""

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
        """Whether the base loss is known, and hangs on no rounding."""

    def knows(self, points: np.ndarray) -> np.ndarray: ...
    def value(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...
