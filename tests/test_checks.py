"""Every engine, on data that are hard on purpose, against refitting;
and that faults of an engine are found."""

import numpy as np
import pytest
from conformance import binary_reference
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.svm import SVC

from scaling_values import Dataset, RefitEngine, Utility
from scaling_values.engines import (
    EngineResult,
    LinearEngine,
    LogisticEngine,
    MLPEngine,
    NeighborsEngine,
    SVMEngine,
    check_engine,
    hard_data,
)

TIGHT = dict(solver="newton-cholesky", tol=1e-12, max_iter=1000)
NETWORK = dict(hidden_layer_sizes=(4,), max_iter=12, batch_size=1000, random_state=0, tol=0)
CASES = [
    (LinearEngine, LinearRegression(), None),
    (LinearEngine, Ridge(1e-3, solver="svd", fit_intercept=False), None),
    (LogisticEngine, LogisticRegression(**TIGHT), None),
    (LogisticEngine, LogisticRegression(C=1e-3, class_weight="balanced", **TIGHT), "error_rate"),
    (LogisticEngine, LogisticRegression(C=1e3), None),
    (NeighborsEngine, KNeighborsClassifier(3, algorithm="brute"), None),
    (NeighborsEngine, KNeighborsRegressor(3, algorithm="brute", weights="distance"), None),
    (MLPEngine, MLPClassifier(**NETWORK), None),
    (MLPEngine, MLPRegressor(**NETWORK), None),
    (SVMEngine, SVC(tol=1e-9), "error_rate"),
    (SVMEngine, SVC(kernel="linear", tol=1e-9), "error_rate"),
    (SVMEngine, CalibratedClassifierCV(SVC(tol=1e-9), ensemble=False, cv=2), None),
]
# twelve decimal orders between columns: refits in double precision have no digit left, and LIBSVM
# does not end
ELSEWHERE = {
    (LinearRegression, "units"),
    (SVC, "units"),
}
LOOSE = {CalibratedClassifierCV: 1e-3}  # scikit-learn's sigmoids end where their loss hardly falls


class Polished(RefitEngine):
    """Logistic regressions whose last digits are right at a weak penalty too, where scikit-learn's
    are not."""

    def _loss(self, rows, learner):
        data = self.utility.data
        theta, distance = binary_reference(
            data.X_train[rows], data.y_train[rows].astype(float), learner.C, np.ones(len(rows))
        )
        assert distance < 1e-10
        margin = data.X_val @ theta[:-1] + theta[-1]
        losses = np.logaddexp(0, np.where(data.y_val == 1, -margin, margin))
        return float(np.minimum(losses, -np.log(np.finfo(float).eps)).mean()), True


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("sizes", [(25,), pytest.param((8, 30, 80), marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "make, learner, metric", CASES, ids=[f"{case[0].name}-{case[1]}"[:40] for case in CASES]
)
def test_engines_agree_with_refitting_on_hard_data(make, learner, metric, sizes):
    classes = "Classifier" in type(learner).__name__ or isinstance(
        learner, (LogisticRegression, SVC, CalibratedClassifierCV)
    )
    for data in hard_data("classification" if classes else "regression"):
        if (type(learner), data.name) in ELSEWHERE:
            continue
        reference = Polished if getattr(learner, "C", 1) == 1e3 else RefitEngine
        check_engine(
            make,
            Utility(learner, data, metric),
            n_points=8,
            sizes=sizes,
            tolerance=LOOSE.get(type(learner), 1e-6),
            reference=reference,
        )


class Faulty(RefitEngine):
    """An engine with one fault."""

    fault = ""

    def contributions(self, D, points, seed=0):
        found, fault = super().contributions(D, points, seed), self.fault
        delta, base_loss, status = found.delta.copy(), found.base_loss, found.status
        if fault == "wrong":
            delta = delta * 1.001
        if fault == "base":
            base_loss = base_loss * 1.01
        if fault == "absent":
            delta = np.nan_to_num(delta)
        if fault == "neighbours" and len(points):
            delta = delta + 1e-3 * len(points)
        if fault == "random":
            delta = delta + 1e-12 * np.random.default_rng().random()
        if fault == "state":
            np.random.seed(len(points))
        if fault == "writes" and len(points) > 1:
            points[:2] = points[1::-1].copy()
        if fault == "short":
            delta = delta[:-1]
        return EngineResult(delta, base_loss, status)

    def seconds(self, D, n_points):
        return -1.0 if self.fault == "price" else None


@pytest.mark.parametrize(
    "fault, said",
    [
        (
            "wrong",
            "'agrees with refitting' fails on 'normal' at k=8: off by 0.001 of a contribution",
        ),
        ("base", "'agrees with refitting'"),
        ("absent", "NaN exactly where D contains the point"),
        ("short", "one contribution and one status per point"),
        ("neighbours", "'agrees with refitting'"),
        ("random", "the same seed has another result"),
        ("state", "were changed"),
        ("price", "a duration is needed"),
        ("writes", "fails on"),
    ],
)
def test_a_fault_is_named(fault, said, monkeypatch):
    monkeypatch.setattr(Faulty, "fault", fault)
    with pytest.raises(AssertionError, match=said):
        check_engine(
            Faulty,
            Utility(Ridge(solver="svd"), next(hard_data("regression"))),
            sizes=[8],
            n_points=6,
        )


def test_an_engine_without_a_fault_passes(monkeypatch):
    found = check_engine(
        Faulty, Utility(Ridge(solver="svd"), next(hard_data("regression"))), sizes=[8], n_points=6
    )
    assert (found.error == 0).all() and len(found) == 7


class Silent(LinearEngine):
    """Refuses nothing in words."""

    refuses = staticmethod(lambda utility: None)


def test_an_engine_must_say_what_it_refuses():
    with pytest.raises(AssertionError, match="no words for a learner"):
        check_engine(Silent, Utility(Ridge(), next(hard_data("regression"))))
    with pytest.raises(AssertionError, match="does not accept the utility to check"):
        check_engine(LinearEngine, Utility(Ridge(positive=True), next(hard_data("regression"))))


def test_rows_on_a_boundary_are_refitted():
    """Whole numbers: after a point has joined, a validation row's decision value is zero but for
    rounding."""
    X = np.array([[-2.0], [-1.0], [1.0], [2.0], [3.0]])
    data = Dataset.from_arrays(X, [0, 0, 1, 1, 1], np.array([[0.0], [-1.0], [1.0]]), [0, 0, 1])
    utility = Utility(SVC(kernel="linear"), data, "error_rate")
    slow, fast = (
        engine(utility).contributions(np.array([1, 2]), np.array([0, 3, 4]))
        for engine in (RefitEngine, SVMEngine)
    )
    np.testing.assert_array_equal(fast.delta, slow.delta)
    np.testing.assert_array_equal(fast.status, slow.status)
