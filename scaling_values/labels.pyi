# Made from the module beside it by docs/make_stubs.py: do not edit.
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from .laws import ScalingLaws
from .utilities import Utilities

__all__ = ["holds_only_texts", "label_suspects", "outside_probabilities"]

def holds_only_texts(X: Any) -> bool:
    """Whether features are one column of texts, most of them different: none would be a number."""

class LabelTask(NamedTuple):
    """Rows to train on, and rows to judge."""

    X: Any
    codes: np.ndarray
    judged: np.ndarray
    n_jobs: int | None = ...
    groups: np.ndarray | None = ...

    @property
    def shape(self) -> tuple[int, int]: ...

def linear_probabilities(task: LabelTask, seed: int) -> np.ndarray:
    """Out-of-fold probabilities of a logistic regression."""

def forest_probabilities(task: LabelTask, seed: int) -> np.ndarray:
    """Out-of-bag probabilities of a random forest; with groups, out-of-fold ones."""

def pooled_probabilities(
    probabilities: list[np.ndarray], codes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Equation 1, with the weights that predict the given labels best."""

def noise_rates(P: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Equation 2."""

def class_posterior(
    P: np.ndarray, codes: np.ndarray, T: np.ndarray, rounds: int = 100
) -> np.ndarray:
    """Equations 3 and 4."""

def suspect_scores(wrong: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Equation 5."""

def unjudged_classes(P: np.ndarray, codes: np.ndarray, wrong: np.ndarray) -> np.ndarray:
    """Equation 6: classes about which the columns say too little."""

def label_suspects(
    X: Any,
    y: Any = None,
    learner: BaseEstimator | None = None,
    *,
    pred_probs: Any = None,
    trusted: Any = None,
    groups: Any = None,
    values: ScalingLaws | pd.Series | None = None,
    n: int | None = None,
    random_state: int | np.random.Generator | None = 0,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Suspicious labels, with the probability that they are wrong.

    Columns: `label`, `suggestion`, `p_wrong`, `p_label`, `score`, and `value` if given. `p_wrong`
    is right if errors do not depend on how difficult a row is, and if models can be certain of
    some rows of each class. It is too low if difficult rows are mistaken more often, and too high
    where classes overlap everywhere. Of classes about which the columns say very little, a warning
    says so, and `attrs["unjudged"]`. Of a `Dataset`, the pool's rows are listed."""

def outside_probabilities(fits: Sequence[Utilities], y: np.ndarray) -> np.ndarray:
    """Mean probabilities of each row by the fits that were not trained on it, classes sorted."""
