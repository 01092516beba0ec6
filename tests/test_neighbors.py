"""Nearest neighbours: every contribution is that of a refit, ties and zero distances included."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from conformance import drawn
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from scaling_values import Dataset, RefitEngine, Utility, find_engine, load_dataset
from scaling_values.contributions import STATUS
from scaling_values.engines import NeighborsEngine

DATA = Path(__file__).parents[2] / "shared" / "data"


def agree(utility: Utility, D: np.ndarray, points: np.ndarray) -> float:
    """The largest difference, and the share of points that were refitted."""
    engine = find_engine(utility)
    assert isinstance(engine, NeighborsEngine)
    fast, slow = engine.contributions(D, points), RefitEngine(utility).contributions(D, points)
    np.testing.assert_array_equal(np.isnan(fast.delta), np.isin(points, D))
    np.testing.assert_allclose(fast.delta, slow.delta, rtol=0, atol=1e-12)
    assert fast.base_loss == pytest.approx(slow.base_loss, abs=1e-13)
    return float((fast.status == STATUS.index("refitted")).mean())


@pytest.mark.parametrize("metric", ["log_loss", "error_rate", "paper_cross_entropy"])
@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("m, k", [(1, 60), (9, 11), (5, 60), (5, 700)])
def test_ten_classes(metric, weights, m, k):
    data = load_dataset("digits")
    assert (
        agree(
            Utility(KNeighborsClassifier(m, weights=weights), data, metric),
            drawn(data, k, 1),
            np.arange(60),
        )
        < 0.3
    )


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("p", [1, 2, 3, np.inf])
def test_responses_and_distances(weights, p):
    data, learner = (
        load_dataset("simulated_linear", n=1500, d=4),
        KNeighborsRegressor(4, weights=weights),
    )
    learner = learner.set_params(metric="chebyshev") if np.isinf(p) else learner.set_params(p=p)
    assert agree(Utility(learner, data), np.arange(450), np.arange(440, 520)) == 0
    several = Dataset.from_arrays(
        data.X_train,
        np.stack([data.y_train, data.y_train**2], 1),
        data.X_val,
        np.stack([data.y_val, data.y_val**2], 1),
        target="regression",
    )
    agree(Utility(learner, several), np.arange(200), np.arange(190, 240))


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_ties_and_copies(weights):
    """Whole numbers: many neighbours at the same distance, and validation points that lie on
    training points."""
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 5, (500, 2)).astype(float), rng.integers(0, 2, 500)
    data = Dataset.from_arrays(X[:400], y[:400], X[400:], y[400:])
    share = agree(
        Utility(KNeighborsClassifier(weights=weights), data), np.arange(100), np.arange(90, 200)
    )
    assert share > 0


def test_a_class_that_the_set_lacks():
    rng = np.random.default_rng(1)
    X, y = (
        rng.normal(size=(300, 2)),
        np.r_[np.zeros(100), np.ones(100), np.full(100, 2)].astype(int),
    )
    data = Dataset.from_arrays(X[::2], y[::2], X[1::2], y[1::2])
    agree(
        Utility(KNeighborsClassifier(), data, "paper_cross_entropy"),
        np.arange(60),
        np.arange(40, 150),
    )


def test_what_it_does_not_know_is_refitted_and_said():
    data = load_dataset("digits")
    with pytest.warns(UserWarning, match="not one of Minkowski"):
        assert isinstance(
            find_engine(Utility(KNeighborsClassifier(metric="cosine"), data)), RefitEngine
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert isinstance(
            find_engine(Utility(KNeighborsClassifier(), data, "f1_macro")), RefitEngine
        )
    with pytest.raises(ValueError, match="fewer than n_neighbors=5"):
        find_engine(Utility(KNeighborsClassifier(), data)).contributions(
            np.arange(4), np.arange(10, 20)
        )


@pytest.mark.parametrize("name", ["adult", "magic", "imdb"])
def test_real_data(name, monkeypatch):
    if not DATA.is_dir():
        pytest.skip("needs the data files")
    monkeypatch.setenv("SCALING_VALUES_DATA", str(DATA))
    whole = load_dataset(name)
    data = Dataset.from_arrays(
        whole.X_train[:3000], whole.y_train[:3000], whole.X_val[:300], whole.y_val[:300]
    )
    for weights in ("uniform", "distance"):
        for k in (100, 1000):
            assert (
                agree(
                    Utility(KNeighborsClassifier(weights=weights), data),
                    drawn(data, k, 2),
                    np.arange(40),
                )
                < 0.2
            )
