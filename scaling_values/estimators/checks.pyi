# Made from the module beside it by docs/make_stubs.py: do not edit.
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from ..contributions import Contributions
from ..laws import ScalingLaws
from ..utilities import Utilities

__all__ = ["KnownSamples", "hard_samples", "check_estimator"]

class KnownSamples(NamedTuple):
    """Simulated contributions, and what an estimator should find."""

    name: str
    samples: Contributions
    X: np.ndarray
    effect: np.ndarray
    alpha: np.ndarray

    def truth(self, sizes: np.ndarray | Sequence[int]) -> np.ndarray:
        """The expected contributions."""

def hard_samples(n: int = 16, draws: int = 40, random_state: int = 0) -> Iterator[KnownSamples]:
    """Samples of each kind; the first three are easy, the others hard on purpose."""

class _Case(NamedTuple):
    """An estimator that is fitted to samples; what it is compared with, if that is known."""

    name: str
    estimator: BaseEstimator
    samples: Contributions | Utilities
    X: np.ndarray | None
    laws: ScalingLaws
    known: KnownSamples | None

    def again(
        self, samples: Contributions | Utilities, model: BaseEstimator | None = None
    ) -> ScalingLaws:
        """Laws from other samples."""

CHECKS: dict[str, Callable[[_Case], float | None]]

def check_estimator(
    estimator: BaseEstimator,
    samples: Utilities | Contributions | None = None,
    X: np.ndarray | None = None,
    *,
    skip: Sequence[str] = (),
    tolerance: float = 1e-06,
    random_state: int = 0,
) -> pd.DataFrame:
    """Raises AssertionError at the first check that fails; returns how far the others were from it."""
