# Made from the module beside it by docs/make_stubs.py: do not edit.
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

__all__ = [
    "conditional_contribution",
    "leading_contribution",
    "expected_contribution",
    "local_exponent",
    "sign_threshold",
    "aggregate_derivative",
    "first_order_contribution",
    "logistic_gradient",
    "logistic_hessian",
    "logistic_third_derivative",
    "curvature_ratio",
    "leave_one_out_bound",
    "LogisticPopulation",
]

def conditional_contribution(
    x: np.ndarray,
    eps: float,
    sigma: float,
    Sigma: np.ndarray,
    X_D: np.ndarray,
    *,
    penalty: float = 0.0,
    coefficients: np.ndarray | None = None,
) -> np.ndarray:
    """Expectation over the labels of the contribution to given features, the last exact display of A.1's proof."""

def leading_contribution(
    x: np.ndarray,
    eps: np.ndarray | float,
    sigma: float,
    Sigma: np.ndarray,
    k: np.ndarray | Sequence[int] | int,
) -> np.ndarray:
    """The leading term of theorem A.1, `(2 sigma^2 - eps^2) x' Sigma^-1 x / k^2`."""

def expected_contribution(
    x: np.ndarray,
    eps: np.ndarray | float,
    sigma: float,
    Sigma: np.ndarray,
    k: np.ndarray | Sequence[int] | int,
) -> np.ndarray:
    """Expected contribution to a least-squares fit on k rows with normal features, exact at every size."""

def local_exponent(contribution: np.ndarray, k: np.ndarray | Sequence[int]) -> np.ndarray:
    """Minus the slope of log|contribution| on log k between neighbouring sizes: alpha, if the law held exactly."""

def sign_threshold(
    x: np.ndarray, Sigma: np.ndarray, k: np.ndarray | Sequence[int] | int
) -> np.ndarray:
    """The squared noise, in units of sigma^2, at which a point's expected contribution changes its sign; 2 in the limit."""

def aggregate_derivative(k: np.ndarray | Sequence[int] | int, b: float, decay: float) -> np.ndarray:
    """Footnote 1: the mean contribution that belongs to an aggregate law `eps + b / k**decay`."""

def first_order_contribution(
    metric_gradient: np.ndarray, V: np.ndarray, point_gradient: np.ndarray, k: np.ndarray | int
) -> np.ndarray:
    """The leading term of theorem A.2: case 1 with the gradient at `theta*`, case 2 with the gradient at the fit to D."""

def logistic_gradient(theta: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Gradient of a point's logistic loss, Eq. 19."""

def logistic_hessian(theta: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Hessian of a point's logistic loss, Eq. 19; the label does not matter."""

def logistic_third_derivative(theta: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Third derivative of a point's logistic loss, Eq. 20."""

def curvature_ratio(u: np.ndarray | float, length: np.ndarray | float) -> np.ndarray:
    """`C(u; x)` of Eq. 11 for logistic regression: exactly exp(u |x|); the paper's bound is its cube."""

def leave_one_out_bound(
    theta: np.ndarray, X: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lemma A.4 for logistic regression: where the fit without the last row is, and how wrong that can be."""

@dataclass(frozen=True, eq=False)
class LogisticPopulation:
    """Two features, uniform on a square of unit variance; labels from a logistic model, a share of them flipped."""

    truth: tuple[float, float] = ...
    flipped: float = ...
    nodes: int = ...

    @cached_property
    def quadrature(self) -> tuple[np.ndarray, np.ndarray]:
        """Gauss and Legendre's nodes and weights on the square."""

    def probability(self, X: np.ndarray) -> np.ndarray:
        """P(y = 1 | x)."""

    def loss(self, theta: np.ndarray) -> np.ndarray:
        """Expected logistic loss, the metric `L`."""

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        """Gradient of the expected loss."""

    def hessian(self, theta: np.ndarray) -> np.ndarray:
        """Hessian of the expected loss; at the minimiser, the theorem's `V`."""

    def score_covariance(self, theta: np.ndarray) -> np.ndarray:
        """Expectation of the outer product of a point's gradient with itself, the middle of Eq. 18."""

    @property
    def minimiser(self) -> np.ndarray:
        """The best parameters, `theta*`, by Newton's method."""

    def draw(
        self, shape: Sequence[int] | int, random_state: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Rows drawn from the population."""
