"""Held settings leave the model of D alone, whatever the learner and wherever in it a recipe
stands."""

import warnings

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone, is_classifier, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    BaggingRegressor,
    HistGradientBoostingClassifier,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
)
from sklearn.feature_selection import RFECV, SelectFromModel, SelectKBest, SequentialFeatureSelector
from sklearn.kernel_approximation import Nystroem, RBFSampler
from sklearn.linear_model import LassoCV, LogisticRegression, RidgeCV, SGDClassifier
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    StratifiedKFold,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import all_estimators

from scaling_values import Dataset, Utility
from scaling_values.utility import hold_settings

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 5)) * [1, 3, 9, 0.5, 2]
SCORE = X @ [1, 1, 0.2, -1, 0] + RNG.normal(size=120)
CODES = np.digitize(
    SCORE, np.quantile(SCORE, [0.6, 0.85])
)  # shares .6, .25, .15, which "balanced" must undo
LABELS = {
    "numbers from 1": np.array([1, 2, 3]),
    "words": np.array(["a", "b", "c"]),
    "signs": np.array([-1, 1, 1]),
    "truth": np.array([False, True, True]),
}
D, Z = np.arange(70), 75


def classes(kind: str) -> Dataset:
    y = LABELS[kind][CODES]
    return Dataset.from_arrays(X[:80], y[:80], X[80:], y[80:])


RESPONSES = Dataset.from_arrays(X[:80], SCORE[:80], X[80:], SCORE[80:], target="regression")


def prepared(learner: BaseEstimator) -> BaseEstimator:
    """Recipes wherever there are any, seeds, and as little work as possible."""
    wanted = dict(random_state=0, class_weight="balanced", cv=3, n_estimators=3, max_iter=20, Cs=2)
    params = learner.get_params(deep=True)
    changes = {
        name: wanted[last]
        for name in params
        if (last := name.split("__")[-1]) in wanted and not hasattr(params[name], "split")
    }
    return learner.set_params(
        **{
            name: value
            for name, value in changes.items()
            if not (name.endswith("max_iter") and params[name] is None)
        }
    )


