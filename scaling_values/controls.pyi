# Made from the module beside it by docs/make_stubs.py: do not edit.
import numpy as np

from .contributions import Contributions

__all__ = ["control_draws"]
GROUPS: int

def draw_controls(contributions: Contributions, k0: float) -> np.ndarray:
    """What is special about each draw: x of Eq. K1."""

LEAST_DRAWS: int

def control_draws(contributions: Contributions) -> Contributions:
    """Takes from each contribution what the base model's answers say about its draw, Eq. K1; `meta['control']` says how much of the variance that was."""
