# Made from the module beside it by docs/make_stubs.py: do not edit.
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

__all__ = [
    "target_of",
    "class_probabilities",
    "predicted_classes",
    "predicted_responses",
    "OneClassModel",
]

def target_of(learner: BaseEstimator) -> str | None:
    """What a learner predicts."""

def class_probabilities(model: Any, X: Any, classes: np.ndarray) -> np.ndarray:
    """Checked probabilities, a column for each class."""

def predicted_classes(model: Any, X: Any, classes: np.ndarray) -> np.ndarray:
    """Checked labels."""

def predicted_responses(model: Any, X: Any, outputs: int | None = None) -> np.ndarray:
    """Checked numbers."""

class OneClassModel:
    """What `k` rows of one class teach, where a learner does not train on them."""

    label: Any
    k: int
    classes_: np.ndarray

    def __init__(self, label: Any, k: int, classes: np.ndarray) -> None: ...
    def predict_proba(self, X: Any) -> np.ndarray:
        """Laplace's rule."""

    def predict(self, X: Any) -> np.ndarray:
        """The class."""