def same_loss(learner: BaseEstimator, data: Dataset) -> float | None:
    """The loss of D, held and not; None where scikit-learn cannot train this learner."""
    metric = (
        "squared_error"
        if data.target == "regression"
        else "log_loss"
        if hasattr(learner, "predict_proba")
        else "error_rate"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            plain = Utility(learner, data, metric, hold=False).loss(D)
        except Exception:
            return None
        utility = Utility(learner, data, metric)
        held = utility.learners(D)
        assert utility.evaluate(utility.fit(D, held.base)) == pytest.approx(
            plain, rel=1e-9, abs=1e-12
        )
        assert np.isfinite(utility.evaluate(utility.fit(np.append(D, Z), held.plus)))
    return plain


def of_scikit_learn():
    for name, kind in all_estimators(type_filter=["classifier", "regressor"]):
        try:
            learner = kind()
            is_regressor(learner)
        except (TypeError, AttributeError):
            continue  # those that wrap another are below
        yield name, learner


@pytest.mark.parametrize(
    "name, learner", [pytest.param(*pair, id=pair[0]) for pair in of_scikit_learn()]
)
def test_the_model_of_D_is_scikit_learns(name, learner):
    learner = prepared(learner)
    if is_regressor(learner):
        same_loss(learner, RESPONSES)
        return
    for kind in LABELS if "class_weight" in learner.get_params() else ["words"]:
        same_loss(learner, classes(kind))


WRAPPERS = {
    "pipeline": lambda s: make_pipeline(MinMaxScaler(), make_pipeline(StandardScaler(), s)),
    "one-vs-rest": OneVsRestClassifier,
    "one-vs-rest of pipelines in a pipeline": lambda s: make_pipeline(
        StandardScaler(), OneVsRestClassifier(make_pipeline(MinMaxScaler(), s))
    ),
    "one-vs-one": OneVsOneClassifier,
    "output codes": lambda s: OutputCodeClassifier(s, random_state=0),
    "bagging": BaggingClassifier,
    "boosting": AdaBoostClassifier,
    "voting": lambda s: VotingClassifier([("a", s)]),
    "stacking": lambda s: StackingClassifier([("a", s)], final_estimator=clone(s)),
    "calibration": lambda s: CalibratedClassifierCV(s),
    "calibration of a pipeline": lambda s: CalibratedClassifierCV(
        make_pipeline(StandardScaler(), s), ensemble=True
    ),
    "search": lambda s: GridSearchCV(s, {"class_weight": ["balanced", None]}),
    "threshold": FixedThresholdClassifier,
    "tuned threshold": lambda s: TunedThresholdClassifierCV(s, thresholds=5),
    "eliminated features": RFECV,
    "selected features": lambda s: make_pipeline(
        SequentialFeatureSelector(s, n_features_to_select=2), clone(s)
    ),
    "features of a model": lambda s: make_pipeline(SelectFromModel(s), clone(s)),
    "kernel features": lambda s: make_pipeline(RBFSampler(gamma="scale"), s),
    "columns": lambda s: make_pipeline(
        make_column_transformer((StandardScaler(), [0, 1]), (RBFSampler(gamma="scale"), [2, 3, 4])),
        s,
    ),
}
INNER = {
    "logistic": LogisticRegression(C=0.1),
    "kernel": SVC(),
    "tree": DecisionTreeClassifier(max_depth=2),
    "gradient": SGDClassifier(),
    "histograms": HistGradientBoostingClassifier(max_iter=2),
}
PAIRS = [
    *((wrapper, "logistic") for wrapper in WRAPPERS),
    *((wrapper, "kernel") for wrapper in WRAPPERS if "selected" not in wrapper),
    *(
        (wrapper, inner)
        for wrapper in ("pipeline", "one-vs-rest", "voting", "calibration")
        for inner in ("tree", "gradient", "histograms")
    ),
]


@pytest.mark.parametrize("wrapper, inner", PAIRS)
def test_a_recipe_inside_another_learner_stays_one_or_is_held_rightly(wrapper, inner):
    learner = prepared(WRAPPERS[wrapper](clone(INNER[inner])))
    trained = [
        same_loss(learner, classes(kind))
        for kind in (["words", "truth"] if inner != "histograms" else ["words"])
    ]
    if inner == "logistic":
        assert any(loss is not None for loss in trained), "nothing was compared"


@pytest.mark.parametrize(
    "learner",
    [
        TransformedTargetRegressor(SVR(), transformer=StandardScaler()),
        BaggingRegressor(SVR()),
        MultiOutputRegressor(SVR()),
        StackingRegressor([("a", SVR())], SVR(), cv=3),
        GridSearchCV(SVR(), dict(C=[0.1, 1]), cv=3),
        make_pipeline(StandardScaler(), SVR()),
        make_pipeline(
            SequentialFeatureSelector(SVR(), n_features_to_select=2, cv=3), LassoCV(cv=3)
        ),
    ],
    ids=lambda learner: type(learner).__name__,
)
def test_kernels_of_regressions(learner):
    same_loss(prepared(learner), RESPONSES)


def test_the_one_exception_is_the_kernel_of_calibrated_machines_with_one_final_machine():
    """All folds share the final machine's kernel; give gamma as a number, and nothing is left to
    hold."""
    data = classes("truth")
    held = hold_settings(
        CalibratedClassifierCV(SVC(), ensemble=False, cv=3), data.X_train[D], data.y_train[D]
    )
    assert (
        held.base.estimator.gamma
        == held.plus.estimator.gamma
        == pytest.approx(1 / (5 * data.X_train[D].var()))
    )
    assert (
        same_loss(CalibratedClassifierCV(SVC(gamma=0.01), ensemble=False, cv=3), data) is not None
    )
    balanced = hold_settings(
        CalibratedClassifierCV(SVC(class_weight="balanced"), ensemble=False),
        data.X_train[D],
        data.y_train[D],
    )
    assert balanced.base.estimator.class_weight == "balanced"
    with pytest.raises(ValueError, match="counts each fold's own labels"):
        from scaling_values.engines import SVMEngine

        SVMEngine(
            Utility(CalibratedClassifierCV(SVC(class_weight="balanced"), ensemble=False), data)
        )


class Own(ClassifierMixin, BaseEstimator):
    """Whose settings have scikit-learn's names and another meaning."""

    def __init__(self, class_weight="balanced", gamma="scale", random_state=None):
        self.class_weight, self.gamma, self.random_state = class_weight, gamma, random_state

    def fit(self, X, y):
        assert (self.class_weight, self.gamma) == ("balanced", "scale")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def test_settings_of_other_peoples_learners_are_theirs_but_for_seeds():
    data = classes("words")
    for learner in (Own(), make_pipeline(StandardScaler(), Own())):
        held = hold_settings(learner, data.X_train[D], data.y_train[D])
        seeds = [
            model.get_params()[name]
            for model in held
            for name in model.get_params()
            if name.endswith("random_state")
        ]
        assert len(set(seeds)) == 1 and isinstance(seeds[0], int)
        assert same_loss(learner, data) is not None


class Mine(LogisticRegression):
    """A subclass that trains as its parent does: its recipes are scikit-learn's."""


def test_a_subclass_that_trains_as_scikit_learn_does_is_held():
    data = classes("words")
    held = hold_settings(Mine(class_weight="balanced"), data.X_train[D], data.y_train[D])
    assert set(held.plus.class_weight) == {"a", "b", "c"} and is_classifier(held.plus)


@pytest.mark.parametrize(
    "learner",
    [
        make_pipeline(SelectKBest(k=2), SVC()),
        make_pipeline(KBinsDiscretizer(3), SVC()),
        make_pipeline(Nystroem(n_components=5), SVC()),
        make_pipeline(OneHotEncoder(handle_unknown="ignore"), SVC()),
        CalibratedClassifierCV(SVC(), ensemble=False, cv=StratifiedKFold(3, shuffle=True)),
    ],
)
def test_holding_works_with_ordinary_pipelines_and_reads_no_global_seed(learner):
    state = np.random.get_state()[1].copy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first, second = (hold_settings(learner, X[:60], SCORE[:60] > 0, seed=5) for _ in range(2))
        losses = [held.base.fit(X[:60], SCORE[:60] > 0).predict(X[60:]) for held in (first, second)]
    np.testing.assert_array_equal(*losses)
    assert (np.random.get_state()[1] == state).all()
    held, plain = first.plus.get_params(deep=True), learner.get_params(deep=True)
    recipes = [name for name, value in plain.items() if name.endswith("gamma") and value == "scale"]
    assert all(isinstance(held[name], float) for name in recipes)


def test_folds_are_held_wherever_a_learner_takes_folds():
    assert len(hold_settings(RidgeCV(cv=5), X[:40], SCORE[:40]).plus.cv) == 5
    assert (
        hold_settings(RidgeCV(), X[:40], SCORE[:40]).plus.cv is None
    )  # leave-one-out in closed form: no folds
