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
    """Labels worth a look, with the probability that they are wrong: fair if errors do not depend on how hard a row is, else too low."""

def outside_probabilities(fits: Sequence[Utilities], y: np.ndarray) -> np.ndarray:
    """What fits say of the rows that they were not trained on: their mean probabilities, classes in sorted order."""
