# Made from the module beside it by docs/make_stubs.py: do not edit.
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch

from ..engines.certificate import Budget, Certificate

__all__ = [
    "MEMORY",
    "CLIPPED",
    "contrasts",
    "to_classes",
    "to_contrasts",
    "labels",
    "probabilities",
    "log_total",
    "spread",
    "curved",
    "every_class",
    "design",
    "scaling",
    "curvatures",
    "hessian_product",
    "Fit",
    "whiten",
    "logistic_fit",
    "own_residuals",
    "times",
    "solve",
    "Points",
    "Past",
    "accelerate",
    "Validation",
    "Draw",
]

def contrasts(n_classes: int, like: torch.Tensor) -> torch.Tensor:
    """Q: one for two classes; for more, orthonormal columns that add to zero (Helmert's)."""

def to_classes(Q: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Q v. One margin is its own contrast and is not copied."""

def to_contrasts(Q: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Q' v. One margin is not copied."""

def labels(codes: torch.Tensor, g: int) -> torch.Tensor:
    """One-hot classes; for one margin, whether it is the second class."""

def probabilities(margins: torch.Tensor) -> torch.Tensor:
    """Probabilities of the classes; for one margin, of the second class."""

def log_total(margins: torch.Tensor) -> torch.Tensor:
    """The logarithm of the sum of all classes' exponentials."""

def spread(shift: torch.Tensor) -> torch.Tensor:
    """The largest difference between shifts of a row's margins."""

def curved(p: torch.Tensor, shift: torch.Tensor) -> torch.Tensor:
    """The Hessian of `log_total` at probabilities p, times shifts of margins."""

def every_class(margins: torch.Tensor) -> torch.Tensor:
    """Margins of all classes: adds that of the first class, if it is left out."""

def design(
    X: torch.Tensor, centre: torch.Tensor, scale: torch.Tensor, intercept: bool
) -> torch.Tensor:
    """Centred and scaled features, with a column of ones for the intercept."""

def scaling(X: torch.Tensor, intercept: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """A centre and a scale for the linear algebra. They do not change the model."""

def curvatures(p: torch.Tensor, Q: torch.Tensor) -> torch.Tensor:
    """W of rows with probabilities p."""

def hessian_product(
    Q: torch.Tensor,
    rows: torch.Tensor,
    p: torch.Tensor,
    s: torch.Tensor,
    penalty: torch.Tensor,
    v: torch.Tensor,
    taken: torch.Tensor | None = None,
) -> torch.Tensor:
    """H v."""

@dataclass(frozen=True)
class Fit:
    """A logistic regression on D, in coordinates that are ready for one more row."""

    centre: torch.Tensor
    scale: torch.Tensor
    intercept: bool
    phi: torch.Tensor
    Q: torch.Tensor
    rows: torch.Tensor
    margins: torch.Tensor
    weight: torch.Tensor
    gradient: torch.Tensor
    penalty: torch.Tensor
    at: torch.Tensor
    lower: torch.Tensor | None = ...
    taken: torch.Tensor | None = ...
    inverse: torch.Tensor | None = ...
    probes: torch.Tensor | None = ...
    slack: float = ...

    @cached_property
    def single(self) -> Fit:
        """The same in single precision, for steps that gradients in double precision correct."""

    @cached_property
    def p(self) -> torch.Tensor:
        """Probabilities of the rows of D."""

    @cached_property
    def drift(self) -> float:
        """How far margins are from those where the Hessian was formed."""

    @property
    def stretch(self) -> float:
        """(C5): how much longer a gradient can be than B measures it."""

    @property
    def width(self) -> int:
        """The square of how far a step of length one can spread g margins."""

    def see(self, X: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Rows (n, p) in these coordinates and margins (n, r) along the contrasts, of features (n, d)."""

    def apply(self, vectors: torch.Tensor) -> torch.Tensor:
        """B times vectors."""

    def norm(self, gradient: torch.Tensor, solved: torch.Tensor) -> torch.Tensor:
        """(C5): bounds on the lengths of gradients (n, r, p), from these and B times them."""

    def length(self, move: torch.Tensor) -> torch.Tensor:
        """Lengths of moves in the norm of H, computed from margins."""

    def shift(self, move: torch.Tensor, rows: torch.Tensor | None = None) -> torch.Tensor:
        """Shifts of margins (n, g, k) by moves (n, r, p), for rows (k, p) or by default those of D."""

    def reach(self, rows: torch.Tensor) -> torch.Tensor:
        """The largest spread of rows' margins by a step of length one."""

    def points(
        self, rows: torch.Tensor, eta: torch.Tensor, y: torch.Tensor, s: torch.Tensor
    ) -> Points:
        """Points as the fit to D sees them."""

    def old_rows(self, move: torch.Tensor, block: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Gradients (n, r, p) without the points' own parts, and spreads of rows' margins (n, k)."""

def whiten(rows: torch.Tensor, lower: torch.Tensor) -> torch.Tensor:
    """Rows times the inverse of L'."""

def logistic_fit(
    X: torch.Tensor, codes: torch.Tensor, s: torch.Tensor, C: float, intercept: bool
) -> Fit:
    """The fit to rounding error; `LinAlgError` if the Hessian is singular to rounding error."""

def own_residuals(
    eta: torch.Tensor, leverage: torch.Tensor, y: torch.Tensor, s: torch.Tensor, Q: torch.Tensor
) -> torch.Tensor:
    """v that solves the equations of the points."""

def times(matrices: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Small matrices times vectors."""

def solve(matrices: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Small systems."""

@dataclass
class Points:
    """Points that are added, one at a time, to the same D."""

    rows: torch.Tensor
    y: torch.Tensor
    s: torch.Tensor
    eta: torch.Tensor
    pull: torch.Tensor | None
    leverage: torch.Tensor
    v: torch.Tensor
    settled: torch.Tensor
    curvature: torch.Tensor
    answer: torch.Tensor
    reach: torch.Tensor

    def __getitem__(self, which: Any) -> Points: ...
    @property
    def single(self) -> Points:
        """In single precision."""

    def moved(self, v: torch.Tensor) -> torch.Tensor:
        """B (v x a)."""

    def along(self, move: torch.Tensor) -> torch.Tensor:
        """Shifts of the points' margins by their moves, along the contrasts."""

    def residuals(self, margins: torch.Tensor, Q: torch.Tensor) -> torch.Tensor:
        """s Q'(p - y) at margins."""

    def length(self, v: torch.Tensor) -> torch.Tensor:
        """Lengths of the gradients v x a, as B measures them."""

    def own_part(self, u: torch.Tensor, margins: torch.Tensor) -> torch.Tensor:
        """(C12): the point's own part of the Hessian along u (n, r), at margins (n, g)."""

MEMORY: int

@dataclass
class Past:
    """Steps of earlier rounds, in single precision, because they only choose the next guess."""

    step: torch.Tensor
    move: torch.Tensor
    steps: torch.Tensor
    guesses: torch.Tensor

    def __getitem__(self, which: torch.Tensor) -> Past: ...

def accelerate(step: torch.Tensor, past: Past | None, memory: int = ...) -> Past:
    """The next move, by Anderson's acceleration."""

CLIPPED: float

@dataclass(frozen=True)
class Validation:
    """The validation set and the metric."""

    X: torch.Tensor
    codes: torch.Tensor
    present: torch.Tensor
    n_classes: int
    metric: Any

    @cached_property
    def known(self) -> torch.Tensor:
        """Which rows have a class that D holds."""

    @cached_property
    def complete(self) -> bool:
        """Whether D holds all of the rows' classes."""

    @cached_property
    def place(self) -> torch.Tensor:
        """Classes as positions among those that D holds; for other classes, any position."""

    def rows(self, margins: torch.Tensor) -> torch.Tensor:
        """The log-loss of every row before clipping; zero for a class that D lacks."""

    def mean(self, rows: torch.Tensor) -> torch.Tensor:
        """The log-loss, from the losses of rows."""

    def loss(self, margins: torch.Tensor) -> torch.Tensor:
        """The metric, from margins for the classes present."""

    def allowed(
        self, change: torch.Tensor, precision: float, others: torch.Tensor | None = None
    ) -> torch.Tensor:
        """The errors allowed for changes of the metric (n,): relative to these or to the median."""

class Draw:
    """A fit to D, and the losses after adding points to it."""

    budget: Budget
    turns: int
    few: int
    val: Validation
    block: int
    fit: Fit
    V: Any
    margins: Any
    gradient: Any
    base_loss: float
    adjoint: Any
    speed: Any
    certificate: Certificate
    K: Any

    def __init__(
        self,
        X: torch.Tensor,
        codes: torch.Tensor,
        s: torch.Tensor,
        C: float,
        intercept: bool,
        val: Validation,
        block: int,
    ) -> None: ...
    def squares(self, move: torch.Tensor) -> torch.Tensor:
        """S of (C11): at least twice the second-order change of the log-loss along moves."""

    def slope(
        self, points: Points, move: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Gradients (n, r, p) at moves, rows' spreads (n, k), the points' margins and residuals (n, r)."""

    def rounds(
        self, points: Points, start: torch.Tensor, squares: torch.Tensor, tolerance: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Moves (n, r, p), and bounds on the contributions' errors (n,)."""

    def objective(self, points: Points, move: torch.Tensor) -> torch.Tensor:
        """The enlarged objectives, minus the objective of D at its fit."""

    def newton_step(
        self,
        points: Points,
        move: torch.Tensor,
        gradient: torch.Tensor,
        norm: torch.Tensor,
        t: torch.Tensor,
        tried: int,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Newton steps from single precision, lengths of their residuals, and t as (C3) may use it."""

    def follow(
        self, points: Points, move: torch.Tensor, tolerance: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Moves (n, r, p), and bounds on the contributions' errors (n,)."""

    def change(
        self, move: torch.Tensor, tolerance: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Changes of the metric by moves (n,), and bounds on their errors (n,)."""

    def decided(self, move: torch.Tensor, error: torch.Tensor) -> torch.Tensor:
        """Whether no predicted class can change within the error (n,) after moves (n, r, p)."""

    def usual(self, points: Points) -> torch.Tensor:
        """Approximate changes of the metric, from the first moves of some points."""

    def settle(
        self, points: Points, tolerance: torch.Tensor, precision: float, usual: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        """Changes of the loss (n,), bounds on errors, which are decided, and complete tolerances."""

    def losses(
        self, X: torch.Tensor, codes: torch.Tensor, s: torch.Tensor, precision: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The loss after adding each point."""
