"""What a run comes to: intervals that hold, whatever draws share, and reasons where nothing can be
said."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss, r2_score, root_mean_squared_error
from sklearn.svm import SVC
from test_laws import make_laws as some_laws

import scaling_values.verdicts as verdicts
from scaling_values import (
    Contributions,
    Dataset,
    PowerSeries,
    ScalingLaws,
    Utilities,
    Utility,
    sample_contributions,
)
from scaling_values.answers import quality_words
from scaling_values.verdicts import compare_kinds, judge_run, learning_curve, row_kinds

LEARNER = LogisticRegression(max_iter=1000)


def make_laws(n: int) -> ScalingLaws:
    return replace(some_laws(n), points=np.arange(n), index=np.arange(n))


def classes(n: int = 60, test: bool = True, **names) -> Dataset:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n + 200, 3))
    y = np.where(X[:, 0] + rng.normal(size=n + 200) > 0.4, "yes", "no")
    rest = (X[n + 100 :], y[n + 100 :]) if test else ()
    return Dataset.from_arrays(X[:n], y[:n], X[n : n + 100], y[n : n + 100], *rest, **names)


def numbers(n: int = 60) -> Dataset:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n + 200, 3))
    y = X[:, 0] + rng.normal(size=n + 200)
    return Dataset.from_arrays(
        X[:n],
        y[:n],
        X[n : n + 100],
        y[n : n + 100],
        X[n + 100 :],
        y[n + 100 :],
        target="regression",
    )


def draws(
    n: int = 60, count: int = 40, seed: int = 0, effect: float = 0.0, luck: float = 1.0
) -> tuple[Contributions, np.ndarray]:
    """Half of the points share each draw's luck, and have an effect in common."""
    rng = np.random.default_rng(seed)
    half = np.arange(n) < n // 2
    delta = rng.normal(size=(count, n)) + np.where(
        half, effect + luck * rng.normal(size=(count, 1)), 0
    )
    return Contributions(
        rng.integers(10, 31, count),
        delta,
        np.arange(n),
        base_loss=rng.uniform(1, 2, count),
        y=np.where(half, "a", "b"),
    ), half


def test_quality_is_what_others_compute():
    data = classes()
    found = judge_run(make_laws(60), draws()[0], Utility(LEARNER, data)).quality
    model, dummy = (
        LEARNER.fit(data.X_train, data.y_train),
        DummyClassifier(strategy="prior").fit(data.X_train, data.y_train),
    )
    assert found.model["right"] == pytest.approx(model.score(data.X_test, data.y_test))
    assert found.base["right"] == pytest.approx(dummy.score(data.X_test, data.y_test))
    assert found.model["loss"] == pytest.approx(
        log_loss(data.y_test, model.predict_proba(data.X_test)), rel=1e-6
    )
    assert found.base["loss"] == pytest.approx(
        log_loss(data.y_test, dummy.predict_proba(data.X_test)), rel=1e-6
    )
    assert found.model["explained"] == pytest.approx(1 - found.model["loss"] / found.base["loss"])
    assert (found.low < found.model).all() and (found.model < found.high).all()


def test_quality_of_numbers():
    data = numbers()
    found = judge_run(make_laws(60), draws()[0], Utility(Ridge(), data)).quality
    answers = Ridge().fit(data.X_train, data.y_train).predict(data.X_test)
    assert found.model["rmse"] == pytest.approx(root_mean_squared_error(data.y_test, answers))
    assert found.model["explained"] == pytest.approx(
        r2_score(data.y_test, answers), abs=0.03
    )  # whose mean is the test rows' own


@pytest.mark.parametrize(
    "learner, metric, judged",
    [
        (LEARNER, "roc_auc", "error_rate"),
        (LEARNER, "log_loss", "log_loss"),
        (SVC(), "error_rate", "error_rate"),
    ],
)
def test_any_metric_is_judged_by_rows(learner, metric, judged):
    found = judge_run(make_laws(60), draws()[0], Utility(learner, classes(), metric))
    assert (
        found.metric == judged
        and found.dropping is not None
        and np.isfinite(found.quality.to_numpy()).all()
    )


