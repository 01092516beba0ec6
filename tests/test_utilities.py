"""Whole fits: the design of their sets, and the same bits however they are run."""

import json
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time

import joblib
import numpy as np
import pandas as pd
import pytest
from conftest import make_arrays
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.tree import DecisionTreeClassifier

from scaling_values import (
    Dataset,
    StopWhen,
    Utilities,
    Utility,
    sample_contributions,
    sample_utilities,
)
from scaling_values.contributions import read_manifest
from scaling_values.metrics import Metric
from scaling_values.sampling import class_allocation
from scaling_values.utilities import _jitter, _PairPlan, _plan_pairs

ARGUMENTS = dict(sizes=(10, 60), fits=24, random_state=7)


@pytest.fixture(scope="module")
def tree(data):
    return Utility(DecisionTreeClassifier(max_depth=3), data)  # its seed is left open


@pytest.fixture(scope="module")
def reference(tree):
    return sample_utilities(tree, **ARGUMENTS)


def same(a: Utilities, b: Utilities) -> None:
    for name in (
        "members",
        "losses",
        "base_loss",
        "points",
        "pool_losses",
        "index",
        "y",
        "strata",
        "numbers",
    ):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    assert (a.n, a.sizes) == (b.n, b.sizes)


def some_plan(counts=(50, 30, 20), sizes=(10, 60), seed=0) -> _PairPlan:
    ends = np.cumsum(counts)
    return _PairPlan(
        seed, sizes, tuple(np.arange(end - count, end) for count, end in zip(counts, ends))
    )


# the design


@pytest.mark.parametrize("counts", [(100,), (50, 30, 20), (97, 2, 1), (40, 60)])
@pytest.mark.parametrize("sizes", [(12, 50), (30, 99), (55, 55)])
def test_sets_of_a_pair_are_apart_as_far_as_rows_last_and_mirror_their_counts(counts, sizes):
    plan, label = some_plan(counts, sizes), np.repeat(np.arange(len(counts)), counts)
    for pair in range(30):
        (first, _), (second, _) = plan.fit(2 * pair), plan.fit(2 * pair + 1)
        a, b = (np.bincount(label[rows], minlength=len(counts)) for rows in (first, second))
        own = class_allocation([plan.size(pair)], counts)[0]
        assert (
            len(np.unique(first))
            == len(first)
            == len(np.unique(second))
            == len(second)
            == plan.size(pair)
        )
        np.testing.assert_array_equal(a + b, 2 * own)
        assert (np.minimum(a, b) >= np.minimum(own, 1)).all() and (np.maximum(a, b) <= counts).all()
        shared = np.bincount(label[np.intersect1d(first, second)], minlength=len(counts))
        np.testing.assert_array_equal(shared, np.maximum(a + b - counts, 0))  # no more than must be


def test_at_half_of_the_pool_a_pair_is_a_set_and_its_complement():
    plan = some_plan((60, 40), (50, 50))
    for pair in range(10):
        np.testing.assert_array_equal(
            np.sort(np.concatenate([plan.fit(2 * pair)[0], plan.fit(2 * pair + 1)[0]])),
            np.arange(100),
        )


def test_sizes_of_any_beginning_fill_the_range_evenly():
    for seed in range(5):
        plan = some_plan((10_000,), (100, 1000), seed)
        place = np.log10([plan.size(pair) / 100 for pair in range(400)])
        for n in (8, 13, 50, 137, 400):
            gap = np.abs(np.sort(place[:n]) - (np.arange(n) + 0.5) / n).max()
            assert gap < 2 / n + 0.01
    assert {some_plan(sizes=(10, 10)).size(pair) for pair in range(5)} == {10}


def test_every_row_is_drawn_as_often_as_its_class_and_either_set_is_like_the_other():
    plan, present, label = some_plan(), np.zeros((2, 100)), np.repeat(np.arange(3), (50, 30, 20))
    expected = np.zeros(100)
    for number in range(3000):
        rows, _ = plan.fit(number)
        present[number % 2, rows] += 1
        expected += len(rows) / 200
    assert np.abs((present - expected) / np.sqrt(expected)).max() < 4.5
    assert np.abs(np.corrcoef(label, present.sum(0))[0, 1]) < 0.4


