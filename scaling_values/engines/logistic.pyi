# Made from the module beside it by docs/make_stubs.py: do not edit.
from typing import Any

import numpy as np
import torch

from ..engines.base import FastEngine, TrainedSet
from ..engines.logistic_core import Draw
from ..utility import Utility

__all__ = ["LogisticEngine"]
ORDER: int
SINGLE_REACH: float
CUT: float
LOSS_REACH: float

class LogisticEngine(FastEngine):
    """Contributions to `LogisticRegression`: all points at once, each certified or refitted."""

    name: str
    learners: Any
    block: int
    precision: float

    def __init__(
        self,
        utility: Utility,
        *,
        device: str = "cpu",
        chunk: int = 2048,
        block: int = 256,
        precision: float = 8e-07,
    ) -> None: ...
    @classmethod
    def limits(cls, utility: Utility) -> str | None:
        """Which setting it does not support, in words, or None."""

    def prepare(self) -> None:
        """Features, and classes as codes."""

    def train(self, D: np.ndarray, seed: int) -> _TrainedModel | None:
        """The trained set; None if Newton's method fails, or if D has one class only."""

    def remark(self) -> str | None:
        """A warning if the learner stops long before the model that the engine computes."""

class _TrainedModel(TrainedSet):
    """The draw of D, and a draw of D + z for each point that it cannot certify."""

    engine: LogisticEngine
    D: torch.Tensor
    weights: torch.Tensor
    draw: Draw

    def __init__(self, engine: LogisticEngine, D: torch.Tensor, weights: torch.Tensor) -> None: ...
    def value(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...
