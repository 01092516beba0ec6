"""Adding points to the rows at hand: equal to refitting, one point after the other."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import make_arrays
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

import scaling_values.benchmarks.selection as benchmark
from scaling_values import Dataset, Utility, add_points, find_engine, fit_laws, select_points
from scaling_values.selection import adding_curve, best_rows

GIVEN = np.arange(20)
ROOT = Path(__file__).parent.parent


def regression() -> Dataset:
    parts = []
    for seed, n in enumerate((80, 60)):
        X, _ = make_arrays(n, seed)
        parts += [X, X @ np.arange(1, 5) + np.random.default_rng(seed).normal(size=n)]
    return Dataset.from_arrays(*parts, target="regression")


def by_refitting(utility, given, n, candidates):
    """Equation 1 of chapter 51 to the letter: a fit for each candidate and point."""
    rows, left = list(given), list(candidates)
    for _ in range(n):
        losses = [utility.loss(np.append(rows, z).astype(int)) for z in left]
        rows.append(left.pop(int(np.argmin(losses))))
    return rows[len(given) :], utility.loss(np.array(rows))


LEARNERS = {
    "logistic": lambda data: Utility(LogisticRegression(solver="newton-cholesky", tol=1e-10), data),
    "linear": lambda data: Utility(Ridge(alpha=0.1), regression()),
    "refitted": lambda data: Utility(GaussianNB(), data),
}


@pytest.mark.parametrize("kind", LEARNERS)
def test_one_at_a_time_is_greedy_refitting(data, kind):
    utility = LEARNERS[kind](data)
    rows, loss = by_refitting(utility, GIVEN, 4, range(20, 60))
    added = add_points(utility, GIVEN, 4, candidates=range(20, 60), batch=1, progress=False)
    assert added.pool_row.tolist() == rows
    assert added.val_loss.iloc[-1] == pytest.approx(loss, rel=1e-5)
    fall = utility.loss(GIVEN) - loss
    assert added.contribution.sum() == pytest.approx(fall, rel=1e-4)


@pytest.mark.parametrize("kind", LEARNERS)
def test_lazy_contributions_are_exact_too(data, kind):
    utility = LEARNERS[kind](data)
    one, lazy = (
        add_points(utility, GIVEN, 8, candidates=range(20, 80), batch=batch, progress=False)
        for batch in (1, 8)
    )
    rows = np.append(GIVEN, lazy.pool_row)
    assert lazy.val_loss.iloc[-1] == pytest.approx(utility.loss(rows), rel=1e-4)
    assert one.pool_row[0:1].tolist() == lazy.pool_row[0:1].tolist()  # the first looks at all
    start = utility.loss(GIVEN)
    assert start - lazy.val_loss.iloc[-1] > 0.8 * (start - one.val_loss.iloc[-1])


class Recorder:
    """An engine with made-up contributions; it remembers who was valued."""

    name = "recorder"

    def __init__(self, worth):
        self.worth, self.asked = worth, []

    def contributions(self, D, points, seed=0):
        from scaling_values.engines import EngineResult

        self.asked.append(len(points))
        delta = np.where(np.isin(points, D), np.nan, self.worth(len(D))[points])
        return EngineResult(delta, 1.0, np.zeros(len(points), int))

    def seconds(self, D, n_points):
        return None


def test_lazy_finds_the_same_where_contributions_fall(utility):
    worth = np.random.default_rng(0).exponential(size=120)
    chosen, work = [], []
    for batch in (1, 20):
        engine = Recorder(lambda k: worth / k)
        added = add_points(utility, GIVEN, 20, batch=batch, engine=engine, progress=False)
        chosen.append(added.pool_row.tolist())
        work.append(sum(engine.asked))
    assert work[0] == sum(range(81, 101)) and work[1] < work[0] / 2
    order = 20 + np.argsort(-worth[20:], kind="stable")[:20]
    assert chosen == [order.tolist()] * 2


def test_guesses_are_renewed_once_the_best_brings_little(utility):
    def worth(k):
        return np.linspace(1, 0.9, 120) if k == 20 else np.linspace(0.1, 0.2, 120)

    engine = Recorder(worth)
    added = add_points(utility, GIVEN, 3, batch=20, engine=engine, progress=False)
    assert added.pool_row.tolist() == [20, 119, 118]
    assert engine.asked[0] == 100 and engine.asked[-2:] == [98, 0]  # the last trains the rows


def test_equal_numbers_of_each_class(data, utility):
    added = add_points(utility, GIVEN, 10, by_class=True, progress=False)
    assert np.bincount(data.y_train[added.pool_row]).tolist() == [5, 5]
    zeros, ones = (20 + np.flatnonzero(data.y_train[20:] == c) for c in (0, 1))
    few = np.append(zeros[:2], ones[:9])
    added = add_points(utility, GIVEN, 8, candidates=few, by_class=True, progress=False)
    assert np.bincount(data.y_train[added.pool_row]).tolist() == [2, 6]  # one class has run out


def test_given_rows_are_never_added(utility):
    added = add_points(utility, GIVEN, 20, candidates=range(60), progress=False)
    assert not np.isin(added.pool_row, GIVEN).any()
    assert added.pool_row.is_unique and added.pool_row.max() < 60
    everyone = add_points(utility, range(100), 20, progress=False)
    assert sorted(everyone.pool_row) == list(range(100, 120))


def test_rows_are_said_in_three_ways(data):
    named = Dataset.from_arrays(
        data.X_train,
        data.y_train,
        data.X_val,
        data.y_val,
        data.X_test,
        data.y_test,
        index=[f"row {i}" for i in range(120)],
    )
    utility = Utility(LogisticRegression(), named)
    mask = np.arange(120) < 20
    labels = pd.Index([f"row {i}" for i in GIVEN])
    found = [add_points(utility, given, 3, progress=False) for given in (GIVEN, mask, labels)]
    assert found[0].equals(found[1]) and found[0].equals(found[2])
    assert found[0].index.tolist() == [f"row {i}" for i in found[0].pool_row]
    forms = found[0].index, found[0].pool_row
    curves = [adding_curve(utility, labels, rows, [0, 3]) for rows in forms]
    assert curves[0].equals(curves[1])
    with pytest.raises(ValueError, match="given holds 'row 999', which is no unique label"):
        add_points(utility, pd.Index(["row 999"]), 3)


def test_the_curve_is_that_of_training_on_the_rows(utility):
    added = add_points(utility, GIVEN, 5)
    curve = adding_curve(utility, GIVEN, added.pool_row, [0, 5], on="val")
    assert curve[0] == pytest.approx(utility.loss(GIVEN))
    assert curve[5] == pytest.approx(added.val_loss.iloc[-1], rel=1e-5)


def test_same_state_same_points(data):
    from sklearn.tree import DecisionTreeClassifier

    utility = Utility(DecisionTreeClassifier(max_features=1, max_depth=2), data)
    options = dict(candidates=range(20, 50), random_state=1)
    found = [add_points(utility, GIVEN, 3, **options) for _ in range(2)]
    assert found[0].equals(found[1])


def test_few_judges_are_told(data, utility):
    with pytest.warns(UserWarning, match="n=40 points are chosen by only 60 validation rows"):
        add_points(utility, GIVEN, 40, progress=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        add_points(utility, GIVEN, 20, progress=False)


@pytest.mark.parametrize(
    "change, message",
    [
        (dict(utility="logistic"), "utility must be a Utility"),
        (dict(given=[]), "given is empty"),
        (dict(given=[0, 0]), "given holds a row more than once"),
        (dict(given=[500]), "given holds row 500"),
        (dict(n=0), "n=0 is too few"),
        (dict(n=101), "n=101 points were asked for, but only 100 candidates"),
        (dict(n=3, candidates=range(19, 22)), "n=3 points were asked for, but only 2 candidates"),
        (dict(candidates=["a"]), "candidates must be a list of row numbers"),
        (dict(batch=0), "batch=0 is too few"),
        (dict(engine="linear"), "engine='linear' cannot be used here"),
        (dict(random_state=-1), "random_state=-1 is not a seed"),
    ],
)
def test_bad_input_is_refused(utility, change, message):
    with pytest.raises(ValueError, match=message):
        add_points(**dict(utility=utility, given=GIVEN, n=2, progress=False) | change)


def test_bad_input_of_other_kinds(utility):
    with pytest.raises(ValueError, match="by_class=True needs classes"):
        add_points(Utility(Ridge(), regression()), GIVEN, 2, by_class=True)
    with pytest.raises(ValueError, match="counts=9 is more than the 2 rows of added"):
        adding_curve(utility, GIVEN, [30, 31], [0, 9])
    with pytest.raises(ValueError, match="counts=5 must be a list"):
        adding_curve(utility, GIVEN, [30, 31], 5)
    with pytest.raises(ValueError, match="on='train' is unknown"):
        adding_curve(utility, GIVEN, [30, 31], [0], on="train")


@pytest.mark.parametrize("weights", [None, "balanced"])
@pytest.mark.parametrize("batch", [1, 10])
def test_the_loss_is_that_of_the_rows_so_far(data, weights, batch):
    """Also where a learner takes its settings from the rows: they are set anew with each point."""
    learner = SVC(class_weight=weights, gamma="scale")
    utility = Utility(learner, data, "error_rate")
    given = np.r_[np.flatnonzero(data.y_train == 0)[:15], np.flatnonzero(data.y_train)[:3]]
    added = add_points(utility, given, 6, batch=batch, progress=False)
    for place, loss in enumerate(added.val_loss, start=1):
        rows = np.append(given, added.pool_row[:place])
        assert loss == pytest.approx(utility.loss(rows), abs=1e-12)


def test_judges_are_no_candidates():
    X, y = make_arrays(200, 0)
    data = Dataset.from_arrays(X, y)
    utility = Utility(GaussianNB(), data).judged_by(1)
    others = np.flatnonzero(data.folds != 1)
    added = add_points(utility, others[:30], 12, progress=False)
    assert (data.folds[added.pool_row] != 1).all()
    judge = np.flatnonzero(data.folds == 1)[0]
    for rows in (dict(given=[judge, *others[:9]]), dict(given=others[:9], candidates=[judge, 9])):
        with pytest.raises(ValueError, match=f"hold row {judge}, which is one of the 40 rows that"):
            add_points(utility, n=1, **rows)
    with pytest.raises(ValueError, match="one validation set chooses the points"):
        add_points(Utility(GaussianNB(), data), others[:30], 1)


def test_unknown_and_unsigned_scores():
    rows = np.arange(4)
    assert best_rows(np.array([5, 4, 3, 0], np.uint8), rows, 2).tolist() == [0, 1]
    scores = np.array([5, 4, 3, np.nan])
    assert best_rows(scores, rows, 2, np.array(list("aaab"))).tolist() == [0, 1]
    assert best_rows(scores, rows, 4, np.array(list("aaab"))).tolist() == [0, 1, 2, 3]


LABELS = {
    "numbers": pd.RangeIndex(120),
    "texts": pd.Index([f"row {i}" for i in range(120)]),
    "pairs": pd.MultiIndex.from_product([["a", "b"], range(60)]),
    "mixed": pd.Index([i if i % 2 else f"row {i}" for i in range(120)], dtype=object),
    "intervals": pd.interval_range(0, 120),
    "days": pd.date_range("2026-01-01", periods=120, tz="UTC"),
}


@pytest.mark.parametrize("kind", LABELS)
def test_a_column_is_matched_by_any_labels(kind):
    X, y = make_arrays(120, 0)
    table = pd.DataFrame(X).add_prefix("x").assign(answer=y).set_index(LABELS[kind])
    data = Dataset.from_frame(table, "answer", target="classification")
    laws = fit_laws(
        LogisticRegression(), data, sizes=(10, 40), draws=12, points=range(30), random_state=0
    )
    by_position = select_points(laws, 8, 20, data.y_train)
    shuffled = table.sample(frac=1, random_state=0)
    for column in (table.answer, table[["answer"]], shuffled.answer):
        assert select_points(laws, 8, 20, column).tolist() == by_position.tolist()
    other = table.answer.set_axis([f"another {i}" for i in range(120)])
    with pytest.raises(ValueError, match="y has labels of its own, such as 'another 0'"):
        select_points(laws, 8, 20, other)


def test_a_series_is_a_mask_by_its_labels():
    X, y = make_arrays(120, 0)
    order = np.random.default_rng(0).permutation(90)
    data = Dataset.from_arrays(X[order], y[order], X[90:], y[90:], index=order)
    utility = Utility(GaussianNB(), data)
    mask = pd.Series(np.arange(90) < 30)
    by_mask, by_label = (
        add_points(utility, given, 3, progress=False) for given in (mask, mask.index[mask])
    )
    pd.testing.assert_frame_equal(by_mask, by_label)


def test_what_cannot_be_trained_is_named(utility):
    few = Utility(KNeighborsClassifier(), utility.data)
    with pytest.raises(ValueError, match="the 3 rows of given and added points, .* cannot be trai"):
        add_points(few, [0, 1, 2], 1, progress=False)
    with pytest.raises(ValueError, match="added holds row 7, which is among the given rows"):
        adding_curve(utility, GIVEN, [30, 7], [0, 2])
    with pytest.raises(ValueError, match="counts=None must be a list"):
        adding_curve(utility, GIVEN, [30, 31], None)
    with pytest.raises(ValueError, match="seed='x' must be an integer"):
        adding_curve(utility, GIVEN, [30, 31], [0], seed="x")
    without = Utility(GaussianNB(), without_test())
    with pytest.raises(ValueError, match="on='test': the dataset has no test set; give it X_test"):
        adding_curve(without, GIVEN, [30, 31], [0])


def without_test() -> Dataset:
    X, y = make_arrays(120, 0)
    return Dataset.from_arrays(X[:60], y[:60], X[60:], y[60:])


def test_a_training_function_has_judges_of_its_own():
    X, y = make_arrays(160, 0)

    def train(rows, seed):
        return (GaussianNB().fit(X[rows], y[rows]).predict(X[100:]) != y[100:]) * 1.0

    utility = Utility.from_function(train, 100, y=y[:100])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        add_points(utility, range(30), 2, candidates=range(30, 40), progress=False)


def test_differences_to_random_rows_are_paired():
    same = dict(seconds=1.0, log_loss=1.0, val_loss=1.0)
    lines = [
        dict(data="a", start=10, seed=seed, method=method, added=10, accuracy=accuracy) | same
        for seed, pair in enumerate([(70, 71), (80, 82), (90, 93)])
        for method, accuracy in zip(("random", "greedy"), pair)
    ]
    row = {row["method"]: row for row in benchmark.selection_rows(lines)}["greedy"]
    assert (row["seeds"], row["accuracy"], row["accuracy_ahead"]) == (3, 82.0, 2.0)
    assert row["accuracy_ahead_se"] == pytest.approx(1 / 3**0.5, abs=1e-4)


def test_k_center_takes_the_farthest_row():
    task = benchmark._task("digits", 100, 0)
    task = task._replace(given=np.arange(3), candidates=np.arange(3, 40))
    X = task.data.X_train
    distances = ((X[3:40, None] - X[None, :3]) ** 2).sum(-1).min(1)
    assert benchmark._k_center(task)[0] == 3 + distances.argmax()


def test_stored_numbers_are_found_again():
    stored = json.loads((ROOT / "results" / "selection.json").read_text())
    rows = pd.DataFrame(stored["rows"])
    rows = rows[(rows.data == "digits") & (rows.start == 100)].set_index(["method", "added"])
    found = {"nothing": [], "k-center": [], "validation rows, as many": []}
    for seed in range(stored["protocol"]["seeds"]["100"]):
        task = benchmark._task("digits", 100, seed)
        found["nothing"].append(benchmark._judged(task, np.empty(0))["accuracy"])
        found["k-center"].append(benchmark._judged(task, benchmark._k_center(task))["accuracy"])
        beside = benchmark._with_validation_rows(task, 100)
        found["validation rows, as many"].append(beside["accuracy"])
    for method, accuracies in found.items():
        row = rows.loc[(method, 0 if method == "nothing" else 100)]
        assert row.seeds == len(accuracies)
        assert row.accuracy == pytest.approx(np.mean(accuracies), abs=0.05)


@pytest.mark.parametrize(
    "learner, metric",
    [
        (KNeighborsClassifier(5), "log_loss"),
        (SVC(kernel="linear"), "error_rate"),
        (MLPClassifier((3,), max_iter=30, random_state=0), "log_loss"),
    ],
)
@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_every_engine_finds_the_best_point(data, learner, metric):
    utility = Utility(learner, data, metric)
    assert find_engine(utility).name != "refit"
    added = add_points(utility, GIVEN, 1, candidates=range(20, 30), random_state=0, progress=False)
    losses = [utility.loss(np.append(GIVEN, z)) for z in range(20, 30)]
    assert added.val_loss.iloc[0] == pytest.approx(min(losses), rel=1e-3, abs=1e-9)
