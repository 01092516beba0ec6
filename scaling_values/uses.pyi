# Made from the module beside it by docs/make_stubs.py: do not edit.
from collections.abc import Sequence

import numpy as np
import pandas as pd

from .laws import ScalingLaws
from .utility import Utility

__all__ = ["dropping_curve", "prices"]

def dropping_curve(
    utility: Utility,
    order: Sequence[int] | np.ndarray | pd.Index,
    counts: Sequence[int],
    seed: int = 0,
) -> pd.Series:
    """The test loss of models trained on the pool without the first rows of an order."""

def prices(laws: ScalingLaws, budget: float, k: int, level: float = 0.9) -> pd.DataFrame:
    """Shares of a budget in proportion to expected contributions at size k; what harms is free."""
