"""What models answer: every form that says what it means is accepted, everything else is refused by
name."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, mean_squared_error
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    MinMaxScaler,
    Normalizer,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import all_estimators

from scaling_values import Dataset, RefitEngine, Utility, fit_laws, sample_contributions
from scaling_values.predictions import (
    OneClassModel,
    class_probabilities,
    predicted_classes,
    predicted_responses,
    target_of,
)

RNG = np.random.default_rng(0)
X = RNG.normal(3, 2, size=(120, 4))
Y = (X[:, 0] - 3 + RNG.normal(size=120) > 0).astype(int)
CLASSES = np.array([0, 1])
RIGHT = np.stack([1 - (p := RNG.uniform(0.1, 0.9, 120)), p], axis=1)


def data(y: np.ndarray = Y, target: str = "classification") -> Dataset:
    return Dataset.from_arrays(
        X[:80].copy(), y[:80].copy(), X[80:].copy(), y[80:].copy(), target=target
    )


class Says:
    """A model that answers what it was told to."""

    def __init__(self, answer, classes=CLASSES):
        self.answer = answer
        if classes is not None:
            self.classes_ = classes

    def __repr__(self):
        return "Says()"

    def predict_proba(self, rows):
        return self.answer

    predict = predict_proba


@pytest.mark.parametrize(
    "form",
    [
        RIGHT,
        RIGHT.tolist(),
        RIGHT.astype(np.float32),
        RIGHT.astype(np.float16),
        torch.tensor(RIGHT, requires_grad=True),
        pd.DataFrame(RIGHT),
        RIGHT.astype(object),
    ],
    ids=["array", "lists", "float32", "float16", "tensor with a graph", "frame", "objects"],
)
def test_probabilities_in_every_form(form):
    np.testing.assert_allclose(class_probabilities(Says(form), X, CLASSES), RIGHT, atol=1e-3)


@pytest.mark.parametrize(
    "answer, says",
    [
        (RIGHT * np.nan, "returned nan for 120 of 120 rows"),
        (np.where(np.arange(120)[:, None] == 7, np.inf, RIGHT), "returned inf for 1 of 120 rows"),
        (RIGHT[:-1], r"shape \(119, 2\)"),
        (RIGHT[:, 1:], r"shape \(120, 1\)"),
        (RIGHT[:, 1], r"shape \(120,\)"),
        (np.c_[RIGHT, RIGHT], r"shape \(120, 4\)"),
        (RIGHT * 5 - 2, "add up to 1"),
        (RIGHT * 100, "add up to 1"),
        (np.c_[RIGHT[:, 0] + 0.3, RIGHT[:, 1] - 0.3] - np.array([[1, -1]]), "between 0 and 1"),
        (np.log(RIGHT), "add up to 1"),
        ([["a", "b"]] * 120, "must return numbers"),
        (None, "must return numbers|returned nan"),
        (RIGHT[None], r"shape \(1, 120, 2\)"),
        (0.5, r"shape \(\)"),
    ],
)
def test_what_is_no_probability_is_refused(answer, says):
    with pytest.raises(ValueError, match=says) as error:
        class_probabilities(Says(answer), X, CLASSES)
    assert "Says()" in str(error.value) and len(str(error.value)) < 500


def test_columns_belong_to_the_models_own_classes():
    three = np.array(["ape", "bee", "cat"])
    turned = class_probabilities(Says(RIGHT, ["cat", "ape"]), X, three)
    np.testing.assert_array_equal(turned, np.c_[RIGHT[:, 1], np.zeros(120), RIGHT[:, 0]])
    with pytest.raises(ValueError, match="'dog', which is none of the data's classes"):
        class_probabilities(Says(RIGHT, ["cat", "dog"]), X, three)
    with pytest.raises(ValueError, match="keep their type"):
        class_probabilities(Says(RIGHT, ["0", "1"]), X, CLASSES)
    np.testing.assert_array_equal(
        class_probabilities(Says(RIGHT, [0.0, 1.0]), X, CLASSES), RIGHT
    )  # equal by value
    np.testing.assert_array_equal(class_probabilities(Says(RIGHT, None), X, CLASSES), RIGHT)
    with pytest.raises(ValueError, match=r"must be \(120, 3\)"):
        class_probabilities(Says(RIGHT, None), X, three)


@pytest.mark.parametrize(
    "form",
    [
        Y,
        Y.tolist(),
        Y[:, None],
        Y.astype(float),
        torch.tensor(Y),
        pd.Series(Y, index=range(5, 125)),
        Y.astype(object),
        Y.astype(bool),
    ],
    ids=["array", "list", "column", "floats", "tensor", "series", "objects", "booleans"],
)
def test_labels_in_every_form(form):
    found = predicted_classes(Says(form), X, CLASSES)
    np.testing.assert_array_equal(found, Y)
    assert found.dtype == CLASSES.dtype


@pytest.mark.parametrize(
    "answer, says",
    [
        (Y.astype(str), "'0', which is none|'1', which is none"),
        (np.where(Y, np.nan, 0.0), "a missing value for row"),
        (Y[:1], r"shape \(1,\) for 120 rows"),
        (Y + 5, "5, which is none|6, which is none"),
        (np.c_[Y, Y], r"shape \(120, 2\)"),
        ([None] * 120, "a missing value"),
        (3, r"shape \(\)"),
    ],
)
def test_what_is_no_label_is_refused(answer, says):
    with pytest.raises(ValueError, match=says):
        predicted_classes(Says(answer), X, CLASSES)


def test_responses():
    numbers = X[:, 0]
    for form in (
        numbers,
        numbers.tolist(),
        numbers[:, None],
        torch.tensor(numbers),
        pd.Series(numbers),
    ):
        np.testing.assert_array_equal(predicted_responses(Says(form), X), numbers)
    np.testing.assert_array_equal(predicted_responses(Says(X[:, :2]), X, 2), X[:, :2])
    for wrong, outputs in (
        (X, None),
        (X[:1, 0], None),
        (numbers * np.nan, None),
        (X, 2),
        (["a"] * 120, None),
    ):
        with pytest.raises(ValueError, match="Says"):
            predicted_responses(Says(wrong), X, outputs)


def _classifiers() -> list[str]:
    return sorted(
        name for name, kind in all_estimators("classifier") if hasattr(kind, "predict_proba")
    )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", _classifiers())
def test_every_classifier_of_scikit_learn_answers_what_passes(name):
    """Answers of scikit-learn's own classifiers reach the metric unchanged, also for strings."""
    kind = dict(all_estimators("classifier"))[name]
    wrapped = dict(
        FixedThresholdClassifier=LogisticRegression(),
        TunedThresholdClassifierCV=LogisticRegression(),
        SelfTrainingClassifier=LogisticRegression(),
        OneVsRestClassifier=LogisticRegression(),
        RFE=LogisticRegression(),
        RFECV=LogisticRegression(),
        OutputCodeClassifier=LogisticRegression(),
    )
    if name in ("ClassifierChain", "MultiOutputClassifier"):
        pytest.skip("answers for several outputs")
    if name in ("VotingClassifier", "StackingClassifier"):
        learner = kind(
            [("a", GaussianNB()), ("b", LogisticRegression())],
            **(dict(voting="soft") if name == "VotingClassifier" else {}),
        )
    elif name in (
        "GridSearchCV",
        "RandomizedSearchCV",
        "HalvingGridSearchCV",
        "HalvingRandomSearchCV",
    ):
        pytest.skip("tested with its folds elsewhere")
    else:
        learner = kind(wrapped[name]) if name in wrapped else kind()
    rows, labels = np.abs(X), np.where(Y, "yes", "no")
    try:
        model = learner.fit(rows, labels)
    except Exception as error:
        pytest.skip(f"does not train here: {error}")
    if not hasattr(model, "predict_proba"):
        pytest.skip("has no probabilities with these settings")
    proba = model.predict_proba(rows)
    np.testing.assert_array_equal(class_probabilities(model, rows, np.array(["no", "yes"])), proba)
    np.testing.assert_array_equal(
        predicted_classes(model, rows, np.array(["no", "yes"])), model.predict(rows)
    )


