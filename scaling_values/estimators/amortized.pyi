# Made from the module beside it by docs/make_stubs.py: do not edit.
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from sklearn.base import BaseEstimator

from ..contributions import Contributions
from ..laws import ScalingLaws

__all__ = ["PredictedLaw", "read_outputs", "sample_loss", "Amortized"]

class PredictedLaw(NamedTuple):
    """The laws that a network predicts, in units of the root mean square of the training samples."""

    mu: torch.Tensor
    alpha: torch.Tensor
    log_sd: torch.Tensor
    beta: torch.Tensor

def read_outputs(outputs: torch.Tensor, code: torch.Tensor) -> PredictedLaw:
    """The laws that outputs stand for: if all outputs are 0, alpha = 1, beta = 2 and the mean is 0."""

def sample_loss(
    law: PredictedLaw, u: torch.Tensor, delta: torch.Tensor, seen: torch.Tensor
) -> torch.Tensor:
    """Mean negative log-likelihood of samples, up to a constant."""

class Amortized(BaseEstimator):
    """A network that predicts laws from features and classes (section 3.2), trained on all samples."""

    needs_numbers: bool
    hidden: Sequence[int]
    n_networks: int
    max_epochs: int
    patience: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    alpha_penalty: float
    module: torch.nn.Module | None
    device: str
    random_state: int | None
    networks_: Any
    history_: Any
    sizes_: tuple[int, int]
    laws_: ScalingLaws

    def __init__(
        self,
        hidden: Sequence[int] = (256, 256),
        n_networks: int = 1,
        max_epochs: int = 60,
        patience: int = 10,
        batch_size: int = 256,
        learning_rate: float = 0.002,
        weight_decay: float = 0.01,
        alpha_penalty: float = 0.01,
        module: torch.nn.Module | None = None,
        device: str = "cpu",
        random_state: int | None = None,
    ) -> None: ...
    def fit(
        self, contributions: Contributions, X: np.ndarray, y: np.ndarray | None = None
    ) -> Amortized:
        """Sets `laws_` of the sampled points, `history_` and `networks_`."""

    def predict(self, X: np.ndarray, y: np.ndarray) -> ScalingLaws:
        """Laws of points that need not have been sampled."""

    def disagreement(self, X: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Standard deviation, over the networks, of the contribution at k0."""

class Expected(NamedTuple):
    """What networks predict for points, (n,) each, at size k0."""

    mu: np.ndarray
    alpha: np.ndarray
    log_sd: np.ndarray
    beta: np.ndarray
    disagreement: np.ndarray

def cross_fitted(
    prior: Any,
    contributions: Contributions,
    X: np.ndarray,
    y: np.ndarray | None,
    k0: float,
    n_folds: int,
    seed: int,
) -> list[tuple[Contributions, Expected]]:
    """Predictions by networks that were trained on neither the point nor the draws."""
