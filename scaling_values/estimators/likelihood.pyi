# Made from the module beside it by docs/make_stubs.py: do not edit.
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from sklearn.base import BaseEstimator

from ..contributions import Contributions
from ..laws import ScalingLaws

__all__ = [
    "Profile",
    "profile_likelihood",
    "starting_points",
    "minimise_profile",
    "sandwich_covariance",
    "MaximumLikelihood",
]

class Profile(NamedTuple):
    """The profile likelihood at one pair of exponents per point, with derivatives."""

    value: torch.Tensor
    gradient: torch.Tensor
    hessian: torch.Tensor
    mu: torch.Tensor
    variance: torch.Tensor

def profile_likelihood(
    u: torch.Tensor,
    delta: torch.Tensor,
    seen: torch.Tensor,
    alpha: torch.Tensor,
    beta: torch.Tensor,
) -> Profile:
    """Negative log-likelihood with mu and sigma solved for, and its first two derivatives."""

def starting_points(
    u: torch.Tensor,
    delta: torch.Tensor,
    seen: torch.Tensor,
    alpha_bounds: Sequence[float],
    beta_bounds: Sequence[float],
    n_starts: int = 3,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The best local minima of the profile likelihood on a grid; the best first within a point."""

def minimise_profile(
    u: torch.Tensor,
    delta: torch.Tensor,
    seen: torch.Tensor,
    x: torch.Tensor,
    low: torch.Tensor,
    high: torch.Tensor,
    tol: float = 1e-09,
    max_iter: int = 100,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Projected, damped Newton descent of the profile likelihood, all starts at once."""

def sandwich_covariance(
    u: torch.Tensor,
    delta: torch.Tensor,
    seen: torch.Tensor,
    x: torch.Tensor,
    mu: torch.Tensor,
    variance: torch.Tensor,
    fixed: torch.Tensor,
) -> torch.Tensor:
    """Robust covariance of the estimates, with the factor m / (m - 2) for the mean's two parameters."""

@dataclass
class GridSums:
    """The sums over samples at every pair of exponents of a point's own grid."""

    alpha: torch.Tensor
    beta: torch.Tensor
    squares: torch.Tensor
    cross: torch.Tensor
    norm: torch.Tensor
    count: torch.Tensor
    total: torch.Tensor

def grid_sums(
    u: torch.Tensor,
    delta: torch.Tensor,
    seen: torch.Tensor,
    alpha: torch.Tensor,
    beta: torch.Tensor,
) -> GridSums:
    """The sums A, B and C."""

def even_grid(
    middle: torch.Tensor, half: torch.Tensor, bounds: Sequence[float], nodes: int = ...
) -> torch.Tensor:
    """Evenly spaced exponents within the bounds."""

def narrower_grid(
    x: torch.Tensor, p: torch.Tensor, bounds: Sequence[float], nodes: int = ...
) -> torch.Tensor:
    """A grid of four standard deviations on both sides of the mean, but not too narrow for the old."""

def mixture_over_exponents(
    alpha: torch.Tensor, p: torch.Tensor, mu: torch.Tensor, variance: torch.Tensor
) -> torch.Tensor:
    """At each exponent: its probability, and the mean and standard deviation of mu there."""

LAST_NODES: int

def likelihood_mixture(
    u: torch.Tensor,
    delta: torch.Tensor,
    seen: torch.Tensor,
    alpha_bounds: Sequence[float],
    beta_bounds: Sequence[float],
    rounds: int = 4,
) -> torch.Tensor:
    """The posterior of exponents (exponential priors) and mu (flat), on a grid that is narrowed."""

class MaximumLikelihood(BaseEstimator):
    """Laws by Gaussian maximum likelihood (Eqs. 6 and 7, appendix B); missing samples are skipped."""

    alpha_bounds: Sequence[float]
    beta_bounds: Sequence[float]
    n_starts: int
    device: str
    nll_: Any
    laws_: ScalingLaws

    def __init__(
        self,
        alpha_bounds: Sequence[float] = ...,
        beta_bounds: Sequence[float] = ...,
        n_starts: int = 3,
        device: str = "cpu",
    ) -> None: ...
    def fit(self, contributions: Contributions, y: Any = None) -> MaximumLikelihood:
        """Sets `laws_` and `nll_`, the negative log-likelihood per sample in nats."""
