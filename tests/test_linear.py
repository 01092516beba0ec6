"""Least squares and ridge regression against refitting: small and large sets, many outputs,
features that are hard on purpose."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, Ridge

from scaling_values import Dataset, RefitEngine, Utility, load_dataset
from scaling_values.contributions import STATUS
from scaling_values.engines import LinearEngine

ABSENT, EXACT = (STATUS.index(name) for name in ("absent", "exact"))


@pytest.mark.parametrize("k", [3, 12, 19, 20, 21, 22, 40, 300])
@pytest.mark.parametrize(
    "learner",
    [
        Ridge(alpha=1.0),
        Ridge(alpha=1e-3, fit_intercept=False),
        LinearRegression(),
        LinearRegression(fit_intercept=False),
    ],
)
def test_linear_contributions_are_those_of_refits(learner, k):
    data = load_dataset("simulated_linear", n=900, d=20)
    utility, D, points = Utility(learner, data), np.arange(5, 5 + k), np.arange(350)
    if isinstance(learner, Ridge):
        learner.set_params(solver="svd")
    fast, slow = (
        engine(utility).contributions(D, points) for engine in (LinearEngine, RefitEngine)
    )
    allowed = 1e-6 * np.nanmedian(np.abs(slow.delta))
    excess = np.abs(fast.delta - slow.delta) - 1e-10 * np.abs(
        slow.delta
    )  # where D nearly interpolates, contributions reach 1e8
    assert np.nanmax(excess) <= allowed
    assert (fast.status == np.where(np.isin(points, D), ABSENT, EXACT)).all()
    assert fast.base_loss == pytest.approx(slow.base_loss, rel=1e-9)


@pytest.mark.parametrize(
    "learner, scale",
    [
        (Ridge(alpha=0.5, solver="svd"), 1e6),
        (Ridge(alpha=0.5, solver="svd"), 1e-6),
        (LinearRegression(), 1.0),
    ],
)
def test_linear_with_many_outputs_and_hard_features(learner, scale):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 5))
    X[:, 2] = 3.0  # constant
    X[:, 3] = X[:, 0] + X[:, 1]  # collinear
    X[:, 4] *= scale
    X[7] = X[3]  # duplicated
    Y = X[:, :2] @ rng.normal(size=(2, 3)) + rng.normal(size=(120, 3))
    data = Dataset.from_arrays(X[:80], Y[:80], X[80:], Y[80:], target="regression")
    for k in (4, 25):
        fast, slow = (
            engine(Utility(learner, data)).contributions(np.arange(k), np.arange(20, 80))
            for engine in (LinearEngine, RefitEngine)
        )
        np.testing.assert_allclose(
            fast.delta, slow.delta, atol=1e-6 * np.nanmedian(np.abs(slow.delta))
        )


def _odd(kind: str, size: float, k: int) -> np.ndarray:
    "Features (160, 5) that are odd in one way."
    rng = np.random.default_rng(0)
    X = rng.normal(size=(160, 5))
    if kind == "column":
        X[:, 0] *= size
    elif kind == "row of the pool":  # neither given, nor a candidate, nor a judge
        X[99, 2] = size
    elif kind == "candidate":
        X[k, 2] = size
    elif kind == "offset":
        X += size
    elif kind == "nearly collinear":
        X[:, 1] = X[:, 0] + rng.normal(size=160) / size
    elif kind == "two clouds":
        X[rng.random(160) < 0.5] += size
    return X


@pytest.mark.filterwarnings("ignore::scipy.linalg.LinAlgWarning")
@pytest.mark.parametrize("k", [4, 6, 60])
@pytest.mark.parametrize(
    "learner",
    [
        LinearRegression(),
        LinearRegression(fit_intercept=False),
        Ridge(),
        Ridge(alpha=0.0),
        Ridge(alpha=1e-8),
    ],
)
@pytest.mark.parametrize(
    "kind, size",
    [(kind, size) for kind in ("column", "row of the pool") for size in (1e2, 1e4, 1e6, 1e12)]
    + [("candidate", 1e6), ("offset", 1e6), ("two clouds", 1e6)]
    + [("nearly collinear", size) for size in (1e3, 1e5, 1e7)],
)
def test_odd_features_are_exact_or_refitted(learner, kind, size, k):
    """What the learner computes, with the directions that it drops and the digits that it loses."""
    X = _odd(kind, size, k)
    rng = np.random.default_rng(1)
    y = rng.normal(size=(160, 5)) @ np.arange(5.0) + X[:, 3] + rng.normal(size=160)
    data = Dataset.from_arrays(X[:100], y[:100], X[100:], y[100:], target="regression")
    utility, D, points = Utility(learner, data), np.arange(k), np.arange(k, 99, 4)
    fast, slow = (
        engine(utility).contributions(D, points) for engine in (LinearEngine, RefitEngine)
    )
    assert fast.base_loss == pytest.approx(slow.base_loss, rel=1e-6)
    np.testing.assert_allclose(fast.delta, slow.delta, rtol=0, atol=1e-5 * np.abs(slow.delta).max())


def test_ordinary_features_need_no_refits():
    rng = np.random.default_rng(0)
    scales = np.geomspace(1e-1, 1e3, 8)  # as columns of a table have
    X = rng.normal(size=(400, 8)) * scales + 3 * scales
    y = X @ (1 / scales) + rng.normal(size=400)
    data = Dataset.from_arrays(X[:300], y[:300], X[300:], y[300:], target="regression")
    for learner in (Ridge(), LinearRegression()):
        found = LinearEngine(Utility(learner, data)).contributions(
            np.arange(50), np.arange(60, 300)
        )
        assert (found.status == EXACT).all()
    wide = rng.normal(size=(400, 600))
    data = Dataset.from_arrays(wide[:300], y[:300], wide[300:], y[300:], target="regression")
    for learner in (Ridge(), LinearRegression()):
        found = LinearEngine(Utility(learner, data)).contributions(
            np.arange(50), np.arange(60, 300)
        )
        assert (found.status == EXACT).all()