# learners


def _inplace(rows):
    rows -= 1.0
    return rows


@pytest.mark.parametrize(
    "copying, writing",
    [
        *(
            (kind(), kind(copy=False))
            for kind in (StandardScaler, MinMaxScaler, RobustScaler, Normalizer)
        ),
        (Binarizer(threshold=3), Binarizer(threshold=3, copy=False)),
        (FunctionTransformer(lambda rows: rows - 1.0), FunctionTransformer(_inplace)),
    ],
    ids=lambda step: type(step).__name__,
)
@pytest.mark.parametrize("hold", [True, False])
def test_a_learner_that_writes_into_its_input_changes_nothing(copying, writing, hold):
    how = dict(points=range(3), sizes=(15, 40), draws=4, random_state=0, progress=False)
    found = []
    for step in (copying, writing):
        mine = data()
        before = mine.digest()
        found.append(
            sample_contributions(
                Utility(
                    make_pipeline(step, SVC(gamma="scale", probability=False)),
                    mine,
                    "error_rate",
                    hold=hold,
                ),
                **how,
            ).delta
        )
        assert mine.digest() == before
    np.testing.assert_array_equal(*found)


def test_a_scorer_that_writes_changes_nothing():
    def scorer(model, rows, labels):
        score = model.score(rows, labels)
        rows *= 0.5
        labels[:] = 0
        return score

    mine = data()
    before = mine.digest()
    sample_contributions(
        Utility(LogisticRegression(), mine, scorer),
        points=range(3),
        sizes=(15, 40),
        draws=4,
        progress=False,
    )
    assert mine.digest() == before


