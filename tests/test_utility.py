"""Utilities and the refitting engine with all that scikit-learn offers, and held settings."""

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import make_arrays
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    AdaBoostClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, log_loss, make_scorer, mean_squared_error
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from scaling_values import Dataset, RefitEngine, Utility, find_engine, sample_contributions
from scaling_values.metrics import METRICS, Metric
from scaling_values.utility import hold_settings


class Nearest(ClassifierMixin, BaseEstimator):
    """A user's own classifier: the class whose mean is nearest."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.means_ = np.array([X[y == label].mean(0) for label in self.classes_])
        return self

    def predict(self, X):
        return self.classes_[((X[:, None] - self.means_) ** 2).sum(-1).argmin(1)]


LEARNERS = {
    "pipeline": (make_pipeline(StandardScaler(), LogisticRegression()), "log_loss"),
    "forest": (RandomForestClassifier(n_estimators=5), "log_loss"),
    "boosting": (AdaBoostClassifier(n_estimators=5), "error_rate"),
    "histogram boosting": (HistGradientBoostingClassifier(max_iter=3), "paper_cross_entropy"),
    "neighbours": (KNeighborsClassifier(), "accuracy"),
    "kernel machine": (SVC(kernel="sigmoid"), "error_rate"),
    "calibrated": (CalibratedClassifierCV(SVC(), cv=2), "log_loss"),
    "search": (GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2), "roc_auc"),
    "own class": (Nearest(), make_scorer(accuracy_score)),
}


@pytest.mark.parametrize("name", LEARNERS)
def test_any_learner_is_valued_by_refitting_and_repeatably(data, name):
    learner, metric = LEARNERS[name]
    before = clone(learner)
    utility = Utility(learner, data, metric)
    assert find_engine(utility).name == "refit"
    first, second = (
        sample_contributions(utility, range(4), (20, 40), draws=2, random_state=0) for _ in range(2)
    )
    np.testing.assert_array_equal(
        first.delta, second.delta
    )  # also where the learner's random_state is None
    assert str(before) == str(learner), "the user's estimator was changed"


def test_contributions_are_differences_of_losses(data, utility):
    D, points = np.arange(50), np.array([10, 60, 61])
    result = RefitEngine(utility).contributions(D, points)

    def learner(rows):
        return LogisticRegression(solver="newton-cholesky", tol=1e-10).fit(
            data.X_train[rows], data.y_train[rows]
        )

    def loss(rows):
        return log_loss(data.y_val, learner(rows).predict_proba(data.X_val))

    assert np.isnan(result.delta[0]) and result.base_loss == pytest.approx(loss(D), abs=1e-14)
    np.testing.assert_allclose(
        result.delta[1:], [loss(D) - loss(np.append(D, z)) for z in (60, 61)], atol=1e-14
    )


def test_metrics_agree_with_scikit_learn_and_work_on_batches_in_numpy_and_torch():
    rng = np.random.default_rng(0)
    proba, codes = rng.dirichlet(np.ones(3), (5, 20)), rng.integers(0, 3, 20)
    for name, reference in {
        "log_loss": lambda p: log_loss(codes, p, labels=[0, 1, 2]),
        "paper_cross_entropy": lambda p: torch.nn.functional.cross_entropy(
            torch.tensor(p), torch.tensor(codes)
        ).item(),
    }.items():
        function, expected = METRICS[name].function, [reference(p) for p in proba]
        np.testing.assert_allclose(function(proba, codes), expected, rtol=1e-12)
        np.testing.assert_allclose(
            function(torch.tensor(proba), torch.tensor(codes)), expected, rtol=1e-12
        )
    predicted = rng.integers(0, 3, (5, 20))
    for array in (np.asarray, torch.tensor):
        np.testing.assert_allclose(
            METRICS["error_rate"].function(array(predicted), array(codes)),
            [1 - accuracy_score(codes, p) for p in predicted],
        )
    response, y = rng.normal(size=(5, 20, 2)), rng.normal(size=(20, 2))
    for array in (np.asarray, torch.tensor):
        np.testing.assert_allclose(
            METRICS["squared_error"].function(array(response), array(y)),
            [mean_squared_error(y, p) for p in response],
        )
        np.testing.assert_allclose(
            METRICS["squared_error"].function(array(response[..., 0]), array(y[:, 0])),
            [mean_squared_error(y[:, 0], p) for p in response[..., 0]],
        )


def test_probability_zero_is_a_finite_loss():
    assert METRICS["log_loss"].function(np.array([[1.0, 0.0]]), np.array([1])) == pytest.approx(
        -np.log(np.finfo(float).eps)
    )


def test_held_settings_are_those_of_the_preceding_set(data):
    X, y = data.X_train[:40], np.where(np.arange(40) < 10, 0, 1)
    balanced = hold_settings(LogisticRegression(class_weight="balanced"), X, y)
    assert balanced.base.class_weight == balanced.plus.class_weight == {0: 2.0, 1: 2 / 3}
    kernel = hold_settings(SVC(), X, y)
    assert kernel.base.gamma == kernel.plus.gamma == pytest.approx(1 / (4 * X.var()))
    piped = hold_settings(make_pipeline(StandardScaler(), SVC()), 10 * X, y)
    assert piped.plus["svc"].gamma == pytest.approx(
        1 / (4 * StandardScaler().fit_transform(X).var())
    )
    nested = hold_settings(
        CalibratedClassifierCV(make_pipeline(StandardScaler(), SVC()), ensemble=False, cv=5),
        10 * X,
        y,
    )
    assert nested.plus.estimator["svc"].gamma == piped.plus["svc"].gamma
    assert hold_settings(SVC(gamma=0.3), X, y).plus.gamma == 0.3


def test_held_folds_move_nobody_and_seeds_choose_the_new_rows_fold(data):
    X, y = data.X_train[:40], data.y_train[:40]
    learner = CalibratedClassifierCV(SVC(), ensemble=False)
    chosen = set()
    for seed in range(30):
        base, plus = hold_settings(learner, X, y, seed)
        tests = [test for _, test in plus.cv]
        chosen.add(next(i for i, test in enumerate(tests) if 40 in test))
        for (train, test), (train_plus, test_plus) in zip(base.cv, plus.cv):
            np.testing.assert_array_equal(test, test_plus[test_plus < 40])
            np.testing.assert_array_equal(train, train_plus[train_plus < 40])
            assert len(train_plus) + len(test_plus) == 41
    assert chosen == set(range(5))


def test_hold_false_is_scikit_learn_to_the_letter(data):
    held, plain = (Utility(SVC(), data, "error_rate", hold=hold) for hold in (True, False))
    D = np.arange(40)
    assert plain.learners(D).plus.gamma == "scale" and held.learners(D).plus.gamma != "scale"
    expected = 1 - SVC().fit(data.X_train[D], data.y_train[D]).score(data.X_val, data.y_val)
    assert plain.loss(D) == pytest.approx(expected)


def test_a_set_without_a_class_costs_but_does_not_crash(data):
    utility = Utility(
        LogisticRegression(),
        Dataset.from_arrays(
            data.X_train, data.y_train + 2 * (np.arange(120) < 3), data.X_val, data.y_val
        ),
        "log_loss",
    )
    loss = utility.loss(np.arange(3, 60))  # only two of the four classes
    assert np.isfinite(loss)


def test_regression_utilities(data):
    X, _ = make_arrays(50)
    regression = Dataset.from_arrays(
        X, X @ [1, 2, 3, 4.0], X + 0.1, X @ [1, 2, 3, 4.0], target="regression"
    )
    assert Utility(LinearRegression(), regression).metric.name == "squared_error"
    assert Utility(Ridge(), regression, "r2").loss(np.arange(20)) < 0  # scorers are turned around
    both = Dataset.from_arrays(
        X,
        np.column_stack([X[:, 0], X[:, 1]]),
        X,
        np.column_stack([X[:, 0], X[:, 1]]),
        target="regression",
    )
    assert Utility(LinearRegression(), both).loss(np.arange(20)) == pytest.approx(0, abs=1e-20)


def test_string_labels_work_throughout(data):
    words = Dataset.from_arrays(
        data.X_train,
        np.where(data.y_train, "yes", "no"),
        data.X_val,
        np.where(data.y_val, "yes", "no"),
    )
    learner = LogisticRegression(solver="newton-cholesky", tol=1e-10)
    a, b = (
        sample_contributions(
            Utility(learner, d, "log_loss"), range(5), (10, 60), draws=3, random_state=0
        )
        for d in (words, data)
    )
    np.testing.assert_allclose(a.delta, b.delta, atol=1e-12)


def test_a_frames_index_is_kept(data):
    frame = pd.DataFrame(data.X_train, index=[f"r{i}" for i in range(120)], columns=list("abcd"))
    kept = Dataset.from_arrays(frame, data.y_train, data.X_val, data.y_val)
    assert kept.index[3] == "r3" and kept.feature_names == tuple("abcd")
    samples = sample_contributions(
        Utility(LogisticRegression(), kept), [3, 7], (10, 60), draws=2, random_state=0
    )
    assert list(samples.index) == ["r3", "r7"] and list(samples.to_frame().index.unique()) == [
        "r3",
        "r7",
    ]


@pytest.mark.parametrize("xp", [np, torch], ids=["numpy", "torch"])
@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_the_mean_of_its_losses_of_rows(name, xp):
    rng, metric = np.random.default_rng(0), METRICS[name]
    kinds = {
        "predict_proba": (rng.dirichlet(np.ones(3), (2, 50)), rng.integers(3, size=50)),
        "predict": (rng.normal(size=(2, 50)).round(), rng.normal(size=50).round()),
    }
    prediction, truth = (xp.asarray(each) for each in kinds[metric.response])
    rows = metric.rows(prediction, truth)
    assert (
        tuple(rows.shape) == (2, 50) and (rows.mean(-1) == metric.function(prediction, truth)).all()
    )  # the same bits


def test_several_responses_are_averaged_within_a_row():
    predicted, y = np.random.default_rng(0).normal(size=(2, 5, 20, 3))
    rows = METRICS["squared_error"].rows(predicted, y[0])
    assert rows.shape == (5, 20)
    np.testing.assert_allclose(rows, ((predicted - y[0]) ** 2).mean(-1))
    np.testing.assert_allclose(rows.mean(-1), METRICS["squared_error"].function(predicted, y[0]))


@pytest.mark.parametrize("metric", ["log_loss", "error_rate", "paper_cross_entropy"])
def test_losses_of_rows_are_those_of_validation_and_pool(data, metric):
    utility = Utility(LogisticRegression(), data, metric)
    model = utility.fit(np.arange(40))
    on_val, on_pool = utility.row_losses(model)
    assert (
        on_val.shape == (60,)
        and on_pool.shape == (120,)
        and on_val.mean() == utility.evaluate(model)
    )
    np.testing.assert_array_equal(utility.row_losses(model, np.array([5, 3]))[1], on_pool[[5, 3]])


def test_losses_of_rows_of_scorers_and_own_metrics_are_one_loss(data):
    own = Metric(
        "half", "predict", "classification", lambda predicted, y: float((predicted != y).mean() / 2)
    )
    for metric in ("roc_auc", make_scorer(accuracy_score), own):
        utility = Utility(LogisticRegression(), data, metric)
        model = utility.fit(np.arange(40))
        loss, none = utility.row_losses(model)
        assert none is None and loss.tolist() == [utility.evaluate(model)]


def test_losses_of_rows_of_frames_and_several_responses():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"a": rng.normal(size=60), "b": pd.Categorical(rng.choice(["x", "y"], 60))}
    )
    y = (frame.a > 0).astype(int).to_numpy()
    table = Utility(
        HistGradientBoostingClassifier(max_iter=3, categorical_features="from_dtype"),
        Dataset.from_arrays(frame[:40], y[:40], frame[40:], y[40:]),
    )
    on_val, on_pool = table.row_losses(table.fit(np.arange(30)))
    assert on_val.shape == (20,) and on_pool.shape == (40,)
    X, Y = rng.normal(size=(60, 3)), rng.normal(size=(60, 2))
    several = Utility(
        Ridge(), Dataset.from_arrays(X[:40], Y[:40], X[40:], Y[40:], target="regression")
    )
    model = several.fit(np.arange(30))
    np.testing.assert_allclose(
        several.row_losses(model)[1], ((model.predict(X[:40]) - Y[:40]) ** 2).mean(1)
    )


# training functions


def trained(data, pool=True, tilt=0.0, tensors=False):
    def train(rows, seed):
        assert rows.dtype == np.int64 and type(seed) is int
        model = LogisticRegression().fit(data.X_train[rows], data.y_train[rows])
        losses = [
            -np.log(model.predict_proba(X)[np.arange(len(y)), y]) + tilt
            for X, y in ((data.X_val, data.y_val), (data.X_train, data.y_train))
        ]
        if tensors:
            losses = [torch.tensor(each, requires_grad=True) for each in losses]
        return tuple(losses) if pool else losses[0]

    return train


@pytest.mark.parametrize("tensors", [False, True])
def test_a_training_function_is_the_learner_that_it_trains(data, tensors):
    plain, own = (
        Utility(LogisticRegression(), data),
        Utility.from_function(trained(data, tensors=tensors), 120, y=data.y_train),
    )
    assert own.loss(range(50)) == pytest.approx(plain.loss(range(50)), rel=1e-12)
    D, points = np.arange(50), np.array([4, 2])
    mine, its = (
        each.row_losses(each.fit(D, each.learners(D, 3).base), points) for each in (own, plain)
    )
    for a, b in zip(mine, its):
        np.testing.assert_allclose(a, b, rtol=1e-10)
    arguments = dict(points=range(6), sizes=(10, 60), draws=4, random_state=0, engine="refit")
    np.testing.assert_allclose(
        sample_contributions(own, **arguments).delta,
        sample_contributions(plain, **arguments).delta,
        rtol=1e-7,
        atol=1e-12,
    )
    assert find_engine(own).name == "refit"


def test_what_base_models_answer_are_the_losses(data):
    own = Utility.from_function(trained(data, pool=False), 120, y=data.y_train)
    samples = sample_contributions(own, range(3), (10, 60), 9, random_state=0, base_fits=4)
    assert samples.outputs.shape == (9, 60) and samples.extra_outputs.shape == (4, 60)
    np.testing.assert_allclose(samples.outputs.mean(1), samples.base_loss, rtol=1e-6)


def test_initialisations_of_a_training_function_have_seeds_of_their_own():
    own = Utility.from_function(
        lambda rows, seed: [float(seed % 1000), float(len(rows))], 20, n_init=3
    )
    seeds = [
        one.learners(np.arange(5), s).base.random_state % 1000 for one, s in own.initialisations(7)
    ]
    assert len(set(seeds)) == 3 and own.loss(range(5), 7) == pytest.approx(
        np.mean([(seed + 5) / 2 for seed in seeds])
    )


class Trains:
    """A callable object that holds much, and must not be copied."""

    def __init__(self, data):
        self.data = data

    def __call__(self, rows, seed):
        return trained(self.data)(rows, seed)

    def __deepcopy__(self, memo):
        raise AssertionError("copied")


def test_what_a_training_function_holds_is_not_copied(data):
    own = Utility.from_function(
        Trains(data), 120, y=data.y_train, name="mine", index=[f"r{i}" for i in range(120)]
    )
    assert own.loss(range(30)) == Utility.from_function(trained(data), 120, y=data.y_train).loss(
        range(30)
    )
    assert own.data.index[3] == "r3" and own.data.name == "mine" and "Trains" in repr(own)


@pytest.mark.parametrize(
    "answer, match",
    [
        (0.5, r"losses of validation rows of shape \(\)"),
        (np.zeros((2, 3)), r"shape \(2, 3\)"),
        ([], r"shape \(0,\)"),
        (["a"], "must be numbers"),
        (None, r"shape \(\)|must be numbers|None"),
        ((np.zeros(2), np.zeros(2), np.zeros(2)), "a tuple of 3"),
        ((np.zeros(2), np.zeros(3)), r"rows of the pool of shape \(3,\): it must be \(20,\)"),
        ([1.0, np.nan], "train returned the loss nan for 1 validation rows"),
        (([1.0], np.full(20, np.inf)), "the loss inf for 20 rows of the pool"),
    ],
)
def test_answers_of_training_functions_are_checked(answer, match):
    own = Utility.from_function(lambda rows, seed: answer, 20)
    with pytest.raises(
        ValueError, match=f"train returned .*{match.removeprefix('train returned ')}"
    ):
        own.loss(range(5))
    with pytest.raises(ValueError, match="train=<lambda> failed on a preceding set of .* rows: "):
        sample_contributions(own, range(2), (5, 10), 2, engine="refit")


def test_the_same_rows_judge_every_fit():
    own = Utility.from_function(lambda rows, seed: np.zeros(len(rows)), 20)
    with pytest.raises(
        ValueError,
        match="train returned .* losses of validation rows for one set and .* for another",
    ):
        sample_contributions(own, range(2), (5, 10), 2, engine="refit")


@pytest.mark.parametrize(
    "arguments, match",
    [
        ((3, 20), "train=3 must be a function"),
        ((lambda rows: 0, 20), "must take two arguments, rows and seed"),
        ((print, 1), "n=1 is too few"),
        ((print, 2.5), "n=2.5 must be an integer"),
    ],
)
def test_arguments_of_training_functions_are_checked(arguments, match):
    with pytest.raises(ValueError, match=match):
        Utility.from_function(*arguments)


@pytest.mark.parametrize(
    "y, match",
    [
        ([0, 1], "y has 2 rows, but n=4"),
        ([1, 1, 1, 1], r"y holds one class only \(1\)"),
        ([0.5, 1, 2, 3], "y must be the class of each row, or left out: y holds fractions"),
        ([None, 1, 1, 0], "missing"),
    ],
)
def test_classes_of_training_functions_are_checked(y, match):
    with pytest.raises(ValueError, match=match):
        Utility.from_function(print, 4, y=y)


def test_rows_of_an_own_metric_must_have_it_as_their_mean(data):
    def half(predicted, y):
        return float((predicted != y).mean() / 2)

    good, bad, scalar = (
        Metric("half", "predict", "classification", half, rows)
        for rows in (lambda p, y: (p != y) / 2, lambda p, y: 1.0 * (p != y), half)
    )
    utility = Utility(LogisticRegression(), data, good)
    model = utility.fit(np.arange(40))
    assert utility.row_losses(model)[0].mean() == pytest.approx(utility.evaluate(model))
    for metric in (bad, scalar):
        with pytest.raises(
            ValueError, match="metric='half' is .*, but its rows are .* one loss per row"
        ):
            Utility(LogisticRegression(), data, metric).row_losses(model)
