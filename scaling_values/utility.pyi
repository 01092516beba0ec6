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
    """Cross-entropy of predicted probabilities, clipped to machine epsilon as in scikit-learn."""

def paper_cross_entropy(proba: Any, codes: Any) -> Any:
    """Cross-entropy of `softmax(proba)`: the published code uses probabilities as logits."""

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
    """The metric as a `Metric`, checked against learner and target before any training."""

class HeldLearners(NamedTuple):
    """Two unfitted copies of one learner with the same settings."""

    base: BaseEstimator
    plus: BaseEstimator

def hold_settings(
    learner: BaseEstimator, X: np.ndarray, y: np.ndarray, seed: int = 0
) -> HeldLearners:
    """Copies of `learner` whose data-dependent settings are fixed to their values on `D`."""

def seeds_of(learner: BaseEstimator) -> list[str]: ...

class _Form(NamedTuple):
    """How a learner gets its rows."""

    names: tuple[str, ...] | None = ...
    single: bool = ...
    column: bool = ...

    def rows(self, X: Any, rows: np.ndarray | None = None) -> Any:
        """A copy of some rows, or of all."""

def find_form(learner: BaseEstimator, data: Dataset) -> _Form:
    """The form in which the learner accepts the features, or an error with the reason."""

def check_learner(learner: Any) -> None:
    """Raise an error unless it is an estimator (not a class)."""

class Utility:
    """A learner, a dataset and a metric: train on rows of the pool, evaluate on the validation set.

    Lower is better."""

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
        """The utilities of single initialisations, whose losses are averaged."""

    def judged_by(self, fold: int) -> Utility:
        """The same utility with one fold of the data as its validation set."""

    def initial_seeds(self, seed: int = 0) -> list[int]:
        """One seed per initialisation, for what the learner leaves open."""

    def learners(self, D: np.ndarray, seed: int = 0) -> HeldLearners:
        """The learner's copies for `D` and `D + z` with held settings; itself if `hold=False`."""

    def fit(self, D: np.ndarray, learner: BaseEstimator | None = None) -> BaseEstimator:
        """Train a fresh copy of the learner on the pool's rows `D`.

        A learner that cannot be trained on a set of one class is replaced by a `OneClassModel`."""

    def evaluate(self, model: BaseEstimator, on: str = "val") -> float:
        """The metric of a fitted model on the validation (or test) set."""

    def row_losses(
        self, model: BaseEstimator, points: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """The losses of rows; if the metric is not a mean over rows, its one value and None."""

    def answers(self, model: BaseEstimator) -> np.ndarray:
        """Answers of a fitted model on some evenly spaced validation rows.

        If folds evaluate each other, the reference rows are rows of the pool."""

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
        """A utility from a training function: any learner in any framework, without features."""

class WrongAnswer(ValueError):
    """The answer of a training function has the wrong form, so every other set will fail, too."""

class TrainingFunction(BaseEstimator):
    """A training function as an estimator."""

    train: Callable[..., Any]
    n: int
    random_state: int | None
    found_: tuple[np.ndarray, np.ndarray | None]

    def __init__(
        self, train: Callable[..., Any], n: int, random_state: int | None = None
    ) -> None: ...
    def __sklearn_clone__(self) -> TrainingFunction: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __setstate__(self, state: dict[str, Any]) -> None: ...
    def __repr__(self) -> str: ...
    def fit(self, X: np.ndarray, y: np.ndarray) -> TrainingFunction: ...
    def losses(self) -> tuple[np.ndarray, np.ndarray | None]: ...
