# Made from the module beside it by docs/make_stubs.py: do not edit.
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from .contributions import Contributions
from .laws import ScalingLaws
from .utilities import Utilities
from .utility import Utility

__all__ = ["LEARNERS", "value_to_folder", "values_table", "sv_demo", "sv_run"]
LEARNERS: dict[str, dict[str, Callable[[], BaseEstimator]]]

def value_to_folder(
    utility: Utility,
    out: str | os.PathLike,
    points: int | None = None,
    sizes: Sequence[int] | None = None,
    draws: int | None = None,
    seed: int = 0,
    n_jobs: int | None = None,
    *,
    design: str | None = None,
    fits: int | None = None,
    seconds: float | None = None,
    rows: pd.DataFrame | None = None,
    columns: pd.DataFrame | None = None,
    groups: np.ndarray | None = None,
    image_shape: tuple[int, int] | None = None,
    command: str | None = None,
    force: bool = False,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Sample contributions or whole fits, fit laws, and write report.html, laws.parquet, values.csv, summary.json and pictures."""

WRITTEN: Any

def values_table(laws: ScalingLaws, samples: Contributions | Utilities) -> pd.DataFrame:
    """Shapley values by law with their 90% interval and, of contributions, by Monte Carlo, exponents at the largest size, contributions at both ends of the range."""

def sv_demo(
    out: str = "sv_demo",
    points: int = 0,
    draws: int = 50,
    seed: int = 0,
    jobs: int = -1,
    force: bool = False,
) -> None:
    """Value handwritten digits under logistic regression: laws, values, pictures and a report, in a minute or two on two cores."""

def sv_run(
    table: str,
    target: str = "",
    learner: str = "",
    metric: str = "",
    task: str = "",
    drop: DROP = None,
    C: str = "",
    index: str = "",
    keep: KEEP = None,
    text: TEXT = None,
    image: IMAGE = None,
    sep: str = "",
    decimal: str = "",
    encoding: str = "",
    header: str = "",
    folds: int = 5,
    group: str = "",
    validation: str = "",
    time: str = "",
    sizes: SIZES = None,
    design: str = "",
    draws: int = 0,
    fits: int = 0,
    points: int = 0,
    seconds: float = 0,
    seed: int = 0,
    jobs: int = -1,
    out: str = "sv_run",
    force: bool = False,
    dry_run: DRY_RUN = False,
) -> None:
    """Value the rows of your own table: a law, a value, pictures and a report, for classification or regression."""

SIZES = Sequence[int] | None
DROP = str | Sequence[str] | None
KEEP = str | Sequence[str] | None
TEXT = str | Sequence[str] | None
IMAGE = str | Sequence[str] | None
DRY_RUN = bool
