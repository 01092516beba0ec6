# Made from the module beside it by docs/make_stubs.py: do not edit.
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from .contributions import Contributions
from .laws import ScalingLaws

__all__ = ["label_sizes", "plot_law", "plot_crossings", "plot_alpha", "plot_r2", "plot_values"]

def label_sizes(ax: Axes, low: float, high: float) -> None:
    """Plain numbers 1, 2, 5, 10, ... on the axis of sizes."""

def plot_law(
    laws: ScalingLaws,
    samples: Contributions | None,
    point: int,
    level: float = 0.9,
    ax: Axes | None = None,
) -> Axes:
    """A point's contributions, its law with confidence interval, and two standard deviations of a sample."""

def plot_crossings(
    laws: ScalingLaws,
    samples: Contributions | None = None,
    quantiles: Sequence[float] = (0.2, 0.4, 0.6, 0.8),
    ax: Axes | None = None,
) -> Axes:
    """Expected contributions against size in log-log axes, for the points at the given quantiles of the exponent."""

def plot_alpha(laws: ScalingLaws, min_r2: float | None = None, ax: Axes | None = None) -> Axes:
    """Histogram of the scaling exponents (Figure 4); of laws that bend, at k0."""

def plot_r2(laws: ScalingLaws, ax: Axes | None = None) -> Axes:
    """Histogram of the points' log-log R^2 (Figure 3); it rises with the number of samples."""

def plot_values(values: pd.Series, n: int = 0, ax: Axes | None = None) -> Axes:
    """All values from the largest to the smallest; harmful points in another colour."""