def test_jitter_is_half_the_deviation_of_a_draw_and_adds_up_to_nothing():
    rng, counts = np.random.default_rng(0), np.array([5000, 3000, 2000])
    own = class_allocation([600], counts)[0]
    e = np.array([_jitter(rng, own, counts) for _ in range(3000)])
    assert (e.sum(1) == 0).all()
    share = counts / counts.sum()
    sd = np.sqrt(600 * share * (1 - share) * (1 - 600 / 10_000)) / 2
    np.testing.assert_allclose(e.std(0), sd, rtol=0.1)
    assert (np.abs(e.mean(0)) < 0.4).all()
    for counts, own in (
        ([3, 1], [1, 0]),
        ([5, 1, 1], [5, 1, 0]),
        ([1000, 1, 1, 1], [500, 1, 1, 0]),
        ([4, 4], [2, 2]),
    ):
        for _ in range(50):
            e = _jitter(rng, np.array(own), np.array(counts))
            for each in (own + e, own - e):
                assert (
                    e.sum() == 0 and (each >= np.minimum(own, 1)).all() and (each <= counts).all()
                )


def test_a_fit_alone_is_the_fit_in_a_run(tree, reference):
    plan = _plan_pairs(tree, (10, 60), np.arange(120), True, 7)
    masks = reference.membership()
    for i in (17, 0, 5):
        rows, seed = plan.fit(i)
        np.testing.assert_array_equal(np.flatnonzero(masks[i]), rows)
        assert reference.base_loss[i] == tree.loss(rows, seed)
        on_val, on_pool = tree.row_losses(tree.fit(rows, tree.learners(rows, seed).base))
        np.testing.assert_array_equal(reference.losses[i], on_val.astype(np.float32))
        np.testing.assert_array_equal(reference.pool_losses[i], on_pool.astype(np.float32))
    assert len({plan.fit(i)[1] for i in range(24)}) == 24  # a seed of its own for each


def test_all_rows_but_one_can_be_drawn_and_what_cannot_is_said(tree):
    fits = sample_utilities(tree, (119, 119), 4, random_state=0)
    assert (fits.membership().sum(1) == 119).all()
    with pytest.raises(
        ValueError, match=r"sizes=\(10, 120\): the pool has 120 rows, so the largest .* has 119"
    ):
        sample_utilities(tree, (10, 120))
    with pytest.raises(
        ValueError,
        match=r"sizes=\(1, 50\): a class-proportional set of 1 rows has none of the class",
    ):
        sample_utilities(tree, (1, 50))
    with pytest.raises(ValueError, match="pool has no row of the class 1"):
        sample_utilities(tree, (2, 5), pool=np.flatnonzero(tree.data.y_train == 0))
    with pytest.raises(ValueError, match="fits=1 is too few"):
        sample_utilities(tree, fits=1)
    with pytest.raises(ValueError, match="utility must be a Utility"):
        sample_utilities(tree.data)


# the same bits


@pytest.mark.parametrize("block_size", [1, 5, 100])
def test_blocks_change_nothing(tree, reference, block_size):
    same(sample_utilities(tree, **ARGUMENTS, block_size=block_size), reference)


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_workers_change_nothing(tree, reference, backend):
    with joblib.parallel_config(backend, n_jobs=2):
        same(sample_utilities(tree, **ARGUMENTS, block_size=3), reference)


def test_more_fits_begin_with_the_fewer_and_continue_their_store(tree, reference, tmp_path):
    longer = sample_utilities(tree, **(ARGUMENTS | dict(fits=31)))
    same(longer.take(range(24)), reference)
    same(sample_utilities(tree, **ARGUMENTS, store=tmp_path), reference)
    before = {file.name for file in tmp_path.glob("fits-*")}
    same(sample_utilities(tree, (10, 60), 31, store=tmp_path), longer)  # with the store's own seed
    assert before < {file.name for file in tmp_path.glob("fits-*")}
    same(sample_utilities(tree, (10, 60), 24, store=tmp_path), reference)