def test_intervals_of_the_explained_share_hold():
    rng, held = np.random.default_rng(0), 0
    for _ in range(400):
        base = rng.exponential(size=150)
        losses = base * rng.uniform(0, 1, 150)
        low, high = verdicts._explained_interval(losses, base, 0.9)[1:]
        held += low <= 0.5 <= high
    assert 0.85 < held / 400 < 0.95


def test_reasons_where_nothing_can_be_said():
    laws, samples = make_laws(60), draws()[0]
    assert judge_run(laws, samples).quality is None
    alone = judge_run(laws, samples, Utility(LEARNER, classes(test=False)))
    assert alone.judges == "val" and "no test rows" in alone.refused and alone.dropping is None
    assert "too long" in judge_run(laws, samples, Utility(LEARNER, classes()), seconds=0).refused
    function = Utility.from_function(lambda rows, seed: np.ones(5), 60)
    assert "training function" in judge_run(laws, samples, function).refused


def test_what_is_dropped_is_tested_in_a_fixed_order():
    """The first count that may cost too much ends the search, whatever comes after it."""
    high = pd.Series([0.0, 0.2, -1.0], index=[1, 2, 3])
    assert [verdicts._choose(high, margin) for margin in (-0.1, 0.1, 0.2)] == [0, 1, 3]


def test_dropping_stops_where_a_class_would_be_gone():
    data = classes()
    order = np.argsort(data.y_train == "yes", kind="stable")  # one class goes first
    found = verdicts._drops(Utility(LEARNER, data), order, (10, 2))
    assert max(found) < (data.y_train == "no").sum() and all(
        losses.shape == (3, 100) for losses in found.values()
    )


def test_what_is_useless_can_go_and_what_is_needed_cannot():
    data = classes(120)
    data = replace(
        data,
        y_train=np.where(
            np.arange(120) < 30, np.where(data.y_train == "yes", "no", "yes"), data.y_train
        ),
    )
    laws = replace(make_laws(120), c=np.r_[-np.ones(30), np.ones(90)], components=())
    samples = draws(120)[0]
    found = judge_run(laws, samples, Utility(LEARNER, data))
    assert found.safe >= 24 and found.dropping.change[24] < 0
    backwards = judge_run(replace(laws, c=-laws.c), samples, Utility(LEARNER, data))
    assert backwards.safe < found.safe and (backwards.dropping.gain < 0).mean() > 0.5


def test_the_same_twice_and_no_global_state():
    laws, samples, utility = make_laws(60), draws()[0], Utility(LEARNER, classes())
    before = np.random.get_state()[1].copy()
    one, two = (judge_run(laws, samples, utility, seconds=100) for _ in range(2))
    np.testing.assert_array_equal(np.random.get_state()[1], before)
    for name in ("quality", "dropping", "kinds"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))
    assert one.curve.fall == two.curve.fall


@pytest.mark.parametrize("luck", [0.0, 3.0], ids=["own luck", "shared luck"])
def test_draws_are_counted_not_entries(luck):
    """Without a difference, one in ten is called clear, or fewer, however much luck the points of a
    draw share."""
    clear = [
        compare_kinds(*as_kinds(draws(seed=seed, luck=luck))).clear.any() for seed in range(200)
    ]
    assert np.mean(clear) < 0.15
    assert compare_kinds(*as_kinds(draws(effect=3.0, luck=luck))).clear.all()


def as_kinds(found: tuple[Contributions, np.ndarray]) -> tuple[Contributions, pd.DataFrame]:
    return found[0], pd.DataFrame({"half": found[1]})


