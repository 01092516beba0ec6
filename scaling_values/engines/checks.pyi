# Made from the module beside it by docs/make_stubs.py: do not edit.
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..datasets import Dataset
from ..engines.base import Engine, EngineResult
from ..utility import Utility

__all__ = ["hard_data", "check_engine"]
KINDS: dict[str, Callable[[np.random.Generator, np.ndarray], np.ndarray]]

def hard_data(target: str, n: int = 120, d: int = 6, random_state: int = 0) -> Iterator[Dataset]:
    """One small dataset of each kind, with 60 validation rows."""

class _Draw(NamedTuple):
    """One preceding set, points, some of them in it, and what refitting says."""

    D: np.ndarray
    points: np.ndarray
    truth: EngineResult

    def unit(self) -> np.ndarray:
        """The contribution's size, or the draw's median if that is larger; at least a ten-thousandth of the loss, or of one."""

CHECKS: dict[str, Callable[[Engine, _Draw], float]]

def check_engine(
    make: Callable[[Utility], Engine],
    utility: Utility,
    sizes: Sequence[int] = (8, 30, 80),
    n_points: int = 20,
    tolerance: float = 1e-06,
    reference: Callable[[Utility], Engine] = ...,
    random_state: int = 0,
) -> pd.DataFrame:
    """Raises AssertionError at the first check that fails, with what is wrong; returns how far the others were from that."""