KILLED = """
    import signal, sys
    from pathlib import Path
    sys.path.insert(0, {tests!r})
    from conftest import make_arrays
    from sklearn.tree import DecisionTreeClassifier
    from scaling_values import Dataset, Utility, sample_utilities

    row_losses = Utility.row_losses

    def stuck(self, *arguments):
        "The utility's own work; once two blocks are there, it waits to be killed."
        while len(list(Path({store!r}).glob("fits-*.npz"))) == 2: signal.pause()
        return row_losses(self, *arguments)

    Utility.row_losses = stuck
    arrays = make_arrays(120), make_arrays(60, seed=1), make_arrays(60, seed=2)
    data = Dataset.from_arrays(*sum(arrays, ()), name="small")
    utility = Utility(DecisionTreeClassifier(max_depth=3), data)
    sample_utilities(utility, (10, 60), 24, random_state=7, store={store!r}, block_size=4)
"""


def test_a_killed_run_continues_where_it_was(tree, reference, tmp_path):
    store = tmp_path / "run"
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(KILLED.format(tests=os.path.dirname(__file__), store=str(store))),
        ]
    )
    deadline = time.time() + 600
    while (
        len(list(store.glob("fits-*.npz"))) < 2
        and time.time() < deadline
        and process.poll() is None
    ):
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    blocks = {file.name: file.stat().st_mtime_ns for file in store.glob("fits-*.npz")}
    assert len(blocks) == 2  # of six
    same(sample_utilities(tree, **ARGUMENTS, store=store, block_size=5, n_jobs=2), reference)
    assert (
        blocks.items()
        <= {file.name: file.stat().st_mtime_ns for file in store.glob("fits-*.npz")}.items()
    )


def test_a_store_is_of_one_run(tree, data, tmp_path):
    sample_utilities(tree, **ARGUMENTS, store=tmp_path)
    for utility, change, match in (
        (Utility(DecisionTreeClassifier(max_depth=4), data), {}, "learner was"),
        (Utility(DecisionTreeClassifier(max_depth=3), data, "error_rate"), {}, "metric was"),
        (tree, dict(random_state=8), "seed was 7"),
        (tree, dict(sizes=(10, 50)), "sizes was"),
        (tree, dict(stratify=False), "stratify was|pool was"),
        (tree, dict(pool=range(100)), "pool was"),
        (tree, dict(store_key="mine"), "store_key was"),
    ):
        with pytest.raises(ValueError, match=f"belongs to another run: .*({match})"):
            sample_utilities(utility, **(ARGUMENTS | change), store=tmp_path)


def test_stores_of_fits_and_of_contributions_are_told_apart(tree, utility, tmp_path):
    sample_utilities(tree, **ARGUMENTS, store=tmp_path / "fits")
    assert read_manifest(tmp_path / "fits")["protocol"] == "utilities"
    with pytest.raises(
        ValueError, match="another run: it holds utilities, which sample_utilities continues"
    ):
        sample_contributions(tree, range(3), (10, 60), 2, store=tmp_path / "fits")
    sample_contributions(
        utility, range(3), (10, 60), 2, random_state=0, engine="refit", store=tmp_path / "draws"
    )
    with pytest.raises(
        ValueError,
        match="another run: it holds contributions, which sample_contributions continues",
    ):
        sample_utilities(utility, **ARGUMENTS, store=tmp_path / "draws")