def test_missing_entries_and_own_sets():
    samples, half = draws(effect=2.0, luck=0.0)
    kinds = pd.DataFrame({"half": half, "none": False, "other half": ~half})
    gaps = replace(
        samples,
        delta=np.where(
            np.random.default_rng(1).random(samples.delta.shape) < 0.4, np.nan, samples.delta
        ),
    )
    own = replace(
        samples, k=np.random.default_rng(2).integers(10, 31, samples.delta.shape), base_loss=None
    )
    for some in (samples, gaps, own):
        found = compare_kinds(some, kinds).set_index("kind")
        assert (
            found.difference["half"] == pytest.approx(2, abs=4 * found.se["half"])
            and found.clear["half"]
        )
        assert (
            "other half" not in found.index
            and not found.clear["none"]
            and np.isnan(found.difference["none"])
        )


def fits(seed: int, effect: float) -> tuple[Utilities, pd.DataFrame]:
    """Pairs of sets of one size; rows of one half lower the loss by an effect more than others."""
    rng, n = np.random.default_rng(seed), 40
    members = np.zeros((200, n), bool)
    for i in range(0, 200, 2):
        order, k = rng.permutation(n), rng.integers(8, 21)
        members[i, order[:k]] = members[i + 1, order[k : 2 * k]] = True
    half = np.arange(n) < n // 2
    loss = (
        1
        - 0.01 * members.sum(1)
        - members @ (effect * half + rng.normal(0, 0.02, n))
        + rng.normal(0, 0.05, 200)
    )
    return Utilities(
        np.packbits(members, axis=1), loss[:, None], loss, np.arange(n), n
    ), pd.DataFrame({"half": half})


def test_kinds_by_whole_fits():
    assert (
        np.mean([compare_kinds(*fits(seed, 0.0)).clear.any() for seed in range(100)]) < 0.17
    )  # rows of either half differ, by chance
    found = compare_kinds(*fits(0, 0.1)).iloc[0]
    assert found.clear and found.difference == pytest.approx(0.1, abs=0.03)


def test_kinds_of_rows():
    frame = pd.DataFrame(
        {
            "size": np.r_[np.arange(97.0), np.nan, np.nan, np.nan],
            "color": ["red", "blue"] * 50,
            "flag": [True] * 30 + [False] * 70,
            "name": [f"n{i}" for i in range(100)],
            "target": ["a"] * 40 + ["b"] * 60,
            "text": [None] * 20 + ["x"] * 80,
        },
        index=range(5, 105),
    )
    kinds = row_kinds(np.array(frame.target), frame)
    assert {name.split(":")[0] for name in kinds} == {
        "label",
        "size",
        "color",
        "flag",
        "text",
    } and len(kinds) == 100
    assert (
        kinds["label: a"].sum() == 40
        and kinds["text: not known"].sum() == 20
        and kinds["flag: True"].sum() == 30
    )
    assert row_kinds(None, None).empty
    assert [name.split(":")[1].split(" (")[0] for name in row_kinds(np.arange(50.0))] == [
        " lowest third",
        " highest third",
    ]
    assert list(row_kinds(np.array([1.0, 2.0] * 20), None)) == ["response: 1", "response: 2"]


def test_a_bad_table_of_kinds():
    with pytest.raises(ValueError, match="kinds has 2 rows, but samples has 60 points"):
        compare_kinds(draws()[0], pd.DataFrame({"a": [True, False]}))
    with pytest.raises(ValueError, match="kinds must be a DataFrame"):
        compare_kinds(draws()[0], [True] * 60)


@pytest.mark.parametrize(
    "what, message",
    [
        (dict(samples=draws(59)[0]), "samples has no row 59, of which laws has a law"),
        (dict(data=classes(59)), "data has 59 rows, but laws has a point in row 59"),
        (dict(rows=pd.DataFrame({"a": range(3)})), "rows has 3 rows, but laws has 60 points"),
        (dict(level=90), "level=90 must lie between 0 and 1"),
    ],
)
def test_what_does_not_belong_together(what, message):
    with pytest.raises(ValueError, match=message):
        judge_run(**dict(laws=make_laws(60), samples=draws()[0]) | what)


