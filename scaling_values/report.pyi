# Made from the module beside it by docs/make_stubs.py: do not edit.
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from .contributions import Contributions
from .datasets import Dataset
from .laws import ScalingLaws
from .utilities import Utilities
from .verdicts import Verdicts

__all__ = ["write_report"]

def labels_of_points(laws: ScalingLaws, samples: Contributions | Utilities) -> Any:
    """Labels or responses, where each point has one."""

LEAST_DRAWS: int
NO_BETTER: str
FEW_DRAWS: str

def trust_table(
    samples: Contributions,
    estimator: BaseEstimator | None = None,
    splits: int = ...,
    X_train: np.ndarray | None = None,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """R^2 and correlation of laws on held-out draws, with ceilings: mean, lowest, highest of splits."""

FIT_SPLITS: int
LEAST_FITS: Any
FEW_FITS: str
NO_FITS_BETTER: str

def fits_trust_table(
    fits: Utilities,
    estimator: BaseEstimator | None = None,
    X_train: np.ndarray | None = None,
    points: np.ndarray | None = None,
    splits: int = ...,
) -> pd.DataFrame:
    """Agreement of laws from two halves, and R^2 on the other half's fits: mean, lowest, highest."""

COVERED: Any

def write_report(
    path: str | os.PathLike,
    laws: ScalingLaws,
    samples: Contributions | Utilities,
    data: Dataset | None = None,
    *,
    rows: pd.DataFrame | None = None,
    image_shape: tuple[int, int] | None = None,
    title: str | None = None,
    command: str | None = None,
    facts: Mapping[str, Any] | None = None,
    estimator: BaseEstimator | None = None,
    n: int = 10,
    level: float = 0.9,
    trust: pd.DataFrame | None = None,
    verdicts: Verdicts | None = None,
    columns: pd.DataFrame | None = None,
    again: Contributions | None = None,
    suspects: pd.DataFrame | None = None,
    n_jobs: int | None = None,
) -> Path:
    """Write a self-contained HTML report: answers, values, and how far to believe them."""

def rows_of(
    laws: ScalingLaws, data: Dataset | None, rows: pd.DataFrame | None
) -> pd.DataFrame | None: ...
