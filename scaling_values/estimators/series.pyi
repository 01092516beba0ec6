# Made from the module beside it by docs/make_stubs.py: do not edit.
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator

from ..contributions import Contributions
from ..laws import ScalingLaws

__all__ = ["Family", "default_families", "PowerSeries"]

class Family(NamedTuple):
    """The terms of a series."""

    exponents: tuple[float, ...]
    shift: float = ...

def default_families(low: float, high: float) -> tuple[Family, ...]:
    """Whole powers, plain and shifted, and half powers."""

BETAS: Any

class Basis(NamedTuple):
    """The families and sizes, which determine the sums to compute."""

    families: tuple[Family, ...]
    low: float
    high: float

    @property
    def k0(self) -> float:
        """The size in the middle, where every term is 1."""

    def shifts(self) -> list[float]: ...
    def singles(self, shift: float) -> np.ndarray:
        """Exponents of the families with this shift."""

    def pairs(self, shift: float) -> np.ndarray:
        """Sums of two exponents of a family with this shift."""

@dataclass(frozen=True, eq=False)
class PowerSums:
    """Sums over the samples of every point, at every node of beta; sums of batches add up."""

    pairs: dict[float, np.ndarray]
    cross: dict[float, np.ndarray]
    squares: np.ndarray
    plain: np.ndarray
    known: dict[Family, np.ndarray] = ...

    def __add__(self, other: PowerSums) -> PowerSums: ...
    def __sub__(self, other: PowerSums) -> PowerSums: ...
    def take(self, points: np.ndarray | slice) -> PowerSums: ...

def power_sums(k: np.ndarray, delta: np.ndarray, basis: Basis) -> PowerSums:
    """The sums of Eq. S2."""

class _FamilySums(NamedTuple):
    """Sums for one family, in units of the points' typical size."""

    A: np.ndarray
    g: np.ndarray
    q: np.ndarray
    logs: np.ndarray
    count: np.ndarray

@dataclass(frozen=True, eq=False)
class SeriesPopulation:
    """A mixture of priors, in units of the points' typical size: components by nodes of beta."""

    probability: np.ndarray
    mean: np.ndarray
    cov: np.ndarray
    noise: np.ndarray
    shape: np.ndarray

class SeriesPosterior(NamedTuple):
    """Eq. S4 for all points, components and nodes."""

    probability: np.ndarray
    mean: np.ndarray
    cov: np.ndarray
    shape: np.ndarray
    rate: np.ndarray
    log_evidence: np.ndarray

def invert(matrices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inverses by bordering: from the inverse of a block to one more row and column."""

def series_posterior(
    sums: _FamilySums, population: SeriesPopulation, tails: float = 1.0
) -> SeriesPosterior:
    """The posterior under a population, Eq. S4; exact for normal samples, Eq. S5 for others."""

PSEUDO_POINTS: float
DEFAULT_DRAWS: float

@dataclass(frozen=True, eq=False)
class _Default:
    """The shape of power laws, towards which a population is shrunk if draws are few."""

    terms: np.ndarray
    shape: np.ndarray
    share: float

    def unit(self) -> np.ndarray:
        """The covariance of curves with unit variance at the middle size."""

    def cov(self, learnt: np.ndarray) -> np.ndarray: ...
    def mean(self, learnt: np.ndarray) -> np.ndarray: ...

LEAST_NOISE: float
LEAST_SIGNAL: float

def learn_population(
    sums: _FamilySums,
    components: int,
    pull: float = ...,
    default: _Default | None = None,
    start: SeriesPopulation | None = None,
    max_iter: int = 40,
    tol: float = 0.001,
) -> tuple[SeriesPopulation, list[float]]:
    """The population by EM, and the log evidence of each step."""

class PowerSeries(BaseEstimator):
    """Power series with exponents that all points share, by empirical Bayes, averaged over families."""

    families: Sequence[Family] | None
    n_components: int
    max_points: int
    max_iter: int
    tol: float
    n_jobs: int | None
    jackknife: bool
    random_state: int | None
    prior: Any
    n_folds: int
    basis_: Basis
    sums_: Any
    laws_: ScalingLaws
    populations_: Any
    log_evidence_: Any
    weights_: np.ndarray
    tails_: Any

    def __init__(
        self,
        families: Sequence[Family] | None = None,
        n_components: int = 4,
        max_points: int = 1000,
        max_iter: int = 40,
        tol: float = 0.001,
        n_jobs: int | None = None,
        jackknife: bool = True,
        random_state: int | None = 0,
        prior: Any = None,
        n_folds: int = 5,
    ) -> None: ...
    def fit(
        self, contributions: Contributions, X: np.ndarray | None = None, y: np.ndarray | None = None
    ) -> PowerSeries:
        """Fit a law to every point.

        Sets `laws_`, `basis_`, `sums_`, and for the families `populations_`, `weights_`, `tails_`
        (theta of Eq. S5) and `log_evidence_` (of EM's steps)."""

    def partial_fit(
        self, contributions: Contributions, X: Any = None, y: Any = None
    ) -> PowerSeries:
        """Laws from all draws so far, as from one `fit` of all, if the first draws know their design."""

    def fit_store(
        self,
        path: str | os.PathLike,
        points: np.ndarray | None = None,
        index: np.ndarray | None = None,
    ) -> PowerSeries:
        """Laws from all finished draws of a store, in constant memory; `sums_` is not set."""

def beyond_known(sums: PowerSums, basis: Basis, known: dict[Family, np.ndarray]) -> PowerSums:
    """Sums of samples from which the prior's curve is subtracted, Eq. S7."""