class Duck:
    """Nothing of scikit-learn's, but its methods."""

    _estimator_type = "classifier"

    def __init__(self, depth=3):
        self.depth = depth

    def get_params(self, deep=True):
        return dict(depth=self.depth)

    def set_params(self, **kw):
        self.__dict__.update(kw)
        return self

    def fit(self, rows, labels):
        self.tree = DecisionTreeClassifier(max_depth=self.depth, random_state=0).fit(rows, labels)
        self.classes_ = self.tree.classes_
        return None  # as learners do that do not follow scikit-learn

    def predict(self, rows):
        return self.tree.predict(rows)

    def predict_proba(self, rows):
        return self.tree.predict_proba(rows)


class OwnRepr(GaussianNB):
    def __repr__(self):
        return "my model"


class NoRepr(GaussianNB):
    def __repr__(self):
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    "learner",
    [
        Duck(),
        OwnRepr(),
        NoRepr(),
        StackingClassifier([("a", GaussianNB())], cv=3),
        OneVsRestClassifier(LogisticRegression()),
        GridSearchCV(
            StackingClassifier([("a", GaussianNB())], cv=3), {"stack_method": ["auto"]}, cv=2
        ),
    ],
    ids=[
        "no tags",
        "own repr",
        "repr that fails",
        "stack",
        "one versus rest",
        "search over a stack",
    ],
)
def test_learners_of_every_make(learner):
    laws = fit_laws(
        learner, data(), points=range(4), sizes=(20, 50), draws=10, random_state=0, progress=False
    )
    assert len(laws) == 4


def test_what_a_learner_is_for():
    assert [
        target_of(learner)
        for learner in (LogisticRegression(), Ridge(), Duck(), GridSearchCV(Ridge(), {}))
    ] == ["classification", "regression", "classification", "regression"]
    assert target_of(object()) is None
    with pytest.raises(ValueError, match="does not fit the data's target"):
        Utility(Duck(), data(X[:, 0], "regression"))


def test_a_kernel_machine_without_probabilities_is_refused_at_once():
    with pytest.raises(ValueError, match="needs predict_proba, which SVC"):
        Utility(SVC(), data())
    with pytest.raises(ValueError, match="needs predict_proba"):
        Utility(StackingClassifier([("a", GaussianNB())], final_estimator=SVC()), data())


class Fails(ClassifierMixin, BaseEstimator):
    def __init__(self, error=RuntimeError):
        self.error = error

    def fit(self, rows, labels):
        raise self.error("today not")

    def predict_proba(self, rows):
        return RIGHT


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError,
        KeyError,
        StopIteration,
        MemoryError,
        SystemExit,
        GeneratorExit,
        AssertionError,
        ZeroDivisionError,
        type("Own", (Exception,), {}),
    ],
)
def test_a_learners_own_errors_name_it_and_the_size(error):
    with pytest.raises(
        ValueError,
        match=rf"Fails.* failed on a preceding set of 20 rows: {error.__name__}: .*today not",
    ):
        RefitEngine(Utility(Fails(error), data())).contributions(np.arange(20), np.arange(30, 33))


def test_interrupts_are_the_users():
    with pytest.raises(KeyboardInterrupt):
        RefitEngine(Utility(Fails(KeyboardInterrupt), data())).contributions(
            np.arange(20), np.arange(30, 33)
        )


class Single(GaussianNB):
    def fit(self, rows, labels):
        if rows.dtype != np.float32:
            raise RuntimeError("mat1 and mat2 must have the same dtype, but got Double and Float")
        return super().fit(rows, labels)


def test_learners_that_want_single_precision_are_told_how():
    with pytest.raises(ValueError, match="pass X_train and X_val as float32"):
        RefitEngine(Utility(Single(), data())).contributions(np.arange(20), np.arange(30, 33))
    cast = make_pipeline(FunctionTransformer(np.float32), Single())
    assert np.isfinite(
        RefitEngine(Utility(cast, data())).contributions(np.arange(20), np.arange(30, 33)).delta
    ).all()


# sets of one class


def test_a_set_of_one_class_is_laplaces_rule():
    model = OneClassModel("b", 18, np.array(["a", "b"]))
    np.testing.assert_allclose(model.predict_proba(X[:2]), [[0.05, 0.95]] * 2)
    assert model.predict(X[:2]).tolist() == ["b", "b"]
    rows = np.flatnonzero(data().y_train == 1)[:18]
    utility = Utility(LogisticRegression(), data())
    share = np.where(utility.data.y_val == 1, 19 / 20, 1 / 20)
    assert utility.loss(rows) == pytest.approx(-np.log(share).mean())
    assert isinstance(
        Utility(GaussianNB(), data()).fit(rows), GaussianNB
    )  # a learner that trains on one class is taken at its word