def test_a_damaged_block_is_noticed(tree, reference, tmp_path):
    sample_utilities(tree, **ARGUMENTS, store=tmp_path)
    block = sorted(tmp_path.glob("fits-*.npz"))[1]
    content = bytearray(block.read_bytes())
    content[len(content) // 2] ^= 1
    block.write_bytes(content)
    with pytest.raises(ValueError, match=f"{block.name} is damaged .*delete it"):
        sample_utilities(tree, **ARGUMENTS, store=tmp_path)
    block.unlink()
    same(sample_utilities(tree, **ARGUMENTS, store=tmp_path), reference)


# fits that fail


class Fussy(ClassifierMixin, BaseEstimator):
    """Fails where it has seen one row, or knows nothing of a set."""

    def __init__(self, row=0, how="raises"):
        self.row, self.how = row, how

    def fit(self, X, y):
        self.classes_, self.share_ = np.unique(y, return_counts=True)
        self.bad_ = (X[:, 0] == self.row).any()
        if self.bad_ and self.how == "raises":
            raise RuntimeError("a row that I cannot bear")
        if self.bad_ and self.how == "exits":
            raise SystemExit(3)
        return self

    def predict_proba(self, X):
        proba = np.tile(self.share_ / self.share_.sum(), (len(X), 1))
        return proba * np.nan if self.bad_ and self.how == "nan" else proba


@pytest.mark.parametrize("how", ["raises", "exits", "nan"])
def test_fits_that_fail_are_left_out_and_counted(data, how, tmp_path):
    utility = Utility(Fussy(data.X_train[3, 0], how), data)
    arguments = dict(sizes=(10, 40), fits=40, random_state=0)
    with pytest.warns(
        UserWarning, match=r"% of the fits failed and are left out, the first on \d+ rows: "
    ):
        fits = sample_utilities(utility, **arguments)
    assert 0 < fits.meta["failed"] == 40 - len(fits) < 20 and not fits.membership([3]).any()
    assert (
        dict(raises="cannot bear", exits="SystemExit: 3", nan="predict_proba returned nan")[how]
        in fits.meta["failure"]
    )
    missing = np.setdiff1d(np.arange(40), fits.numbers)
    plan = _plan_pairs(utility, (10, 40), np.arange(120), True, 0)
    assert all(3 in plan.fit(int(i))[0] for i in missing) and len(missing) == fits.meta["failed"]
    for change in (
        dict(block_size=1),
        dict(block_size=7, store=tmp_path / "run"),
        dict(store=tmp_path / "run"),
    ):
        with pytest.warns(UserWarning, match="failed"):
            again = sample_utilities(utility, **arguments, **change)
        same(again, fits)
        assert (
            again.meta["failure"] == fits.meta["failure"]
            and again.meta["failed"] == fits.meta["failed"]
        )
    one, other = fits.halves()
    assert not set(one.numbers // 2) & set(other.numbers // 2)


class Hopeless(Fussy):
    fitted = 0

    def fit(self, X, y):
        Hopeless.fitted += 1
        raise ValueError("I never learn")


@pytest.mark.parametrize("fits", [6, 400])
def test_a_learner_that_mostly_fails_ends_the_run_early(data, fits):
    Hopeless.fitted = 0
    said = r"Hopeless\(\) failed at (6 of the first 6|20 of the first 20) fits, "
    with pytest.raises(ValueError, match=said + r"the first on \d+ rows: I never learn; change"):
        sample_utilities(Utility(Hopeless(), data), (10, 40), fits, random_state=0)
    assert Hopeless.fitted < 60


def test_losses_that_single_precision_cannot_hold_are_failures():
    X, _ = make_arrays(40)
    with pytest.raises(ValueError, match="squared_error is inf for"):
        sample_utilities(
            Utility(
                Ridge(),
                Dataset.from_arrays(
                    X, X[:, 0] * 1e25, X[:20] + 1, X[:20, 0] * 1e25, target="regression"
                ),
            ),
            (5, 10),
            8,
            random_state=0,
        )


# kinds of learners, data and metrics


def test_sets_of_one_class(data):
    fits = sample_utilities(
        Utility(LogisticRegression(), data), (1, 6), 40, stratify=False, random_state=0
    )
    assert len(fits) == 40 and fits.k.min() == 1 and not fits.strata.any()


def test_two_responses():
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(90, 3)), rng.normal(size=(90, 2))
    utility = Utility(
        Ridge(), Dataset.from_arrays(X[:60], Y[:60], X[60:], Y[60:], target="regression")
    )
    fits = sample_utilities(utility, fits=20, random_state=0)
    assert (
        fits.losses.shape == (20, 30)
        and fits.pool_losses.shape == (20, 60)
        and fits.y.shape == (60, 2)
        and not fits.strata.any()
    )
    rows = np.flatnonzero(fits.membership()[4])
    model = Ridge().fit(X[rows], Y[rows])
    np.testing.assert_allclose(
        fits.pool_losses[4], ((model.predict(X[:60]) - Y[:60]) ** 2).mean(1), rtol=1e-5
    )
    np.testing.assert_allclose(fits.base_loss, fits.losses.mean(1), rtol=1e-5)


def test_frames_with_categories_and_gaps():
    from sklearn.ensemble import HistGradientBoostingClassifier

    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"a": rng.normal(size=60), "b": pd.Categorical(rng.choice(["x", "y"], 60))},
        index=[f"r{i}" for i in range(60)],
    )
    frame.iloc[:12:7, 0] = np.nan
    y = rng.choice(["no", "yes"], 60)
    data = Dataset.from_arrays(frame[:40], y[:40], frame[40:], y[40:])
    fits = sample_utilities(
        Utility(
            HistGradientBoostingClassifier(max_iter=2, categorical_features="from_dtype"), data
        ),
        (10, 20),
        4,
        pool=[5, 9, *range(12, 40)],
        random_state=0,
    )
    assert (
        fits.index[:2].tolist() == ["r5", "r9"]
        and fits.pool_losses.shape == (4, 30)
        and fits.n == 40
        and set(fits.strata) == {0, 1}
    )
    assert not fits.membership([0, 1, 6]).any() and (fits.membership().sum(1) == fits.k).all()
    np.testing.assert_array_equal(data.classes[fits.strata], fits.y)


