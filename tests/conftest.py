"""Small data that every test can afford to refit on, and runs without what a test is not about."""

from functools import partial

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import scaling_values.answers as answers
import scaling_values.cli as cli
import scaling_values.report as report
from scaling_values import Dataset, PowerSeries, Utility
from scaling_values.estimators import Family


def make_arrays(n: int, seed: int = 0, d: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return X, (X @ np.arange(1, d + 1) + rng.normal(size=n) > 0).astype(int)


@pytest.fixture(scope="session")
def data() -> Dataset:
    return Dataset.from_arrays(
        *make_arrays(120), *make_arrays(60, seed=1), *make_arrays(60, seed=2), name="small"
    )


@pytest.fixture(scope="session")
def utility(data: Dataset) -> Utility:
    return Utility(LogisticRegression(solver="newton-cholesky", tol=1e-10), data, "log_loss")


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of a command whose pictures are not what a test is about: drawing them takes half of
    their time."""
    monkeypatch.setattr(cli, "_save_pictures", lambda *_: [])
    draw_no_pictures_in_reports(monkeypatch)


def draw_no_pictures_in_reports(patch: pytest.MonkeyPatch) -> None:
    for room in (answers, report):
        patch.setattr(room, "html_picture", lambda *_, **__: report.Html(""))


@pytest.fixture
def one_family(monkeypatch: pytest.MonkeyPatch) -> None:
    """What commands and reports fit a dozen times: series of one family, which take a sixth of
    the time (tests of the commands have all)."""
    fit_one_family(monkeypatch)


def fit_one_family(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        "scaling_values.fitting.PowerSeries", partial(PowerSeries, families=(Family((1.0, 2.0)),))
    )
