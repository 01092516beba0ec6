# Made from the module beside it by docs/make_stubs.py: do not edit.
import numpy as np
import torch

from ..engines.base import FastEngine, TrainedSet
from ..engines.logistic_core import Draw
from ..utility import Utility

__all__ = ["LogisticEngine"]
ORDER: int
SINGLE_REACH: float
CUT: float
FEW: int
LOSS_REACH: float

class LogisticEngine(FastEngine):
    """Contributions to `LogisticRegression`: all points at once, each certified or refitted."""

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
        """Which setting it does not honour, in words, or None."""

    def prepare(self) -> None:
        """Features, and classes as codes."""

    def train(self, D: np.ndarray, seed: int) -> _TrainedModel | None:
        """None where Newton's method fails, or with one class only."""

class _TrainedModel(TrainedSet):
    """D's draw, and one of D + z for each point that it cannot vouch for."""

    engine: LogisticEngine
    D: torch.Tensor
    weights: torch.Tensor
    draw: Draw

    def __init__(self, engine: LogisticEngine, D: torch.Tensor, weights: torch.Tensor) -> None: ...
    def value(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...