def test_what_twice_the_data_brings():
    held, rng = 0, np.random.default_rng(0)
    for _ in range(40):
        k = rng.integers(20, 501, 200)
        curve = learning_curve(k, 0.2 + 3 * k**-0.7 + rng.normal(0, 1, 200) * k**-0.5 / 10, 1000)
        held += curve.fall[0] <= 3 * (1000**-0.7 - 2000**-0.7) <= curve.fall[1]
    assert held >= 32
    flat = learning_curve(k, np.full(200, 0.3), 1000)
    assert flat.now == pytest.approx(0.3) and flat.fall[1] < 1e-6
    scaled = learning_curve(k, 1e6 * (0.2 + 3 * k**-0.7), 1000)
    assert scaled.twice == pytest.approx(1e6 * (0.2 + 3 * 2000**-0.7), rel=1e-2)


def test_a_curve_that_bends_is_followed_where_it_is_one():
    """Least squares near as many rows as features: no power law but far from there."""
    held, starts, rng = 0, [], np.random.default_rng(0)
    truth = 9 * 20 * (1 / 179 - 1 / 379)
    for _ in range(20):
        k = np.exp(rng.uniform(np.log(25), np.log(160), 300)).astype(int)
        noise = np.exp(0.3 * rng.normal(size=300) * (20 / k) ** 0.5)
        curve = learning_curve(k, 9 * (1 + 20 / (k - 21)) * noise, 200)
        held += curve is not None and curve.fall[0] <= truth <= curve.fall[1]
        starts += [] if curve is None else [curve.sizes[0]]
    assert held >= 14 and np.mean(starts) > 28


@pytest.mark.parametrize("n", [20, 25, 100])
@pytest.mark.parametrize(
    "sizes",
    [[20, 40], [20, 25, 33, 50, 80, 200], [20] * 19 + [200], [20] + [200] * 19, range(10, 500)],
)
def test_few_and_equal_sizes_give_no_warnings(n, sizes):
    rng = np.random.default_rng(0)
    k = rng.choice(sizes, n)
    k[:2] = min(sizes), max(sizes)
    for loss in (np.full(n, 0.3), np.zeros(n), 1 + k**-0.5, rng.random(n), rng.random(n) < 0.1):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            curve = learning_curve(k, loss, 1000)
        assert curve is None or np.isfinite([curve.now, curve.twice, *curve.fall]).all()


def test_what_follows_no_curve_is_not_continued():
    k = np.random.default_rng(0).integers(20, 500, 400)
    waves = 1.3 + 0.3 * np.sin(k / 40) + np.random.default_rng(1).normal(0, 0.01, 400)
    assert learning_curve(k, waves, 1000) is None


@pytest.mark.parametrize(
    "k, loss",
    [
        (np.arange(10), np.ones(10)),
        (np.full(50, 20), np.ones(50)),
        (np.arange(10, 60), -np.ones(50)),
    ],
    ids=["few", "one size", "negative"],
)
def test_no_curve_where_there_is_none(k, loss):
    assert learning_curve(k, loss, 100) is None


def test_errors_of_a_few_rows_are_told():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 2))
    for skewed in (False, True):
        y = X @ [1.0, 2.0] + rng.normal(size=400)
        y = np.exp(1.5 * y) if skewed else y
        thirds = slice(200), slice(200, 300), slice(300, 400)
        parts = [part for rows in thirds for part in (X[rows], y[rows])]
        utility = Utility(Ridge(), Dataset.from_arrays(*parts, target="regression"))
        samples = sample_contributions(
            utility, points=range(40), sizes=(20, 80), draws=24, random_state=0
        )
        found = judge_run(PowerSeries().fit(samples).laws_, samples, utility)
        assert ("One row in twenty makes" in quality_words(found)) == skewed
        assert 0 < found.worst < 1
