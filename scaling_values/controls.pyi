# Made from the module beside it by docs/make_stubs.py: do not edit.
import numpy as np

from .contributions import Contributions

__all__ = ["control_draws"]
GROUPS: int

def draw_controls(contributions: Contributions, k0: float) -> np.ndarray:
    """How the base model of each draw deviates from its expectation: x of Eq. B1."""

LEAST_DRAWS: int

def control_draws(contributions: Contributions) -> Contributions:
    """Subtract from each contribution what the base model's predictions say about its draw, Eq. B1.

    `meta['control']` has the share of the variance that this removes. The contributions are
    returned unchanged if nothing is known about the draws, or if it does not help."""