def test_a_metric_that_is_no_mean_over_rows(data, tree, tmp_path):
    fits = sample_utilities(
        Utility(LogisticRegression(), data, "roc_auc"), **ARGUMENTS, store=tmp_path
    )
    assert fits.losses.shape == (24, 1) and fits.pool_losses is None
    np.testing.assert_array_equal(fits.losses[:, 0], fits.base_loss.astype(np.float32))
    fits.save(tmp_path / "fits.npz")
    assert (
        Utilities.load(tmp_path / "fits.npz").pool_losses is None
        and fits.take([0]).pool_losses is None
    )


def test_initialisations_are_averaged(data):
    utility = Utility(DecisionTreeClassifier(max_depth=3, splitter="random"), data, n_init=3)
    fits = sample_utilities(utility, **(ARGUMENTS | dict(fits=4)))
    plan = _plan_pairs(utility, (10, 60), np.arange(120), True, 7)
    np.testing.assert_allclose(
        fits.base_loss, [utility.loss(*plan.fit(i)) for i in range(4)], rtol=1e-12
    )


def test_learners_that_roll_dice_of_their_own_repeat(data):
    class Dice(Fussy):
        def predict_proba(self, X):
            return np.random.dirichlet([1.0, 1.0], len(X))

    one, other = (
        sample_utilities(Utility(Dice(), data), **ARGUMENTS, block_size=size) for size in (1, 4)
    )
    same(one, other)


def test_unconverged_fits_are_counted_and_said(data):
    with pytest.warns(UserWarning, match="% of the fits stopped at the learner's iteration limit"):
        fits = sample_utilities(
            Utility(LogisticRegression(max_iter=1), data), (10, 60), 4, random_state=0
        )
    assert fits.meta["unconverged"] == 4


# when to stop


def test_seconds_end_a_run_with_whole_pairs(tree, reference):
    fits = sample_utilities(tree, **ARGUMENTS, stop=StopWhen(seconds=1e-9), block_size=1)
    assert fits.meta["stopped_by"] == "seconds" and len(fits) == 2
    same(fits, reference.take([0, 1]))
    assert (
        sample_utilities(tree, **ARGUMENTS, stop=StopWhen(seconds=1e9)).meta["stopped_by"] == "fits"
    )


@pytest.mark.parametrize(
    "stop", [StopWhen(standard_error=0.1), StopWhen(rank_correlation=0.9, seconds=5), "soon"]
)
def test_other_targets_are_refused(tree, stop):
    with pytest.raises(ValueError, match="stop=.*StopWhen"):
        sample_utilities(tree, **ARGUMENTS, stop=stop)


# what is kept


def test_default_number_of_fits(data):
    small = Dataset.from_arrays(
        data.X_train[:80], data.y_train[:80], data.X_val[:5], data.y_val[:5]
    )
    for pool, expected in ((None, 320), (range(50), 300)):
        fits = sample_utilities(
            Utility(Fussy(1e9), small), sizes=(5, 20), pool=pool, random_state=0
        )
        assert len(fits) == expected == fits.meta["fits"]


