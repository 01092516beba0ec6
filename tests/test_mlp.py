"""Networks: trained in lockstep, every one takes scikit-learn's steps and ends where scikit-learn's
ends."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from conformance import drawn
from sklearn.base import clone
from sklearn.neural_network import MLPClassifier, MLPRegressor

from scaling_values import (
    Dataset,
    RefitEngine,
    Utility,
    find_engine,
    load_dataset,
    sample_contributions,
)
from scaling_values.contributions import STATUS
from scaling_values.engines import MLPEngine, mlp
from scaling_values.engines.mlp import train_networks

DATA = Path(__file__).parents[2] / "shared" / "data"
PAPER = MLPClassifier((32,), alpha=0.01, learning_rate_init=0.01, batch_size=1280, random_state=0)
pytestmark = pytest.mark.filterwarnings(
    "ignore:Got `batch_size`", "ignore:.*iteration limit", "ignore:Stochastic Optimizer"
)


def agree(utility: Utility, D: np.ndarray, points: np.ndarray, seed: int = 0) -> np.ndarray:
    """Within 1e-8 of the contributions' spread; the statuses, by name."""
    engine = find_engine(utility)
    assert isinstance(engine, MLPEngine)
    fast, slow = (
        engine.contributions(D, points, seed),
        RefitEngine(utility).contributions(D, points, seed),
    )
    np.testing.assert_array_equal(np.isnan(fast.delta), np.isin(points, D))
    np.testing.assert_allclose(fast.delta, slow.delta, rtol=0, atol=1e-8 * np.nanstd(slow.delta))
    assert fast.base_loss == pytest.approx(slow.base_loss, abs=1e-10)
    unended = STATUS.index("unconverged")
    np.testing.assert_array_equal(fast.status == unended, slow.status == unended)
    return np.array(STATUS)[fast.status]