def test_rare_classes_need_no_proportional_sets():
    """What the message offers works."""
    y = np.zeros(300, int)
    y[:4], y[200:220] = 1, 1
    rows = np.random.default_rng(0).normal(size=(300, 3)) + 2 * y[:, None]
    how = dict(points=range(6), sizes=(20, 60), draws=20, random_state=0, progress=False)
    given = rows[:200], y[:200], rows[200:], y[200:]
    with pytest.raises(ValueError, match="or pass stratify=False"):
        fit_laws(LogisticRegression(), *given, **how)
    assert np.isfinite(fit_laws(LogisticRegression(), *given, stratify=False, **how).values()).all(
        axis=None
    )


# folds


def test_folds_that_need_groups_or_are_rows_of_another_set():
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=GroupKFold(3))
    with pytest.raises(
        ValueError, match="cannot split 20 rows by its cv.*groups do not reach folds"
    ):
        RefitEngine(Utility(search, data())).contributions(np.arange(20), np.arange(30, 33))
    listed = GridSearchCV(
        LogisticRegression(), {"C": [0.1, 1]}, cv=[(np.arange(50), np.arange(50, 80))]
    )
    with pytest.raises(ValueError, match="cv holds row numbers"):
        Utility(listed, data())
    with pytest.raises(ValueError, match="cv holds row numbers"):
        Utility(make_pipeline(StandardScaler(), listed), data())


def test_several_responses_from_samples_to_laws():
    responses = np.c_[X[:, 0], X[:, 1] - X[:, 2]] + 0.5 * RNG.normal(size=(120, 2))
    laws = fit_laws(
        Ridge(),
        data(responses, "regression"),
        points=range(5),
        sizes=(15, 50),
        draws=12,
        random_state=0,
        progress=False,
    )
    assert np.isfinite(laws.values()).all(axis=None)


# every learner of scikit-learn


def of_scikit_learn(kind: str):
    for name, learner in all_estimators(type_filter=kind):
        try:
            made = learner()
        except TypeError:
            continue  # it wraps another learner, or has settings that must be given
        params = made.get_params()
        quick = dict(max_iter=20, n_estimators=3, random_state=0, cv=2, Cs=2, n_init=1)
        yield pytest.param(
            made.set_params(
                **{
                    key: value
                    for key, value in quick.items()
                    if key in params and params[key] is not False
                }
            ),
            id=name,
        )


CODES = np.digitize(X[:, 0] - 3 + RNG.normal(size=len(X)), [-1, 1])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("learner", of_scikit_learn("classifier"))
@pytest.mark.parametrize("names", [[1, 2, 3], ["b", "a", "c"]], ids=["numbers", "words"])
def test_losses_of_classifiers_are_scikit_learns(learner, names):
    y = np.array(names)[CODES]
    X_all = np.abs(X)  # some know counts only
    data = Dataset.from_arrays(X_all[:60], y[:60], X_all[60:], y[60:])
    try:
        wrong = 1 - accuracy_score(
            data.y_val,
            (model := clone(learner).fit(data.X_train, data.y_train)).predict(data.X_val),
        )
    except Exception:
        return  # this learner does not train on such data, and says so
    assert Utility(learner, data, "error_rate").loss(range(60)) == pytest.approx(wrong)
    if not hasattr(model, "predict_proba"):
        return
    proba = model.predict_proba(data.X_val)
    expected = -np.log(
        np.clip(
            proba[np.arange(len(data.y_val)), np.searchsorted(model.classes_, data.y_val)],
            np.finfo(float).eps,
            1,
        )
    ).mean()
    assert Utility(learner, data, "log_loss").loss(range(60)) == pytest.approx(expected)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("learner", of_scikit_learn("regressor"))
@pytest.mark.parametrize("outputs", [None, 2])
def test_losses_of_regressions_are_scikit_learns(learner, outputs):
    y = X[:, 0] + RNG.normal(size=len(X)) if outputs is None else X[:, :2] + 1
    X_all = np.abs(X)
    data = Dataset.from_arrays(
        X_all[:60], np.abs(y)[:60], X_all[60:], np.abs(y)[60:], target="regression"
    )
    try:
        model = clone(learner).fit(data.X_train, data.y_train)
    except Exception:
        return
    found = np.reshape(model.predict(data.X_val), data.y_val.shape)
    if np.isnan(found).any():  # rows that have no neighbours
        with pytest.raises(ValueError, match="predict returned nan"):
            Utility(learner, data).loss(range(60))
        return
    assert Utility(learner, data).loss(range(60)) == pytest.approx(
        mean_squared_error(data.y_val, found)
    )