def test_membership_and_sizes(reference):
    masks = reference.membership()
    np.testing.assert_array_equal(
        masks, np.unpackbits(reference.members, axis=1, count=120).astype(bool)
    )
    np.testing.assert_array_equal(reference.membership([7, 3]), masks[:, [7, 3]])
    np.testing.assert_array_equal(reference.k, masks.sum(1))
    assert len(reference) == 24
    assert repr(reference) == (
        "Utilities(24 fits, 120 points, sizes 10 to 60, 60 validation losses, losses on the pool)"
    )


def test_halves_keep_pairs_together(reference):
    for seed in range(3):
        one, other = reference.halves(seed)
        assert len(one) == len(other) == 12 and not set(one.numbers // 2) & set(other.numbers // 2)
        np.testing.assert_array_equal(one.losses, reference.losses[one.numbers])
    with pytest.raises(ValueError, match="at least 2 pairs are needed"):
        reference.take([0, 1]).halves()


@pytest.mark.parametrize("fits", [[3, 1], np.arange(24) % 2 == 0])
def test_taking_some_fits(reference, fits):
    np.testing.assert_array_equal(reference.take(fits).members, reference.members[fits])


@pytest.mark.parametrize("fits", [[24], [0.5], [True, False], ["a"]])
def test_fits_that_are_not_there_cannot_be_taken(reference, fits):
    with pytest.raises(ValueError, match="fits=.* must be places, 0 to 23, or a mask of 24 fits"):
        reference.take(fits)


def test_rows_of_a_metric_are_part_of_what_a_store_knows(data, tmp_path):
    def error(predicted, y):
        return float((predicted != y).mean())

    one, other = (
        Utility(
            DecisionTreeClassifier(max_depth=3),
            data,
            Metric("mine", "predict", "classification", error, rows),
        )
        for rows in (lambda p, y: 1.0 * (p != y), None)
    )
    sample_utilities(one, **ARGUMENTS, store=tmp_path)
    with pytest.raises(ValueError, match="another run: metric was"):
        sample_utilities(other, **ARGUMENTS, store=tmp_path)


def test_files_give_back_everything_and_notice_a_flipped_byte(reference, tmp_path):
    reference.save(path := tmp_path / "fits.npz")
    again = Utilities.load(path)
    same(again, reference)
    assert again.meta == reference.meta and json.dumps(again.meta)
    same(pickle.loads(pickle.dumps(reference)), reference)
    content = bytearray(path.read_bytes())
    for place in range(len(content) // 10, len(content), len(content) // 10):
        changed = content.copy()
        changed[place] ^= 1
        path.write_bytes(changed)
        try:
            same(Utilities.load(path), reference)  # a byte that says nothing, such as a date
        except ValueError as error:
            assert str(path) in str(error)
    with pytest.raises(ValueError, match="is not a file of contributions"):
        from scaling_values import Contributions

        path.write_bytes(content)
        Contributions.load(path)


@pytest.mark.parametrize(
    "change, match",
    [
        (
            dict(members=np.zeros((24, 14), np.uint8)),
            r"members has shape \(24, 14\): .*must be \(24, 15\)",
        ),
        (dict(losses=np.zeros(24)), "losses has shape"),
        (dict(pool_losses=np.zeros((24, 3))), "pool_losses has shape"),
        (dict(base_loss=[1.0]), "base_loss has shape"),
        (dict(numbers=np.zeros(24, int)), "numbers holds a fit more than once"),
        (dict(losses=np.full((24, 1), np.nan)), "losses holds NaN"),
        (dict(points=np.arange(1, 121)), "points must be rows of the pool, 0 to 119"),
        (dict(strata=[0]), "strata has shape"),
    ],
)
def test_shapes_are_checked(reference, change, match):
    fields = {
        name: getattr(reference, name)
        for name in ("members", "losses", "base_loss", "points", "n", "pool_losses", "numbers")
    }
    with pytest.raises(ValueError, match=match):
        Utilities(**(fields | change))


def test_optional_fields_have_defaults(reference):
    fits = Utilities(
        reference.members, reference.losses, reference.base_loss, reference.points, 120
    )
    assert (
        fits.pool_losses is None
        and fits.y is None
        and fits.numbers.tolist() == list(range(24))
        and fits.sizes == (fits.k.min(), fits.k.max())
    )


# training functions


def training(data, bad=None, scale=1.0):
    def train(rows, seed):
        if bad in rows:
            raise RuntimeError("a row that I cannot bear")
        model = DecisionTreeClassifier(max_depth=3, random_state=seed).fit(
            data.X_train[rows], data.y_train[rows]
        )
        return scale * (model.predict(data.X_val) != data.y_val), scale * (
            model.predict(data.X_train) != data.y_train
        )

    return train


def test_a_training_function_is_the_learner_that_it_trains(data, tmp_path):
    own = Utility.from_function(training(data), 120, y=data.y_train, index=data.index)
    fits, its = (
        sample_utilities(each, **ARGUMENTS)
        for each in (own, Utility(DecisionTreeClassifier(max_depth=3), data, "error_rate"))
    )
    for each in (
        fits,
        sample_utilities(own, **ARGUMENTS, n_jobs=2),
        sample_utilities(own, **ARGUMENTS, store=tmp_path),
        sample_utilities(own, **ARGUMENTS, store=tmp_path),
    ):
        same(each, its)
    with pytest.raises(ValueError, match="belongs to another run: .*learner was"):
        sample_utilities(
            Utility.from_function(training(data, scale=2.0), 120, y=data.y_train),
            **ARGUMENTS,
            store=tmp_path,
        )


def test_a_training_function_without_classes_and_without_pool_losses(data):
    own = Utility.from_function(lambda rows, seed: np.full(7, 1 / len(rows)), 50, name="mine")
    fits = sample_utilities(own, (5, 25), 30, pool=range(10, 50), random_state=0)
    assert (
        fits.y is None
        and fits.pool_losses is None
        and fits.losses.shape == (30, 7)
        and not fits.strata.any()
    )
    np.testing.assert_allclose(fits.base_loss, 1 / fits.k)


def test_failures_of_a_training_function_are_those_of_a_learner(data):
    own = Utility.from_function(training(data, bad=3), 120, y=data.y_train)
    with pytest.warns(UserWarning, match="RuntimeError: a row that I cannot bear"):
        fits = sample_utilities(own, (10, 40), 40, random_state=0)
    assert 0 < fits.meta["failed"] == 40 - len(fits) and not fits.membership([3]).any()


@pytest.mark.parametrize("block_size", [1, 3])
@pytest.mark.parametrize(
    "answer, match",
    [
        (
            lambda rows, seed: np.zeros((2, 2)),
            r"train returned losses of validation rows of shape \(2, 2\)",
        ),
        (
            lambda rows, seed: np.zeros(len(rows)),
            "train returned .* for one set and .* for another",
        ),
        (
            lambda rows, seed: np.zeros(3) if 7 in rows else (np.zeros(3), np.zeros(120)),
            "train returned .* for one set and .* for another",
        ),
    ],
)
def test_answers_of_a_wrong_form_end_the_run_at_once(answer, match, block_size):
    calls = []
    with pytest.raises(ValueError, match=match):
        sample_utilities(
            Utility.from_function(lambda rows, seed: (calls.append(1), answer(rows, seed))[1], 120),
            (10, 60),
            300,
            random_state=0,
            block_size=block_size,
        )
    assert len(calls) < 30


def test_workers_compare_their_fits():
    """Each worker knows only its own fits."""
    own = Utility.from_function(lambda rows, seed: np.zeros(3 + (len(rows) > 20)), 120)
    with pytest.raises(
        ValueError, match="train returned|gave losses of shapes .* for one fit and .* for another"
    ):
        sample_utilities(own, (15, 25), 20, random_state=0, n_jobs=2, block_size=1)


def test_a_training_function_that_cannot_be_recognised_is_vouched_for(data, tmp_path):
    own = Utility.from_function(
        lambda rows, seed, lines=(line for line in "ab"): training(data)(rows, seed),
        120,
        y=data.y_train,
    )
    with pytest.raises(ValueError, match="store_key='...'"):
        sample_utilities(own, **ARGUMENTS, store=tmp_path)
    fits = sample_utilities(own, **ARGUMENTS, store=tmp_path, store_key="May")
    same(sample_utilities(own, **ARGUMENTS, store=tmp_path, store_key="May"), fits)
