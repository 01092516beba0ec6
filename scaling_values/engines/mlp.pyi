# Made from the module beside it by docs/make_stubs.py: do not edit.
from typing import Any, NamedTuple

import numpy as np
import torch
from sklearn.neural_network import MLPClassifier, MLPRegressor

from ..engines.base import FastEngine, TrainedSet
from ..utility import Utility

__all__ = ["MLPEngine"]
Layer = tuple[torch.Tensor, torch.Tensor]

def initial_layers(learner: MLPClassifier | MLPRegressor, d: int, outputs: int) -> list[Layer]:
    """The initial weights of scikit-learn's networks."""

ACTIVATIONS: dict[str, tuple[Any, Any]]

def loss_and_error(
    out: torch.Tensor, Y: torch.Tensor, kind: str
) -> tuple[torch.Tensor, torch.Tensor]: ...

TIE: float

class Trained(NamedTuple):
    """The result of networks that were trained side by side."""

    out: torch.Tensor
    iterations: torch.Tensor
    unclear: torch.Tensor

def train_networks(
    learner: MLPClassifier | MLPRegressor,
    X: torch.Tensor,
    own: torch.Tensor | None,
    Y: torch.Tensor,
    X_val: torch.Tensor,
    kind: str,
) -> Trained:
    """Train one network for each own row, all from the same initial weights."""

class MLPEngine(FastEngine):
    """Contributions to `MLPClassifier` and `MLPRegressor` under a built-in metric.

    Networks are trained by Adam on full batches."""

    name: str
    learners: Any
    timed: int

    def __init__(self, utility: Utility, *, device: str = "cpu", room: int = 600000) -> None: ...
    @classmethod
    def limits(cls, utility: Utility) -> str | None:
        """Which setting it does not support, in words, or None."""

    def prepare(self) -> None:
        """Features with a last column of ones."""

    def train(self, D: np.ndarray, seed: int) -> _TrainedNetwork | None:
        """The network of D. The other networks are trained when points are valued."""

class _TrainedNetwork(TrainedSet):
    """The network of D, and what the networks with one additional row share."""

    engine: MLPEngine
    present: torch.Tensor
    learner: MLPClassifier | MLPRegressor
    kind: str
    X: Any
    Y: torch.Tensor
    ended: bool
    unclear: bool

    def __init__(
        self,
        engine: MLPEngine,
        D: torch.Tensor,
        present: torch.Tensor,
        learner: MLPClassifier | MLPRegressor,
    ) -> None: ...
    def knows(self, points: np.ndarray) -> np.ndarray: ...
    def value(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...
