"""Folds that judge each other: every row is valued, none judges itself."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from scipy import sparse
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier
from sklearn.tree import DecisionTreeClassifier

from scaling_values import (
    Dataset,
    Membership,
    PowerSeries,
    StopWhen,
    Utility,
    find_engine,
    fit_laws,
    monte_carlo,
    report,
    sample_contributions,
    sample_utilities,
)
from scaling_values.datasets import make_folds, split_folds, split_judges
from scaling_values.estimators import mean_of_laws
from scaling_values.sampling import default_sizes, plan_draws
from scaling_values.tables import prepare_columns, read_target
from scaling_values.utilities import join_fits, sample_fold_utilities
from scaling_values.verdicts import judge_run

LOGISTIC = LogisticRegression(solver="newton-cg", tol=1e-6)


def _classes(n: int = 90, n_classes: int = 2, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % n_classes
    return rng.normal(size=(n, 3)) + y[:, None], y


def _responses(n: int = 90, outputs: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(n, 3))
    return X, X @ rng.normal(size=(3, outputs) if outputs else 3) + rng.normal(
        size=(n, outputs) if outputs else n
    )


KINDS = {
    "two classes": (LOGISTIC, *_classes()),
    "three classes of texts": (
        LOGISTIC,
        _classes(n_classes=3)[0],
        np.array(["a", "b", "c"])[_classes(n_classes=3)[1]],
    ),
    "responses": (Ridge(), *_responses()),
    "two outputs": (LinearRegression(), *_responses(outputs=2)),
    "refitted": (RandomForestClassifier(3, random_state=0), *_classes(40)),
    "sparse": (
        DecisionTreeClassifier(random_state=0),
        sparse.csr_matrix(_classes(40)[0]),
        _classes(40)[1],
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_draws_are_those_of_the_fold_that_judges(kind: str) -> None:
    learner, X, y = KINDS[kind]
    target = "regression" if isinstance(learner, (Ridge, LinearRegression)) else "classification"
    data = Dataset.from_arrays(X, y, target=target, folds=3)
    utility = Utility(learner, data)
    samples = sample_contributions(utility, sizes=(8, 16), draws=4, random_state=0, progress=False)
    plan = plan_draws(utility, np.arange(len(y)), (8, 16), seed=0)
    assert len(samples) == 6
    for draw in range(6):
        size, D, seed = plan.preceding_set(draw)
        judge = plan.judges[plan.turn(draw)]
        others = np.flatnonzero(data.folds != judge)
        assert samples.k[draw] == size and np.isin(D, others).all()
        alone = Dataset(X, y, X[data.folds == judge], y[data.folds == judge], target=target)
        expected = find_engine(Utility(learner, alone)).contributions(D, others, seed)
        np.testing.assert_array_equal(samples.delta[draw, others], expected.delta)
        assert np.isnan(samples.delta[draw, data.folds == judge]).all()
        np.testing.assert_allclose(samples.base_loss[draw], expected.base_loss)


def test_absence_is_how_often_a_row_is_there() -> None:
    X, y = _classes(60, 3)
    y[:9] = 0
    utility = Utility(LOGISTIC, Dataset.from_arrays(X, y, folds=4))
    plan = plan_draws(utility, np.arange(60), (10, 30), "grid", 3, seed=0)
    probability, stratum = plan.absence(np.arange(60))
    there = np.zeros((3, 60))
    rounds = 12 * 150
    for draw in range(rounds):
        size, D, _ = plan.preceding_set(draw)
        row = utility.data.folds != plan.judges[plan.turn(draw)]
        row[D] = False
        there[np.searchsorted(plan.support, size)] += row
    np.testing.assert_allclose(there / (rounds / 3), probability[:, stratum], atol=0.09)


def test_means_by_folds_are_means_over_judges() -> None:
    "With sets of one size, the weighted mean over draws tends to the mean over the other folds."
    X, y = _responses(24)
    data = Dataset.from_arrays(X, y, target="regression", folds=3)
    samples = sample_contributions(
        Utility(Ridge(), data), sizes=(6, 10), draws=600, random_state=0, progress=False
    )
    alone = []
    for fold in range(3):
        rows = np.flatnonzero(data.folds != fold)
        part = Dataset(X, y, X[data.folds == fold], y[data.folds == fold], target="regression")
        one = sample_contributions(
            Utility(Ridge(), part), rows, (6, 10), 600, pool=rows, random_state=1, progress=False
        )
        alone.append(pd.Series(monte_carlo(one).value.to_numpy(), rows))
    mean = pd.concat(alone, axis=1).mean(axis=1).sort_index()
    found = monte_carlo(samples)
    z = (found.value.to_numpy() - mean.to_numpy()) / found.se.to_numpy()
    assert np.abs(z).max() < 5 and 0.4 < z.std() < 2, z


def test_however_it_is_run(tmp_path) -> None:
    X, y = _classes()
    utility = Utility(LOGISTIC, Dataset.from_arrays(X, y, folds=3))
    asked = dict(sizes=(8, 16), random_state=0, progress=False)
    whole = sample_contributions(utility, draws=12, **asked)
    sample_contributions(utility, draws=4, store=tmp_path / "s", **asked)
    with parallel_config("threading", n_jobs=2):
        stored = sample_contributions(
            utility, draws=12, store=tmp_path / "s", block_size=5, **asked
        )
    np.testing.assert_array_equal(whole.delta, stored.delta)
    other = Utility(
        LOGISTIC, Dataset.from_arrays(X, y, folds=make_folds(y, n_folds=3, random_state=1))
    )
    with pytest.raises(ValueError, match="belongs to another run"):
        sample_contributions(other, draws=4, store=tmp_path / "s", **asked)


def test_designs_and_ends() -> None:
    X, y = _classes()
    utility = Utility(LOGISTIC, Dataset.from_arrays(X, y, folds=3))
    grid = sample_contributions(
        utility, design="grid", n_sizes=4, sizes=(8, 24), draws=4, random_state=0, progress=False
    )
    table = pd.crosstab(grid.k, np.arange(len(grid)) // 4 % 3)
    assert (table == 2).all(axis=None)  # each size has each judge equally often
    ended = sample_contributions(
        utility,
        range(40),
        sizes=(8, 24),
        draws=400,
        random_state=0,
        progress=False,
        stop=StopWhen(standard_error=0.8),
    )
    assert ended.meta["stopped_by"] == "standard_error" and len(ended) % 3 == 0
    one_fold = np.flatnonzero(utility.data.folds == 1)
    some = sample_contributions(
        utility, one_fold, sizes=(8, 24), draws=6, random_state=0, progress=False
    )
    assert np.isfinite(some.delta).any(1).all()


def test_values_of_all_rows_in_one_call() -> None:
    X, y = _classes(60)
    laws = fit_laws(LOGISTIC, X, y, draws=20, random_state=0)
    assert len(laws) == 60 and np.isfinite(laws.values(level=None)["value"]).all()
    low, high = default_sizes(Dataset.from_arrays(X, y))
    assert low <= laws.sizes[0] and laws.sizes[1] <= high <= 24  # half of what four folds hold


def test_networks_of_several_starts() -> None:
    X, y = _classes(30)
    utility = Utility(
        MLPClassifier((3,), max_iter=5, random_state=0),
        Dataset.from_arrays(X, y, folds=2),
        n_init=2,
    )
    with pytest.warns(UserWarning, match="iteration limit"):
        samples = sample_contributions(
            utility, range(4), sizes=(6, 9), draws=2, random_state=0, progress=False
        )
    assert samples.meta["engine"].endswith("mean of 2")


def test_groups_stay_together() -> None:
    groups = np.repeat(np.arange(20), 4)
    for target, y in (("classification", np.arange(80) % 2), ("regression", np.arange(80.0))):
        folds = make_folds(y, target, 4, groups=groups)
        assert (pd.Series(folds).groupby(groups).nunique() == 1).all()
        assert np.bincount(folds).min() >= 12


def test_folds_of_small_classes() -> None:
    y = np.array([0] * 20 + [1] * 2 + [2] * 3)
    folds = make_folds(y)
    assert np.bincount(folds).tolist() == [5] * 5
    assert Dataset.from_arrays(np.zeros((25, 1)), y, folds=folds).n_folds == 5


@pytest.mark.parametrize("kind", ["three classes of texts", "responses"])
def test_judges_of_a_fold_are_so_many_and_of_all_classes_alike(kind: str) -> None:
    _, X, y = KINDS[kind]
    data = Dataset.from_arrays(
        X, y, target="regression" if y.dtype.kind == "f" else "classification", judges=6
    )
    few, everybody = (replace(data, judges=judges) for judges in (data.judges, None))
    assert (
        everybody.judges.all()
        and everybody.digest()
        == Dataset.from_arrays(X, y, target=data.target, judges=18).digest()
        != data.digest()
        == few.digest()
    )
    for fold in range(5):
        judged = data.judged_by(fold)
        assert len(judged.y_val) == 6 and np.isin(judged.X_val, X[data.folds == fold]).all()
        if y.dtype.kind == "U":
            assert np.unique(judged.y_val, return_counts=True)[1].tolist() == [2, 2, 2]


@pytest.mark.parametrize("learner", [LOGISTIC, DecisionTreeClassifier(max_depth=2, random_state=0)])
def test_rows_that_do_not_judge_are_valued_all_the_same(learner) -> None:
    X, y = _classes(40)
    mask = np.arange(40) < 20
    data = Dataset.from_arrays(X, y, folds=np.arange(40) // 2 % 2, judges=mask)
    utility = Utility(learner, data)
    samples = sample_contributions(utility, sizes=(5, 9), draws=6, random_state=0)
    assert np.isfinite(samples.delta).any(0).all()
    plan = plan_draws(utility, np.arange(40), (5, 9), seed=0)
    for draw in range(len(samples)):
        k, D, seed = plan.preceding_set(draw)
        fold = plan.judges[plan.turn(draw)]
        judge = Utility(
            learner, Dataset(X, y, X[mask & (data.folds == fold)], y[mask & (data.folds == fold)])
        )
        np.testing.assert_allclose(samples.base_loss[draw], judge.loss(D, seed), rtol=1e-6)


def test_quality_without_a_test_is_about_the_rows_that_judge() -> None:
    X, y = _classes(60)
    data = Dataset.from_arrays(X, y, judges=4)
    utility = Utility(LOGISTIC, data)
    samples = sample_contributions(utility, sizes=(6, 20), draws=10, random_state=0)
    verdicts = judge_run(PowerSeries(n_components=1).fit(samples).laws_, samples, utility)
    assert verdicts.judges == "val" and verdicts.count == 20


@pytest.mark.parametrize(
    ("judging", "parts"), [(20, (70, 16, 4)), (8, (82, 8, 0)), (1, (89, 1, 0))]
)
def test_rows_that_are_said_to_judge_judge(judging: int, parts: tuple[int, int, int]) -> None:
    y, judges = np.arange(90) % 2, np.arange(90) < judging
    split = split_judges(y, "classification", judges)
    assert tuple(len(rows) for rows in split[:3]) == parts and split.folds is None
    assert (
        sorted(np.concatenate(split[:3])) == list(range(90))
        and judges[np.concatenate(split[1:3])].all()
    )
    tested = split_judges(y, "classification", judges, np.arange(90) >= 80)
    assert len(tested.test) == 10 and len(tested.val) == judging


BAD = {
    "X_val and y_val, or folds": lambda X, y: Dataset(X, y),
    "either by a validation set": lambda X, y: Dataset.from_arrays(X, y, X, y, folds=3),
    "X_val and y_val must be given together": lambda X, y: Dataset.from_arrays(X, y, X),
    "without a gap": lambda X, y: Dataset.from_arrays(X, y, folds=np.arange(90) % 2 * 2),
    "one whole number for each": lambda X, y: Dataset.from_arrays(X, y, folds=[0, 1]),
    "into one fold": lambda X, y: Dataset.from_arrays(X, y, folds=y),
    "n_folds=91 is more than the 90 rows": lambda X, y: make_folds(y, n_folds=91),
    "n_folds=1": lambda X, y: make_folds(y, n_folds=1),
    "must be a whole number from 0 to 4": lambda X, y: Dataset.from_arrays(X, y).judged_by(5),
    "has a validation set and no folds": lambda X, y: Dataset.from_arrays(X, y, X + 1, y).judged_by(
        0
    ),
    "judged_by\\(fold\\)": lambda X, y: Utility(LOGISTIC, Dataset.from_arrays(X, y)).loss(range(9)),
    "judges has no row of fold 1": lambda X, y: Dataset.from_arrays(
        X, y, folds=np.arange(90) // 45, judges=np.arange(90) < 45
    ),
    "judges=0": lambda X, y: Dataset.from_arrays(X, y, judges=0),
    "judges=.* must be a number of rows, or a mask": lambda X, y: Dataset.from_arrays(
        X, y, judges=np.ones(90)
    ),
    "judges has 0 of 90 rows": lambda X, y: split_judges(y, "classification", np.zeros(90, bool)),
    "judges and test have all rows": lambda X, y: split_judges(
        y, "classification", np.arange(90) < 40, np.arange(90) >= 40
    ),
    "judges has 90 of 90 rows": lambda X, y: split_judges(y, "classification", np.ones(90, bool)),
    "independent=True is the paper's": lambda X, y: sample_contributions(
        Utility(LOGISTIC, Dataset.from_arrays(X, y)), independent=True
    ),
    "give the engine's name": lambda X, y: sample_contributions(
        Utility(LOGISTIC, Dataset.from_arrays(X, y)),
        engine=find_engine(Utility(LOGISTIC, Dataset.from_arrays(X, y, X + 1, y))),
    ),
}


@pytest.mark.parametrize("words", BAD)
def test_what_is_wrong_is_said(words: str) -> None:
    with pytest.raises(ValueError, match=words):
        BAD[words](*_classes())


def test_groups_and_times_of_a_table() -> None:
    y, groups = np.arange(60) % 2, np.arange(60) // 3
    split = split_folds(y, "classification", 4, groups=groups)
    side = np.full(60, -1)
    side[split.pool] = split.folds
    assert (pd.Series(side).groupby(groups).nunique() == 1).all() and 9 <= len(split.test) <= 15
    times = np.random.default_rng(0).permutation(60)
    split = split_folds(y, "classification", 4, times=times)
    assert times[split.test].min() > times[split.pool].max()
    assert (np.diff([times[split.pool][split.folds == fold].max() for fold in range(4)]) > 0).all()
    for wrong in (dict(groups=groups, times=times), dict()):
        with pytest.raises(ValueError, match="exclude each other|at least 10"):
            split_folds(y if wrong else y[:9], "classification", **wrong)


@pytest.fixture(scope="module")
def of_trees() -> tuple[Utility, list]:
    X, y = _classes(60)
    utility = Utility(
        DecisionTreeClassifier(max_depth=3, random_state=0), Dataset.from_arrays(X, y, folds=3)
    )
    return utility, sample_fold_utilities(utility, (8, 20), 120, random_state=0, progress=False)


def test_laws_of_judges_are_averaged(of_trees) -> None:
    parts = of_trees[1]
    laws = [Membership().fit(part).laws_ for part in parts]
    mean, k = mean_of_laws(laws), np.array([8.0, 13.0, 20.0])
    assert mean.points.tolist() == list(range(60)) and (mean.status == "ok").all()
    for row in (0, 31, 59):
        known = [one.take(np.flatnonzero(one.points == row)) for one in laws if row in one.points]
        assert len(known) == 2  # all folds but its own
        np.testing.assert_allclose(
            mean.contribution(k)[row],
            np.mean([one.contribution(k)[0] for one in known], 0),
            rtol=1e-9,
        )
        variance = np.sum([one.standard_error(13.0) ** 2 for one in known]) / 4
        np.testing.assert_allclose(mean.standard_error(13.0)[row], variance**0.5, rtol=1e-6)


def test_fits_of_judges_are_one_table(of_trees, tmp_path) -> None:
    utility, parts = of_trees
    joined = join_fits(parts)
    assert (
        len(joined) == 120 and joined.meta["fits"] == 120 and len(np.unique(joined.numbers)) == 120
    )
    np.testing.assert_array_equal(joined.membership().sum(1), joined.k)
    folds = np.repeat(np.arange(3), [len(part) for part in parts])
    for fold in range(3):
        assert not joined.membership()[folds == fold][:, utility.data.folds == fold].any()
    again = sample_fold_utilities(
        utility, (8, 20), 120, random_state=0, store=tmp_path / "s", progress=False
    )
    for one, other in zip(parts, again):
        np.testing.assert_array_equal(one.losses, other.losses)


def test_whole_fits_value_all_rows_in_one_call(of_trees) -> None:
    utility = of_trees[0]
    laws = fit_laws(
        utility.learner, utility.data, design="membership", sizes=(8, 20), fits=120, random_state=0
    )
    some = fit_laws(
        utility.learner, utility.data, points=[50, 3], sizes=(8, 20), fits=120, random_state=0
    )
    assert some.points.tolist() == [50, 3]
    np.testing.assert_array_equal(some.contribution(10), laws.contribution(10)[[50, 3]])
    with pytest.raises(ValueError, match="sample_fold_utilities"):
        sample_utilities(utility, (8, 20), 20)
    with pytest.raises(ValueError, match="sample_utilities samples its fits"):
        sample_fold_utilities(utility.judged_by(0), (8, 20), 20)


def test_the_report_asks_whether_judges_agree(tmp_path, monkeypatch) -> None:
    X, y = _classes(80)
    data = Dataset.from_arrays(X, y, folds=4, name="four folds")
    samples = sample_contributions(
        Utility(LOGISTIC, data), sizes=(8, 24), draws=24, random_state=0, progress=False
    )
    laws = PowerSeries().fit(samples).laws_
    run = report._Run(laws, samples, data, None, None, report._worth(laws, samples, 0.9), 0.9, 5)
    rank, chance = report._agreement_of_judges(run)
    assert -1 <= rank <= 1 and -1 <= chance <= 1
    judged = np.isnan(samples.delta)[:, data.folds == 0].all(1)
    assert judged.sum() == len(samples) / 4  # one draw in four is judged by the first fold
    monkeypatch.setattr(report, "html_picture", lambda *_, **__: report.Html(""))
    page = report.write_report(tmp_path / "report.html", laws, samples, data).read_text()
    assert "judged by every other fold" in page and "the rows of other folds" in page


@pytest.mark.parametrize("judges", [100, np.ones(40, bool)])
def test_judges_of_a_validation_set_are_not_chosen_in_silence(judges):
    X, y = np.random.default_rng(0).normal(size=(60, 2)), np.arange(60) % 2
    with pytest.raises(ValueError, match="judges=.* is for folds: of a validation set all rows"):
        Dataset.from_arrays(X[:40], y[:40], X[40:], y[40:], judges=judges)
    assert Dataset.from_arrays(X[:40], y[:40], X[40:], y[40:]).judges is None


def test_copies_that_judge_each_other_are_told():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    y = rng.integers(0, 2, 60)
    copied = np.repeat(X, 4, axis=0), np.repeat(y, 4)
    table = pd.DataFrame(copied[0]).add_prefix("x").assign(y=copied[1])
    says = r"\d+% of the rows have an equal row in another fold, which judges them"
    with pytest.warns(UserWarning, match=says):
        Dataset.from_arrays(*copied)
    with pytest.warns(UserWarning, match=says):
        prepared = prepare_columns(table, read_target(table, "y"), "classification")
        Dataset.from_prepared(prepared, split=split_folds(copied[1], "classification"))
    together = make_folds(copied[1], groups=np.repeat(np.arange(60), 4))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Dataset.from_arrays(X, y)
        Dataset.from_arrays(*copied, folds=together)
