"""First-order contributions:
the derivative is scikit-learn's training's, the checks say what they should."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.neural_network import MLPClassifier, MLPRegressor
from test_mlp import simulated

from scaling_values import Utility, load_dataset
from scaling_values.contributions import STATUS
from scaling_values.engines import FirstOrder, MLPEngine, controlled_means

SMOOTH = dict(
    alpha=1,
    learning_rate_init=0.002,
    batch_size=1280,
    tol=0,
    n_iter_no_change=1000,
    max_iter=60,
    random_state=0,
)
pytestmark = pytest.mark.filterwarnings(
    "ignore:Got `batch_size`", "ignore:Stochastic Optimizer", "ignore:first-order"
)


def difference(utility: Utility, D: np.ndarray, point: int, w: float = 1e-5) -> float:
    data, rows = utility.data, np.append(D, point)

    def loss(weight):
        return utility.evaluate(
            clone(utility.learner).fit(
                data.X_train[rows],
                data.y_train[rows],
                sample_weight=np.append(np.ones(len(D)), weight),
            )
        )

    return (loss(0) - loss(w)) / w * len(D) / (len(D) + 1)


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
@pytest.mark.parametrize("hidden", [(8,), (6, 5)])
@pytest.mark.parametrize("n_classes, metric", [(2, "log_loss"), (4, "paper_cross_entropy")])
def test_the_derivative(activation, hidden, n_classes, metric):
    utility = Utility(MLPClassifier(hidden, activation, **SMOOTH), simulated(n_classes), metric)
    D, points = np.arange(60), np.arange(70, 74)
    found = FirstOrder(utility).first_order(D, points)
    np.testing.assert_allclose(
        found,
        [difference(utility, D, point) for point in points],
        rtol=0,
        atol=2e-4 * np.abs(found).max(),
    )


def test_responses():
    data = load_dataset("simulated_linear", n=400, d=4)
    utility = Utility(MLPRegressor(hidden_layer_sizes=(8,), activation="tanh", **SMOOTH), data)
    found = FirstOrder(utility).first_order(np.arange(60), np.arange(70, 74))
    np.testing.assert_allclose(
        found, [difference(utility, np.arange(60), point) for point in range(70, 74)], rtol=1e-3
    )


def test_what_is_checked_is_exact():
    utility = Utility(MLPClassifier((8,), "tanh", **SMOOTH), simulated())
    D, points, engine = np.arange(60), np.arange(50, 120), FirstOrder(utility, check=10)
    found, exact = (
        engine.contributions(D, points, 3),
        MLPEngine(utility).contributions(D, points, 3),
    )
    status = np.array(STATUS)[found.status]
    assert (status == "absent").sum() == 10 and (status == "approximate").sum() == 50
    same = status != "approximate"
    np.testing.assert_allclose(found.delta[same], exact.delta[same], atol=1e-12)
    assert np.corrcoef(found.delta[~same], exact.delta[~same])[0, 1] > 0.9
    assert engine.checks.shape == (1, 3) and engine.checks.correlation[0] > 0.8
    assert found.base_loss == exact.base_loss


def test_a_class_that_the_set_lacks():
    data = simulated(3)
    utility = Utility(MLPClassifier((8,), "tanh", **SMOOTH), data)
    D, points = (
        np.flatnonzero(data.y_train < 2)[:40],
        np.r_[np.flatnonzero(data.y_train == 2)[:2], np.flatnonzero(data.y_train < 2)[50:70]],
    )
    found = FirstOrder(utility, check=5).contributions(D, points)
    assert (np.array(STATUS)[found.status[:2]] != "approximate").all() and np.isfinite(
        found.delta
    ).all()


@pytest.mark.filterwarnings("default:first-order")
def test_a_poor_agreement_is_said():
    utility = Utility(
        MLPClassifier((32,), alpha=0.01, learning_rate_init=0.01, batch_size=1280, random_state=0),
        simulated(),
    )
    with pytest.warns(UserWarning, match="first-order contributions correlate"):
        FirstOrder(utility).contributions(np.arange(60), np.arange(70, 130))


def test_controlled_means_are_unbiased_and_their_errors_true():
    rng, b, n = np.random.default_rng(0), 0.7, 4000
    cheap = rng.normal(1.0, 1.0, (8, n))
    exact = 0.2 + 0.9 * cheap + rng.normal(0, 0.3, (8, n))  # mean 1.1
    exact[0, : n // 2] = np.nan
    means = controlled_means(
        exact, np.where(np.isnan(exact), np.nan, cheap), rng.normal(1.0, 1.0, (50, n)), b
    )
    z = (means["mean"] - 1.1) / means["standard_error"].pow(2).mean() ** 0.5
    assert abs(z.mean()) < 4 / np.sqrt(n) and abs(z.std() - 1) < 0.05
    assert means["standard_error"].mean() < 0.6 * means["plain_standard_error"].mean()
    with pytest.raises(ValueError, match="must be"):
        controlled_means(exact, cheap[:3], cheap, b)
