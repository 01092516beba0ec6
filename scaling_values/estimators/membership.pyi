# Made from the module beside it by docs/make_stubs.py: do not edit.
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from ..laws import ScalingLaws
from ..utilities import Utilities

__all__ = ["Membership", "mean_of_laws", "group_weights"]
BEND: float
AS_POWERS: Any

class _Place(NamedTuple):
    """A place of the search."""

    value: float
    gradient: np.ndarray
    parts: tuple[Any, ...] = ...

class _Variances(NamedTuple):
    """What a part of the utility is made of."""

    exponent: float
    effects: np.ndarray
    noise: np.ndarray

@dataclass(eq=False)
class Likelihood:
    """The marginal likelihood of utilities (fits,) about their learning curve."""

    log_size: np.ndarray
    gram: np.ndarray
    thin: Sequence[np.ndarray]
    curve: np.ndarray
    lines: np.ndarray
    y: np.ndarray
    flat: Any
    start: Any
    pull: Any

    def __post_init__(self) -> None: ...
    def at(self, x: np.ndarray) -> _Place:
        """The objective of the search, and its gradient."""

    def search(self) -> np.ndarray:
        """The most probable variances, as parameters of `_variances`, from where the priors are centred."""

    def polish(self, x: np.ndarray) -> np.ndarray:
        """The same from a good beginning: Newton's method with this information, and halved steps."""

class _Effects(NamedTuple):
    """A part's coefficients of Eq. M3."""

    mean: np.ndarray
    cov: np.ndarray

    def times(self, factor: float) -> _Effects:
        """In other units."""

@dataclass(eq=False)
class _Regression:
    """What all parts have in common."""

    X: np.ndarray
    sources: Sequence[np.ndarray]
    log_size: np.ndarray
    curve: np.ndarray
    lines: np.ndarray

    @property
    def coefficients(self) -> int: ...
    def about(self, utilities: np.ndarray) -> tuple[np.ndarray, float]:
        """Utilities about the learning curve, in units of their mean's spread, and this unit."""

    def sums(self, fits: np.ndarray | slice = ...) -> list[np.ndarray]:
        """What each source's coefficients are multiplied with."""

    def fitted(self, effects: _Effects, found: _Variances) -> np.ndarray:
        """What rows' effects say of the utilities."""

    def effects(
        self, y: np.ndarray, found: _Variances, weights: np.ndarray | None = None
    ) -> _Effects:
        """Of rows, or of their sums by weights (m, n), from utilities (fits,) and variances."""

def regression_of(
    members: np.ndarray, size: np.ndarray, k0: float, sources: Sequence[np.ndarray]
) -> _Regression: ...

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

def without_curve(
    curve: np.ndarray, part: np.ndarray, lines: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bases of the learning curve, orthonormal, and of the noise; what the first leaves of a part."""

def mean_of_laws(parts: Sequence[ScalingLaws]) -> ScalingLaws:
    """Laws of points' mean curves over the judges that know them."""

def group_weights(groups: Sequence[Any] | np.ndarray) -> pd.DataFrame:
    """Weights of groups' means, for `Membership.sums`: a difference of two lines is a contrast."""
