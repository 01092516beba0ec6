# Made from the module beside it by docs/make_stubs.py: do not edit.
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from sklearn.base import BaseEstimator

from ..contributions import Contributions
from ..estimators.likelihood import GridSums
from ..laws import ScalingLaws

__all__ = ["Population", "Hierarchical"]

@dataclass
class Population:
    """A mixture of conjugate priors; all fields have one entry a component."""

    weight: torch.Tensor
    signal: torch.Tensor
    noise: torch.Tensor
    alpha: torch.Tensor
    alpha_sd: torch.Tensor
    beta: torch.Tensor
    beta_sd: torch.Tensor
    shape: float = ...

    def to_frame(self) -> pd.DataFrame:
        """A row a component."""

class Posterior(NamedTuple):
    """Of every point: the probability of nodes and components, and what is known about mu and s^2 there."""

    log_evidence: torch.Tensor
    p: torch.Tensor
    mu: torch.Tensor
    ratio: torch.Tensor
    s2: torch.Tensor
    precision: torch.Tensor

def posterior(sums: GridSums, population: Population, centre: torch.Tensor) -> Posterior:
    """The exact posterior, but for the grid."""

class Moments(NamedTuple):
    """Posterior means and (co)variances, (n,) each."""

    mu: torch.Tensor
    alpha: torch.Tensor
    beta: torch.Tensor
    s2: torch.Tensor
    var_mu: torch.Tensor
    var_alpha: torch.Tensor
    var_beta: torch.Tensor
    cov: torch.Tensor

def moments(sums: GridSums, post: Posterior) -> Moments:
    """Sums over nodes and components."""

class Hierarchical(BaseEstimator):
    """Laws by empirical Bayes: a prior for all points, learnt from all points, and a posterior for each."""

    prior: Any
    alpha_bounds: Sequence[float]
    beta_bounds: Sequence[float]
    n_folds: int
    max_points: int
    device: str
    random_state: int | None
    log_evidence_: Any
    population_: Any
    centre_: Any
    laws_: ScalingLaws

    def __init__(
        self,
        prior: Any = None,
        alpha_bounds: Sequence[float] = (0.0, 4.0),
        beta_bounds: Sequence[float] = ...,
        n_folds: int = 5,
        max_points: int = 1000,
        device: str = "cpu",
        random_state: int | None = 0,
    ) -> None: ...
    def fit(
        self, contributions: Contributions, X: np.ndarray | None = None, y: np.ndarray | None = None
    ) -> Hierarchical:
        """Sets `laws_`, `population_`, `log_evidence_` (of EM's steps) and `centre_` (the prior's means)."""

    def refit(
        self, contributions: Contributions, X: np.ndarray | None = None, y: np.ndarray | None = None
    ) -> ScalingLaws:
        """Laws from other samples under the prior that `fit` learnt; where halves of shared draws had a prior each, from a new fit."""
