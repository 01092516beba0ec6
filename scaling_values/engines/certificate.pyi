# Made from the module beside it by docs/make_stubs.py: do not edit.
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

__all__ = [
    "SINGLE",
    "CHANCE",
    "POLES",
    "ROUNDING",
    "curvature_change",
    "distance",
    "decrement",
    "local_distance",
    "flattest",
    "stretch",
    "largest_eigenvalue",
    "gradient_left",
    "along_rows",
    "along_chord",
    "adjoint_gradient",
    "turn",
    "own_part",
    "adjoint_residual",
    "Step",
    "Certificate",
    "cut_off",
    "enough_terms",
    "gradient_cut_off",
    "loss_cut_off",
    "Budget",
]

def curvature_change(spread: torch.Tensor) -> torch.Tensor:
    """(C1): the largest relative change of the row's curvature, e^spread - 1."""

def distance(norm: torch.Tensor, t: torch.Tensor, b: float) -> torch.Tensor:
    """(C2): a bound on the distance to the solution, -log(1 - b e^t |G|) / b; may be infinite."""

def decrement(product: torch.Tensor, residual: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """(C3): a bound on the decrement, sqrt(G's + e^t |rho|^2)."""

def local_distance(nu: torch.Tensor, t: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """(C4): a bound on the distance to the solution, -log(1 - b e^(t/2) nu) / b; may be infinite."""

def flattest(inverse: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """(C4a): what may take the place of t in (C3) and (C4), the smaller of t and log |M|."""

SINGLE: float

def stretch(slack: float) -> float:
    """(C5): how much longer a gradient can be than B makes it, 1 / sqrt(1 - slack)."""

CHANCE: float

def largest_eigenvalue(
    operator: Callable[[torch.Tensor], torch.Tensor],
    probes: torch.Tensor,
    norm: Callable[[torch.Tensor], torch.Tensor],
    powers: int = 16,
) -> float:
    """(C6): a bound on the size of all eigenvalues, which fails with a chance of 4e-13."""

def gradient_left(
    norm: torch.Tensor, most: torch.Tensor, slack: float, remainder: torch.Tensor
) -> torch.Tensor:
    """(C7): a bound on the gradient after a step, (q + slack) n + |rho|."""

def along_rows(spread: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """(C8): beta, the root of the sum of omega q^2."""

def along_chord(
    squares: torch.Tensor, extra: torch.Tensor, t: torch.Tensor, gradient: float
) -> torch.Tensor:
    """(C9): a bound on beta, (e^t - 1) / t (sqrt(squares) + c Gamma)."""

def adjoint_gradient(
    norm: torch.Tensor, beta: torch.Tensor, slack: float, gradient: float, along: torch.Tensor
) -> torch.Tensor:
    """(C10): a bound on |lambda' G(x)| after a step, (beta + slack Gamma) n + |u' rho|."""

def turn(square: torch.Tensor, curvature: float) -> torch.Tensor:
    """(C11): a bound on the change of the loss's gradient, sqrt(kappa S)."""

def own_part(
    square: torch.Tensor, spread: torch.Tensor, leverage: torch.Tensor, s: torch.Tensor
) -> torch.Tensor:
    """(C12): a bound on the length of P lambda, sqrt(s h / 2 Q e^spread)."""

def adjoint_residual(
    r: torch.Tensor,
    turned: torch.Tensor,
    beta: torch.Tensor,
    own: torch.Tensor,
    t: torch.Tensor,
    reach: torch.Tensor,
    certificate: Any,
) -> torch.Tensor:
    """(C13): a bound on the adjoint residual, on the way to the solution."""

@dataclass
class Step:
    """What is known after a step, for n points."""

    norm: torch.Tensor
    t: torch.Tensor
    beta: torch.Tensor
    own: torch.Tensor
    reach: torch.Tensor
    remainder: torch.Tensor
    along: torch.Tensor
    turned: torch.Tensor

@dataclass(frozen=True)
class Certificate:
    """Bounds on the error of the validation metric by an error of the parameters."""

    gradient: float
    curvature: float
    weights: torch.Tensor | None
    b: float
    slack: float = ...

    def anywhere(self, length: torch.Tensor, r: torch.Tensor) -> torch.Tensor:
        """(C15): the largest change of the metric within a distance, after a move of some length."""

    def after_step(self, step: Step) -> torch.Tensor:
        """(C14): the largest error of the metric after a step."""

POLES: float

def cut_off(largest: torch.Tensor | float, terms: torch.Tensor | int) -> torch.Tensor | float:
    """(C16): a bound on the cut-off of a sigmoid's series, for all shifts up to the largest."""

def enough_terms(largest: float, room: float) -> float:
    """(C16), solved for the number of terms."""

def gradient_cut_off(
    squares: torch.Tensor, largest: torch.Tensor, terms: torch.Tensor | int
) -> torch.Tensor:
    """(C17): a bound on the length of the cut-off of the gradient's series."""

def loss_cut_off(
    squares: torch.Tensor, largest: torch.Tensor, terms: torch.Tensor | int
) -> torch.Tensor:
    """(C18): a bound on the cut-off of the loss's series."""

ROUNDING: float

@dataclass(frozen=True)
class Budget:
    """The shares of a point's tolerance; they add to one."""

    rounds: float
    series: float = ...
    rounding: float = ...
    reserve: float = ...

    def __post_init__(self) -> None: ...
