"""What every fast engine gets from the skeleton in `engines.base`:
who is in D, chunks, refusals, refits with one base."""

import warnings

import numpy as np
import pytest
from conformance import two_classes
from sklearn.base import is_classifier
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.svm import SVC

from scaling_values import (
    Dataset,
    RefitEngine,
    Utility,
    find_engine,
    load_dataset,
    sample_contributions,
)
from scaling_values.engines import FastEngine, Status, TrainedSet

rng = np.random.default_rng(0)
X = rng.normal(size=(90, 3))
DATA = Dataset.from_arrays(
    X[:60], (X[:60, 0] > 0).astype(int), X[60:], (X[60:, 0] > 0).astype(int), name="signs"
)
POINTS = np.array([7, 0, 31, 32, 33, 34, 35, 36, 37])
D = np.arange(30)


class Seen(TrainedSet):
    """Says a point's row as its contribution; knows some rows only, and vouches for fewer."""

    base_loss = 10.0

    def __init__(self, engine):
        self.engine, self.width = engine, engine.width

    def knows(self, points):
        return points != 33

    def value(self, points):
        self.engine.seen.append(points.tolist())
        return np.where(points == 35, np.nan, points.astype(float)), np.full(
            len(points), Status.approximate
        )


class Engine(FastEngine):
    name, learners, width = "seen", (LogisticRegression,), 1

    @classmethod
    def limits(cls, utility):
        return "C=7 is too lucky" if utility.learner.C == 7 else None

    def prepare(self):
        self.seen = []

    def train(self, D, seed):
        return None if seed else Seen(self)


def test_points_of_the_set_are_absent_and_all_others_are_valued():
    engine = Engine(Utility(LogisticRegression(), DATA), chunk=3)
    found = engine.contributions(D, POINTS)
    assert engine.seen == [[31, 32, 34], [35, 36, 37]]
    assert (
        np.isnan(found.delta[:2]).all()
        and (found.status[:2] == Status.absent).all()
        and found.base_loss == 10.0
    )
    trusted = ~np.isin(POINTS, [7, 0, 33, 35])
    np.testing.assert_array_equal(found.delta[trusted], POINTS[trusted])
    assert (found.status[trusted] == Status.approximate).all()


def test_what_it_does_not_know_is_refitted_and_rests_on_the_same_base():
    engine = Engine(Utility(LogisticRegression(), DATA))
    found, refit = (
        engine.contributions(D, POINTS),
        RefitEngine(engine.utility).contributions(D, POINTS),
    )
    again = np.isin(POINTS, [33, 35])
    np.testing.assert_allclose(
        10.0 - found.delta[again], refit.base_loss - refit.delta[again], rtol=1e-14
    )
    np.testing.assert_array_equal(found.status[again], refit.status[again])
    hasty = Engine(Utility(LogisticRegression(max_iter=1), DATA)).contributions(D, POINTS)
    assert (hasty.status[again] == Status.unconverged).all()


def test_a_set_that_cannot_be_trained_is_refitted_as_a_whole():
    engine = Engine(Utility(LogisticRegression(), DATA))
    found, refit = (
        engine.contributions(D, POINTS, 5),
        RefitEngine(engine.utility).contributions(D, POINTS, 5),
    )
    assert found.base_loss == refit.base_loss and engine.seen == []
    np.testing.assert_array_equal(found.delta, refit.delta)


@pytest.mark.parametrize("width, parts", [(1, 1), (3, 2), (4, 3), (100, 6)])
def test_wide_points_come_in_smaller_chunks(width, parts):
    engine = Engine(Utility(LogisticRegression(), DATA), chunk=9)
    engine.width = width
    engine.contributions(D, POINTS)
    assert len(engine.seen) == parts


def test_points_of_one_class_come_together_where_an_engine_wants_them_so():
    engine = Engine(Utility(LogisticRegression(), DATA))
    engine.by_class = True
    found = engine.contributions(D, POINTS)
    ((*seen,),) = engine.seen
    assert (np.diff(DATA.y_train[seen]) >= 0).all() and seen != sorted(seen)
    assert found.delta[2] == 31.0


@pytest.mark.parametrize(
    "utility, says",
    [
        (
            Utility(
                Ridge(),
                Dataset.from_arrays(X[:60], X[:60, 0], X[60:], X[60:, 0], target="regression"),
            ),
            "it knows LogisticRegression, not Ridge",
        ),
        (Utility(LogisticRegression(C=7), DATA), "C=7 is too lucky"),
        (
            Utility(LogisticRegression(), DATA, "neg_brier_score"),
            "metric='neg_brier_score' is not one of log_loss",
        ),
    ],
)
def test_refusals_are_in_words_and_the_constructor_says_them(utility, says):
    assert says in Engine.refuses(utility)
    with pytest.raises(ValueError, match="cannot have the seen engine: ") as error:
        Engine(utility)
    assert says in str(error.value)


