# Made from the module beside it by docs/make_stubs.py: do not edit.
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from .laws import ScalingLaws
from .utilities import Utilities

__all__ = ["label_suspects", "outside_probabilities"]

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
    is right if errors do not depend on how difficult a row is; otherwise it is too low. Of a
    `Dataset`, the pool's rows are listed."""

def outside_probabilities(fits: Sequence[Utilities], y: np.ndarray) -> np.ndarray:
    """Mean probabilities of each row by the fits that were not trained on it, classes sorted."""
