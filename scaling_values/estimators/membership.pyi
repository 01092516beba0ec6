# Made from the module beside it by docs/make_stubs.py: do not edit.
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from ..laws import ScalingLaws
from ..utilities import Utilities

__all__ = ["Membership", "mean_of_laws", "group_weights"]

class Membership(BaseEstimator):
    """Laws of all rows from whole fits: utilities regressed on membership, at all sizes jointly."""

    n_parts: int
    n_features: int
    max_fits: int
    random_state: int | np.random.Generator | None
    parts_: pd.DataFrame
    laws_: ScalingLaws

    def __init__(
        self,
        n_parts: int = 4,
        n_features: int = 24,
        max_fits: int = 800,
        random_state: int | np.random.Generator | None = 0,
    ) -> None: ...
    def fit(
        self,
        utilities: Utilities,
        X: np.ndarray | None = None,
        groups: Sequence[Any] | np.ndarray | None = None,
    ) -> Membership:
        """Sets `laws_`, and `parts_`: what the parts of the loss are made of."""

    def sums(self, weights: pd.DataFrame | np.ndarray | Sequence[Any]) -> ScalingLaws:
        """Laws of weighted sums of rows, with what the errors of rows have in common."""

def mean_of_laws(parts: Sequence[ScalingLaws]) -> ScalingLaws:
    """Laws of points' mean curves over the judges that know them."""

def group_weights(groups: Sequence[Any] | np.ndarray) -> pd.DataFrame:
    """Weights of groups' means, for `Membership.sums`: a difference of two lines is a contrast."""