def test_what_a_subclass_lacks_is_named():
    class Empty(FastEngine):
        name, learners = "empty", (LogisticRegression,)

    with pytest.raises(NotImplementedError, match=r"Empty needs a method train\(D, seed\)"):
        Empty(Utility(LogisticRegression(), DATA)).contributions(D, POINTS)
    with pytest.raises(NotImplementedError, match=r"TrainedSet needs a method value\(points\)"):
        TrainedSet().value(POINTS)


@pytest.mark.parametrize(
    "learner, target, name",
    [
        (LogisticRegression(C=3, class_weight="balanced"), "classification", "logistic"),
        (LogisticRegression(solver="saga", max_iter=1000), "classification", "logistic"),
        (Ridge(2.0), "regression", "linear"),
        (LinearRegression(), "regression", "linear"),
    ],
)
def test_the_registry_picks_the_engine(learner, target, name):
    data = (
        two_classes("digits")
        if target == "classification"
        else load_dataset("simulated_linear", n=300, d=4)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert find_engine(Utility(learner, data)).name == name


@pytest.mark.parametrize(
    "learner, why",
    [
        (LogisticRegression(solver="liblinear"), "penalises the intercept"),
        (LogisticRegression(l1_ratio=0.5, solver="saga"), "not the squared length"),
        (LogisticRegression(C=np.inf), "there may be no fit"),
    ],
)
def test_what_an_engine_does_not_honour_is_refitted_with_a_word(learner, why):
    utility = Utility(learner, two_classes("digits"))
    with pytest.warns(UserWarning, match=f"refitted for every point, which is slow: .*{why}"):
        assert find_engine(utility).name == "refit"
    with pytest.raises(ValueError, match=f"engine='logistic' cannot be used here: .*{why}"):
        find_engine(utility, "logistic")


def test_balanced_weights_that_are_not_held_are_refitted():
    with pytest.warns(UserWarning, match="when it is not held"):
        assert (
            find_engine(
                Utility(
                    LogisticRegression(class_weight="balanced"), two_classes("digits"), hold=False
                )
            ).name
            == "refit"
        )


def test_a_learner_that_stops_early_is_named_where_it_matters():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4))
    y = (X[:, 0] + rng.normal(size=300) > 0).astype(int)

    def utility(scales, **settings):
        Z = X * scales
        data = Dataset.from_arrays(Z[:200], y[:200], Z[200:], y[200:])
        return Utility(LogisticRegression(**settings), data)

    says = r"stops before it converges \(max_iter=100, tol=0.0001\): .* standardise the features"
    with pytest.warns(UserWarning, match=says):
        find_engine(utility([0.1, 30, 1e3, 1e5]))
    with pytest.warns(UserWarning, match=says):  # one warning, not one for each fold
        sample_contributions(
            utility([0.1, 30, 1e3, 1e5]), points=range(5), draws=5, sizes=(20, 60), random_state=0
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        find_engine(utility(1.0))
        find_engine(utility(1.0, tol=1e-12, max_iter=20))  # stops, but next to the optimum


@pytest.mark.parametrize(
    "learner, metric",
    [
        (LinearRegression(), None),
        (Ridge(), None),
        (LogisticRegression(), None),
        (SVC(gamma=0.1), "error_rate"),
        (SVC(kernel="linear"), "error_rate"),
        (KNeighborsClassifier(), "error_rate"),
        (KNeighborsRegressor(), None),
    ],
)
def test_an_odd_row_that_is_neither_used_nor_judges_changes_nothing(learner, metric):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 4))
    y = X[:, 0] + 0.7 * rng.normal(size=200)
    target = "classification" if is_classifier(learner) else "regression"
    if target == "classification":
        y = (y > 0).astype(int)
    found = []
    for size in (0.0, 1e4, 1e9, 1e12):
        Z = X.copy()
        Z[149, 2] = size
        data = Dataset.from_arrays(Z[:150], y[:150], Z[150:], y[150:], target=target)
        engine = find_engine(Utility(learner, data, metric))
        assert engine.name != "refit"
        found.append(engine.contributions(np.arange(30), np.arange(30, 140)).delta)
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0], rtol=1e-6, atol=1e-9)
