"""Inputs that once went wrong in silence, or that failed late."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_selection import SelectKBest
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression, Ridge, RidgeCV
from sklearn.metrics import make_scorer
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder
from sklearn.svm import SVC

from scaling_values import (Contributions, Dataset, MaximumLikelihood, ScalingLaws, Utility, default_sizes, power_law, fit_laws, hold_settings,
                            monte_carlo, node_weights, sample_contributions, shapley_weights)

from conftest import make_arrays
from test_laws import make_laws

X, Y = make_arrays(200)
XV, YV = make_arrays(60, seed=1)


def test_one_column_of_responses_is_flat_and_outputs_must_agree():
    y, y_val = X @ [1.0, 2, 3, 4], XV @ [1.0, 2, 3, 4]
    flat = Dataset.from_arrays(X, y, XV, y_val, target="regression")
    column = Dataset.from_arrays(X, pd.DataFrame(y), XV, y_val[:, None], target="regression")
    assert Utility(Ridge(), flat).loss(range(30)) == Utility(Ridge(), column).loss(range(30))
    with pytest.raises(ValueError, match="outputs differ"):
        Dataset.from_arrays(X, np.column_stack([y, y]), XV, y_val, target="regression")


def test_rare_classes_do_not_break_the_estimate_of_time():
    y = (np.arange(200) < 10).astype(int)
    samples = sample_contributions(Utility(LogisticRegression(), Dataset.from_arrays(X, y, XV, YV)), range(12), (20, 30), draws=3, random_state=0)
    assert len(samples) == 3


def test_a_metric_that_is_nan_is_an_error():
    data = Dataset.from_arrays(X, Y, XV, np.zeros(60, int))
    with warnings.catch_warnings(), pytest.raises(ValueError, match="metric='roc_auc' is nan"):
        warnings.simplefilter("ignore")
        sample_contributions(Utility(LogisticRegression(), data, "roc_auc"), range(3), (20, 30), draws=2, random_state=0)


@pytest.mark.parametrize("learner", [
    make_pipeline(SelectKBest(k=2), SVC()), make_pipeline(KBinsDiscretizer(3), SVC()), make_pipeline(Nystroem(n_components=5), SVC()),
    make_pipeline(OneHotEncoder(handle_unknown="ignore"), SVC()), CalibratedClassifierCV(SVC(), ensemble=False, cv=StratifiedKFold(3, shuffle=True))])
def test_holding_works_with_ordinary_pipelines_and_reads_no_global_seed(learner):
    state = np.random.get_state()[1].copy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first, second = (hold_settings(learner, X[:60], Y[:60], seed=5) for _ in range(2))
        losses = [held.base.fit(X[:60], Y[:60]).predict(XV) for held in (first, second)]
    np.testing.assert_array_equal(*losses)
    assert (np.random.get_state()[1] == state).all()
    held, plain = first.plus.get_params(deep=True), learner.get_params(deep=True)
    recipes = [name for name, value in plain.items() if name.endswith("gamma") and value == "scale"]
    assert all(isinstance(held[name], float) for name in recipes)


def test_folds_are_held_wherever_a_learner_takes_folds():
    y = X @ [1.0, 2, 3, 4]
    assert len(hold_settings(RidgeCV(cv=5), X[:40], y[:40]).plus.cv) == 5
    assert hold_settings(RidgeCV(), X[:40], y[:40]).plus.cv is None  # leave-one-out in closed form: no folds


def test_a_store_tells_learners_and_metrics_apart_by_what_they_do(tmp_path):
    data, arguments = Dataset.from_arrays(X, np.arange(200) % 40, XV, np.arange(60) % 40), dict(points=range(2), sizes=(80, 90), draws=2, random_state=0)
    weights = dict.fromkeys(range(40), 1.0)
    sample_contributions(Utility(LogisticRegression(class_weight=weights), data), **arguments, store=tmp_path / "a")
    with pytest.raises(ValueError, match="learner was"):
        sample_contributions(Utility(LogisticRegression(class_weight=weights | {39: 9.0}), data), **arguments, store=tmp_path / "a")
    binary, arguments = Dataset.from_arrays(X, Y, XV, YV), arguments | dict(sizes=(20, 30))
    sample_contributions(Utility(LogisticRegression(), binary, lambda m, X, y: m.score(X, y)), **arguments, store=tmp_path / "b")
    with pytest.raises(ValueError, match="metric was"):
        sample_contributions(Utility(LogisticRegression(), binary, lambda m, X, y: -m.score(X, y)), **arguments, store=tmp_path / "b")
    scorer = make_scorer(lambda y, p: float((y == p).mean()))
    first = sample_contributions(Utility(LogisticRegression(), binary, scorer), **arguments, store=tmp_path / "c")
    assert len(sample_contributions(Utility(LogisticRegression(), binary, scorer), **arguments, store=tmp_path / "c")) == len(first)


def test_columns_of_frames_are_matched_by_name():
    train, val = pd.DataFrame(X, columns=list("abcd")), pd.DataFrame(XV, columns=list("abcd"))
    swapped = Dataset.from_arrays(train, Y, val[["d", "c", "b", "a"]], YV)
    np.testing.assert_array_equal(swapped.X_val, XV)
    with pytest.raises(ValueError, match="different columns, 'd' among them|different columns, 'e' among them"):
        Dataset.from_arrays(train, Y, val.rename(columns={"d": "e"}), YV)


@pytest.mark.parametrize("rare", [2, 3, 6, 50, 100])
def test_default_sizes_are_a_range_that_can_be_drawn(rare):
    data = Dataset.from_arrays(X, (np.arange(200) < rare).astype(int), XV, YV)
    low, high = default_sizes(data)
    assert isinstance(low, int) and isinstance(high, int) and 1 <= low < high < 200
    laws = fit_laws(LogisticRegression(), data.X_train, data.y_train, data.X_val, data.y_val, points=[0, 199], draws=12, random_state=0)
    assert np.isfinite(laws.mu).any()


def test_default_sizes_say_when_there_are_none():
    data = Dataset.from_arrays(X, (np.arange(200) < 1).astype(int), XV, YV)
    with pytest.raises(ValueError, match="y_train has a class of 1 rows among 200"):
        default_sizes(data)


@pytest.mark.parametrize("n, coarse", [(2, True), (3, True), (4, True), (6, False), (10, False)])
def test_a_coarse_grid_is_said_aloud(n, coarse):
    nodes = np.unique(np.geomspace(100, 1000, n).round().astype(int))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        weights = node_weights(shapley_weights(100, 1000), nodes)
    assert bool(caught) == coarse
    if not coarse:
        for alpha in (1.0, 1.5, 2.0):
            assert (weights * nodes**-alpha).sum() == pytest.approx((np.arange(100, 1001) ** -alpha).mean(), rel=0.02)


def test_weights_of_both_signs_estimate_differences():
    rng, support = np.random.default_rng(0), np.arange(20, 31)
    k = rng.choice(support, 4000)
    delta = power_law(k, np.array([1.0, 2.0]), np.array([1.0, 1.5])).T + rng.normal(0, 0.01, (4000, 2))
    samples = Contributions(k=k, delta=delta, points=np.arange(2), support=support, size_probability=np.full(11, 1 / 11))
    contrast = pd.Series({20: -1.0, 30: 1.0})
    frame = monte_carlo(samples, contrast)
    truth = power_law([20, 30], np.array([1.0, 2.0]), np.array([1.0, 1.5])) @ [-1, 1]
    assert (np.abs(frame.value - truth) < 4 * frame.se).all() and (frame.se < 0.01).all()


def test_small_classes_and_integer_targets_are_explained():
    frame = pd.DataFrame({"a": X[:20, 0], "label": np.repeat(["v", "w", "x", "y", "z"], 4)})
    with pytest.raises(ValueError, match="drop or merge small classes"):
        Dataset.from_frame(frame, "label")
    with pytest.raises(ValueError, match="target='regression'"):
        Dataset.from_frame(frame.assign(label=np.arange(20) * 7), "label")


@pytest.mark.parametrize("kind", [object, bool, "category", "Int64", "string"])
def test_labels_of_any_kind_match(kind):
    y, y_val = pd.Series(Y).astype(kind), pd.Series(YV).astype(kind)
    data = Dataset.from_arrays(X, y, XV, y_val)
    assert len(data.classes) == 2 and data.y_train.dtype.kind == data.y_val.dtype.kind
    Utility(LogisticRegression(), data).loss(range(40))
    with pytest.raises(ValueError, match="labels of different kinds|never occurs in y_train"):
        Dataset.from_arrays(X, Y, XV, np.where(YV, "one", "zero"))


def test_more_early_errors(tmp_path):
    data = Dataset.from_arrays(X, Y, XV, YV)
    (tmp_path / "manifest.json").write_text("[1]")
    for store in (tmp_path, ):
        with pytest.raises(ValueError, match="is not a store's manifest"):
            sample_contributions(Utility(LogisticRegression(), data), range(2), (20, 30), draws=2, store=store)
    with pytest.raises(ValueError, match="two columns called 'a'"):
        Dataset.from_frame(pd.DataFrame(X[:, :2], columns=["a", "a"]).assign(label=Y), "label")
    with pytest.raises(ValueError, match="n_starts=0 is too few"):
        MaximumLikelihood(n_starts=0).fit(Contributions(k=np.array([1, 2]), delta=np.ones((2, 1)), points=np.array([0])))
    with pytest.raises(ValueError, match="must be Contributions, not ndarray"):
        MaximumLikelihood().fit(X, Y)
    with pytest.raises(ValueError, match="holds dates"):
        Dataset.from_frame(pd.DataFrame({"when": pd.timedelta_range("1D", periods=200), "label": Y}), "label")


@pytest.mark.parametrize("index", [[True, False, True], pd.timedelta_range("1D", periods=3), [1, "a", 2.5]])
def test_any_index_survives_a_file(tmp_path, index):
    laws = make_laws(3, index=pd.Index(index).to_numpy())
    laws.save(tmp_path / "laws.parquet")
    again = ScalingLaws.load(tmp_path / "laws.parquet")
    assert list(map(str, again.index)) == list(map(str, laws.index))


def test_laws_without_a_fit_have_a_repr():
    laws = make_laws(3)
    laws.alpha[:] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "median exponent nan" in repr(laws)
