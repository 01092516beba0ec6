# Made from the module beside it by docs/make_stubs.py: do not edit.
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = [
    "power_terms",
    "Components",
    "Normals",
    "together",
    "quantile",
    "functional",
    "expected_curve",
    "quadrature",
    "opposite_signs",
    "turning_probability",
    "turning_size",
    "exponent_rows",
    "exponent_below",
    "exponent_quantile",
]

def power_terms(sizes: np.ndarray, exponents: np.ndarray, shift: float, k0: float) -> np.ndarray:
    """The terms phi of Eq. K1."""

@dataclass(frozen=True, eq=False)
class Components:
    """Components of every point's posterior with the same number of terms."""

    weight: np.ndarray
    mean: np.ndarray
    cov: np.ndarray
    exponents: np.ndarray
    shift: float = ...

    def __len__(self) -> int: ...
    @property
    def shared(self) -> bool: ...
    def take(self, places: np.ndarray | slice) -> Components:
        """The components of some points."""

@dataclass(frozen=True, eq=False)
class Normals:
    """A mixture of normal distributions for every point."""

    weight: np.ndarray
    mean: np.ndarray
    sd: np.ndarray

    def expectation(self) -> np.ndarray:
        """The mixture's mean."""

    def spread(self) -> np.ndarray:
        """The mixture's standard deviation, from within and between its components."""

    def below(self, x: np.ndarray | float) -> np.ndarray:
        """The probability of less than x."""

def together(parts: Sequence[Normals]) -> Normals:
    """Mixtures one below the other: rows of the first, then of the second."""

def quantile(normals: Normals, level: float) -> np.ndarray:
    """Quantiles by bisection, to 2^-50 of the mixture's width."""

def functional(
    parts: Sequence[Components], sizes: np.ndarray, weights: np.ndarray, k0: float
) -> Normals:
    """The posterior of the sum of weights times psi over the sizes."""

def expected_curve(parts: Sequence[Components], sizes: np.ndarray, k0: float) -> np.ndarray:
    """The posterior mean of psi at every size."""

def quadrature(weights: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """A few sizes that represent all, for curves as smooth as sums of powers."""

def opposite_signs(mean: np.ndarray, cov: np.ndarray) -> np.ndarray:
    """The probability that two jointly normal numbers have opposite signs, Eq. K2 (Owen, 1956)."""

def turning_probability(
    parts: Sequence[Components], low: float, high: float, k0: float
) -> np.ndarray:
    """The probability that psi has different signs at the two sizes."""

def turning_size(
    parts: Sequence[Components], low: float, high: float, k0: float, steps: int = 65
) -> np.ndarray:
    """The size where the expected curve first changes its sign.

    The curve is computed on a log-spaced grid, with straight lines between its sizes."""

def exponent_rows(part: Components, k: float, k0: float) -> np.ndarray:
    """The two functionals of Eq. K3."""

def exponent_below(parts: Sequence[Components], k: float, x: np.ndarray, k0: float) -> np.ndarray:
    """The probability that the exponent at size k is less than x."""

def exponent_quantile(parts: Sequence[Components], k: float, level: float, k0: float) -> np.ndarray:
    """Quantiles of the exponent at size k, by bisection."""
