# Made from the module beside it by docs/make_stubs.py: do not edit.
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .contributions import Contributions
from .datasets import Dataset
from .laws import ScalingLaws
from .utilities import Utilities
from .utility import Utility

__all__ = ["compare_kinds", "row_kinds", "LearningCurve", "learning_curve", "Verdicts", "judge_run"]

def compare_kinds(
    samples: Contributions | Utilities, kinds: pd.DataFrame, level: float = 0.9
) -> pd.DataFrame:
    """What rows of a kind add to large training sets, against all other rows; errors count draws."""

def row_kinds(y: Any, frame: pd.DataFrame | None = None, most: int = 50) -> pd.DataFrame:
    """Kinds of rows: classes, thirds of numbers, common categories."""

@dataclass(frozen=True)
class LearningCurve:
    """The loss against the number of training rows (Eq. V1), and what it predicts for twice as many."""

    floor: float
    gain: float
    exponent: float
    sizes: tuple[int, int]
    rows: int
    now: float
    twice: float
    fall: tuple[float, float]
    k: np.ndarray
    loss: np.ndarray
    se: np.ndarray

    def at(self, k: Any) -> np.ndarray:
        """The expected loss at given sizes."""

def learning_curve(
    k: np.ndarray, loss: np.ndarray, rows: int, level: float = 0.9
) -> LearningCurve | None:
    """Fit Eq. V1, and predict the loss with twice the rows."""

@dataclass(frozen=True)
class Verdicts:
    """The answers of a run; one that could not be found is None, or says why."""

    level: float
    judges: str = ...
    count: int = ...
    metric: str = ...
    quality: pd.DataFrame | None = ...
    dropping: pd.DataFrame | None = ...
    safe: int = ...
    margin: float = ...
    refused: str = ...
    kinds: pd.DataFrame | None = ...
    curve: LearningCurve | None = ...
    same_loss: bool = ...
    worst: float = ...

def judge_run(
    laws: ScalingLaws,
    samples: Contributions | Utilities,
    utility: Utility | None = None,
    *,
    data: Dataset | None = None,
    rows: pd.DataFrame | None = None,
    seconds: float = 4.0,
    level: float = 0.9,
) -> Verdicts:
    """How good the model is, which rows can go, which kind to collect, what more data would bring."""
