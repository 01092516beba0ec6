# Made from the module beside it by docs/make_stubs.py: do not edit.
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator

from .datasets import Dataset

__all__ = [
    "METRICS",
    "log_loss",
    "paper_cross_entropy",
    "error_rate",
    "squared_error",
    "Metric",
    "resolve_metric",
    "HeldLearners",
    "hold_settings",
    "Utility",
]

def log_loss(proba: Any, codes: Any) -> Any:
    """Cross-entropy of the predicted probabilities; like scikit-learn's, with probabilities clipped to machine epsilon."""

def paper_cross_entropy(proba: Any, codes: Any) -> Any:
    """Cross-entropy of `softmax(proba)`, as the published code computes by taking probabilities for logits."""

def error_rate(predicted: Any, y: Any) -> Any:
    """One minus accuracy."""

def squared_error(predicted: Any, y: Any) -> Any:
    """Mean squared error."""

@dataclass(frozen=True)
class Metric:
    """A loss: what it is called, what it needs from a model, and how it is computed."""

    name: str
    response: str
    target: str
    function: Callable[..., Any]
    rows: Callable[..., Any] | None = ...

METRICS: dict[str, Metric]

def resolve_metric(
    metric: str | Metric | Callable[..., float] | None,
    learner: BaseEstimator,
    target: str,
    data: Dataset | None = None,
) -> Metric:
    """The metric that was meant, checked against learner and target before anything is trained."""

class HeldLearners(NamedTuple):
    """Two unfitted copies of one learner with the same settings."""

    base: BaseEstimator
    plus: BaseEstimator

def hold_settings(
    learner: BaseEstimator, X: np.ndarray, y: np.ndarray, seed: int = 0
) -> HeldLearners:
    """Copies of `learner` in which everything it would derive from its data is fixed to what `D` gives."""

class _Form(NamedTuple):
    """How a learner gets its rows."""

    names: tuple[str, ...] | None = ...
    single: bool = ...

    def rows(self, X: Any, rows: np.ndarray | None = None) -> Any:
        """A copy of some rows, or of all."""

def find_form(learner: BaseEstimator, data: Dataset) -> _Form:
    """The form in which the learner can use the features, or an error that says why there is none."""

def check_learner(learner: Any) -> None:
    """An error unless it is an estimator, and not its class."""

class Utility:
    """A learner trained on rows of a dataset's pool and judged by a metric on its validation set; lower is better."""

    learner: BaseEstimator
    data: Dataset
    hold: bool
    metric: Metric
    n_init: int
    form: _Form

    def __init__(
        self,
        learner: BaseEstimator,
        data: Dataset,
        metric: str | Metric | Callable[..., float] | None = None,
        *,
        hold: bool = True,
        n_init: int = 1,
    ) -> None: ...
    def __repr__(self) -> str: ...
    def initialisations(self, seed: int = 0) -> list[tuple[Utility, int]]:
        """The utilities whose average this is."""

    def judged_by(self, fold: int) -> Utility:
        """The same utility with one fold of the data as its validation set."""

    def initial_seeds(self, seed: int = 0) -> list[int]:
        """Seeds for what the learner leaves open, initialisation by initialisation."""

    def learners(self, D: np.ndarray, seed: int = 0) -> HeldLearners:
        """The learner's two copies for `D` and `D + z`, with settings held (or plainly cloned where `hold=False`)."""

    def fit(self, D: np.ndarray, learner: BaseEstimator | None = None) -> BaseEstimator:
        """Train a fresh copy of the learner on the pool's rows `D`; of a set of one class that it refuses, a `OneClassModel`."""

    def evaluate(self, model: BaseEstimator, on: str = "val") -> float:
        """The metric of a fitted model on the validation (or test) set."""

    def row_losses(
        self, model: BaseEstimator, points: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """The metric row by row; of a metric that is no mean over rows its one value, and None."""

    def answers(self, model: BaseEstimator) -> np.ndarray:
        """What a fitted model answers on some validation rows, evenly spaced; on some rows of the pool, where folds judge each other."""

    def loss(self, D: Sequence[int] | np.ndarray, seed: int = 0) -> float:
        """Train on the pool's rows `D` and return the loss on the validation set."""

    @classmethod
    def from_function(
        cls,
        train: Callable[..., Any],
        n: int,
        *,
        y: Any = None,
        index: Any = None,
        name: str = "data",
        n_init: int = 1,
    ) -> Utility:
        """A utility of a training function: any learner in any framework, without features."""