def simulated(n_classes: int = 2, n: int = 400) -> Dataset:
    rng = np.random.default_rng(n_classes)
    X = rng.normal(size=(n, 5))
    y = np.digitize(
        X @ [1, -1, 0.5, 0, 0] + 0.5 * rng.normal(size=n),
        np.linspace(-1, 1, n_classes - 1) if n_classes > 2 else [0.0],
    )
    return Dataset.from_arrays(X[: n // 2], y[: n // 2], X[n // 2 :], y[n // 2 :])


@pytest.mark.parametrize("metric", ["log_loss", "error_rate", "paper_cross_entropy"])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_metrics_and_classes(metric, n_classes):
    agree(Utility(PAPER, simulated(n_classes), metric), np.arange(60), np.arange(50, 80))


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
@pytest.mark.parametrize("hidden", [8, (7,), (9, 6), (6, 5, 4)])
def test_activations_and_layers(activation, hidden):
    learner = clone(PAPER).set_params(
        activation=activation, hidden_layer_sizes=hidden, beta_1=0.8, epsilon=1e-6, max_iter=80
    )
    for n_classes in (2, 3):
        agree(Utility(learner, simulated(n_classes)), np.arange(50), np.arange(48, 60))


@pytest.mark.parametrize("outputs", [1, 2])
def test_responses(outputs):
    data = load_dataset("simulated_linear", n=400, d=4)
    learner = MLPRegressor(
        hidden_layer_sizes=(10,),
        alpha=0.1,
        learning_rate_init=0.02,
        batch_size=500,
        random_state=3,
        max_iter=2000,
        tol=1e-3,
    )
    if outputs == 2:

        def two(y):
            return np.stack([y, np.abs(y)], 1)

        data = Dataset.from_arrays(
            data.X_train, two(data.y_train), data.X_val, two(data.y_val), target="regression"
        )
    assert set(agree(Utility(learner, data), np.arange(100), np.arange(99, 120))) == {
        "absent",
        "exact",
    }


def test_the_same_number_of_steps():
    """And what each network says, point by point."""
    data = load_dataset("digits")
    D, points = np.arange(150), np.arange(200, 216)
    engine, learner = MLPEngine(Utility(PAPER, data)), clone(PAPER)
    rows = [np.append(D, point) for point in points]
    theirs = [clone(PAPER).fit(data.X_train[r], data.y_train[r]).n_iter_ for r in rows]
    targets = [engine._targets(torch.as_tensor(row), torch.arange(10)) for row in rows]
    trained = train_networks(
        learner, engine._X[D], engine._X[points], torch.stack(targets), engine._X_val, "softmax"
    )
    assert trained.iterations.tolist() == theirs and not trained.unclear.any()
    assert len(set(theirs)) > 1  # or the test would say little


def test_a_class_that_the_set_lacks_is_refitted():
    data = simulated(3)
    D = np.flatnonzero(data.y_train < 2)[:40]
    points = np.r_[np.flatnonzero(data.y_train == 2)[:3], np.flatnonzero(data.y_train < 2)[50:55]]
    found = agree(Utility(PAPER, data), D, points)
    assert (found[:3] == "refitted").all() and (found[3:] == "exact").all()


def test_a_batch_that_is_too_small_is_refitted_and_said():
    utility = Utility(clone(PAPER).set_params(batch_size="auto", max_iter=30), simulated(n=1000))
    with pytest.warns(UserWarning, match="batch_size='auto' does not cover 201 rows"):
        found = MLPEngine(utility).contributions(np.arange(200), np.arange(300, 302))
    assert not (found.status == STATUS.index("exact")).any()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        MLPEngine(utility).contributions(np.arange(199), np.arange(300, 302))


def test_open_seeds_are_the_draws():
    utility = Utility(clone(PAPER).set_params(random_state=None), simulated())
    agree(utility, np.arange(40), np.arange(50, 56), seed=5)
    one, other = (
        MLPEngine(utility).contributions(np.arange(40), np.arange(50, 56), seed) for seed in (5, 6)
    )
    assert one.base_loss != other.base_loss


def test_an_unclear_stop_is_refitted(monkeypatch):
    utility, D, points = Utility(PAPER, simulated()), np.arange(40), np.arange(50, 90)
    plain = MLPEngine(utility).contributions(D, points)
    monkeypatch.setattr(mlp, "TIE", 3e-7)  # one that happens
    found = MLPEngine(utility).contributions(D, points)
    assert 0 < (found.status == STATUS.index("refitted")).sum() < len(points)
    np.testing.assert_allclose(found.delta, plain.delta, atol=1e-12)


def test_chunks_do_not_matter():
    utility, D, points = Utility(PAPER, simulated(3)), np.arange(40), np.arange(50, 70)
    one, other = (
        MLPEngine(utility, room=room).contributions(D, points).delta for room in (1, 10**7)
    )
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    "change, reason",
    [
        (dict(solver="lbfgs"), "is not 'adam'"),
        (dict(early_stopping=True), "holds rows back"),
        (dict(warm_start=True), "does not start anew"),
        (dict(hidden_layer_sizes=()), "no hidden layer"),
        (dict(random_state=np.random.RandomState(0)), "is not an integer"),
    ],
)
def test_what_it_does_not_know(change, reason):
    assert reason in MLPEngine.refuses(Utility(clone(PAPER).set_params(**change), simulated()))


def test_average_over_starts():
    data, D, points = simulated(), np.arange(40), np.arange(39, 60)
    utility = Utility(PAPER, data, n_init=3)
    found = find_engine(utility).contributions(D, points)
    each = [
        MLPEngine(Utility(clone(PAPER).set_params(random_state=seed), data)).contributions(
            D, points
        )
        for seed in range(3)
    ]
    np.testing.assert_allclose(found.delta, np.mean([one.delta for one in each], 0))
    assert found.base_loss == pytest.approx(utility.loss(D))
    assert np.isnan(found.delta[0]) and STATUS[found.status[0]] == "absent"
    samples = sample_contributions(utility, points=points, sizes=(30, 40), draws=2, random_state=0)
    assert samples.meta["n_init"] == 3 and samples.meta["engine"] == "mlp, mean of 3"
    with pytest.raises(ValueError, match="does not know n_init=3"):
        find_engine(utility, MLPEngine(Utility(PAPER, data)))


@pytest.mark.parametrize(
    "name, k",
    [
        ("adult", 100),
        ("magic", 300),
        ("imdb", 100),
        ("cifar10", 100),
        pytest.param("imdb", 1000, marks=pytest.mark.slow),
        pytest.param("adult", 1000, marks=pytest.mark.slow),
    ],
)
def test_real_data(name, k, monkeypatch):
    if not DATA.is_dir():
        pytest.skip("needs the data files")
    monkeypatch.setenv("SCALING_VALUES_DATA", str(DATA))
    whole = load_dataset(name)
    data = Dataset.from_arrays(
        whole.X_train[:3000], whole.y_train[:3000], whole.X_val[:300], whole.y_val[:300]
    )
    agree(Utility(PAPER, data), drawn(data, k, 2), np.arange(16))
