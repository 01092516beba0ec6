"""Rule 2: the same bits with any workers, blocks and interruptions; and the promised designs."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
import warnings

import joblib
import numpy as np
import pytest
from conftest import make_arrays
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import make_scorer

from scaling_values import (
    Dataset,
    StopWhen,
    Utility,
    find_engine,
    fit_laws,
    sample_contributions,
    sample_utilities,
)
from scaling_values.engines import LogisticEngine
from scaling_values.sampling import (
    _estimate,
    _Work,
    _Workers,
    class_allocation,
    default_sizes,
    design_sizes,
    plan_draws,
)
from scaling_values.support import object_identity

X, Y = make_arrays(200)
XV, YV = make_arrays(60, seed=1)

ARGUMENTS = dict(points=range(15), sizes=(10, 60), draws=12, random_state=7)
# stops at the first look, long before the last block
STOPPED = ARGUMENTS | dict(draws=400, block_size=1, stop=StopWhen(standard_error=1e9))


def same(a, b) -> None:
    for name in ("k", "delta", "base_loss", "status", "points", "stratum", "absence"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


@pytest.fixture(scope="module")
def reference(utility):
    return sample_contributions(utility, **ARGUMENTS)


@pytest.mark.parametrize("block_size", [1, 5, 100])
def test_blocks_change_nothing(utility, reference, block_size):
    same(sample_contributions(utility, **ARGUMENTS, block_size=block_size), reference)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("block_size", [None, 1, 5])
def test_workers_change_nothing(utility, reference, n_jobs, block_size):
    same(
        sample_contributions(utility, **ARGUMENTS, n_jobs=n_jobs, block_size=block_size), reference
    )


def test_parallel_config_chooses_the_backend(utility, reference):
    with joblib.parallel_config("threading", n_jobs=2):
        same(sample_contributions(utility, **ARGUMENTS), reference)


def test_independent_draws_do_not_depend_on_workers_or_on_the_other_points(utility):
    one = sample_contributions(utility, **ARGUMENTS, independent=True)
    same(sample_contributions(utility, **ARGUMENTS, independent=True, n_jobs=2, block_size=3), one)
    few = sample_contributions(utility, **(ARGUMENTS | dict(points=[3, 11])), independent=True)
    np.testing.assert_array_equal(few.delta, one.delta[:, [3, 11]])
    assert one.k.shape == one.delta.shape == one.base_loss.shape and not np.isnan(one.delta).any()
    assert (one.absence_probability() == 1).all()


def test_a_longer_run_begins_with_the_shorter_one(utility, reference, tmp_path):
    longer = sample_contributions(utility, **(ARGUMENTS | dict(draws=20)), store=tmp_path / "run")
    same(longer.take(range(12)), reference)
    same(
        sample_contributions(
            utility, **(ARGUMENTS | dict(random_state=None)), store=tmp_path / "run"
        ),
        reference,
    )


KILLED = """
    import signal, sys
    from pathlib import Path
    sys.path.insert(0, {tests!r})
    from conftest import make_arrays
    from sklearn.linear_model import LogisticRegression
    from scaling_values import Dataset, Utility, sample_contributions
    from scaling_values.engines.logistic import LogisticEngine

    contributions = LogisticEngine.contributions

    def stuck(self, D, points, seed=0):
        "The engine's own work; once two blocks are there, it waits to be killed."
        while len(list(Path({store!r}).glob("draws-*.npz"))) == 2: signal.pause()
        return contributions(self, D, points, seed)

    LogisticEngine.contributions = stuck  # a class of one's own would be another engine

    arrays = [*make_arrays(120), *make_arrays(60, seed=1), *make_arrays(60, seed=2)]
    data = Dataset.from_arrays(*arrays, name="small")
    utility = Utility(LogisticRegression(solver="newton-cholesky", tol=1e-10), data, "log_loss")
    settings = dict(random_state=7, store={store!r}, block_size=2)
    sample_contributions(utility, range(15), (10, 60), 12, **settings)
"""


def test_a_killed_run_continues_where_it_was(utility, reference, tmp_path):
    store = tmp_path / "run"
    script = textwrap.dedent(KILLED.format(tests=os.path.dirname(__file__), store=str(store)))
    process = subprocess.Popen([sys.executable, "-c", script])
    deadline = time.time() + 600
    while (
        len(list(store.glob("draws-*.npz"))) < 2
        and time.time() < deadline
        and process.poll() is None
    ):
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    blocks = {file.name: file.stat().st_mtime_ns for file in store.glob("draws-*.npz")}
    assert len(blocks) == 2  # of six
    same(sample_contributions(utility, **ARGUMENTS, store=store, block_size=5, n_jobs=2), reference)
    assert (
        blocks.items()
        <= {file.name: file.stat().st_mtime_ns for file in store.glob("draws-*.npz")}.items()
    )  # what was there was kept


def test_preceding_sets_are_class_proportional_and_leave_points_out_as_often_as_stated(utility):
    points = np.arange(120)
    plan = plan_draws(utility, points, (20, 60), seed=0)
    y, counts = utility.data.y_train, np.bincount(utility.data.y_train)
    present, expected = np.zeros(120), np.zeros(120)
    for i in range(2000):
        k, D, _ = plan.preceding_set(i)
        assert len(D) == k == len(np.unique(D)) and 20 <= k <= 60
        drawn = np.bincount(y[D])
        assert np.abs(drawn - k * counts / 120).max() < 1
        present[D] += 1
        expected += drawn[y] / counts[y]
    z = (present - expected) / np.sqrt(expected * (1 - expected / 2000))
    assert np.abs(z).max() < 4.5 and abs(z.std() - 1) < 0.2


def test_allocations_add_up_and_are_within_one_of_proportional():
    rng = np.random.default_rng(0)
    for _ in range(200):
        counts = rng.integers(1, 500, rng.integers(1, 8))
        sizes = np.unique(rng.integers(1, counts.sum() + 1, 20))
        allocation = class_allocation(sizes, counts)
        assert (
            (allocation.sum(1) == sizes).all()
            and (allocation <= counts).all()
            and (allocation >= 0).all()
        )
        assert (np.abs(allocation - sizes[:, None] * counts / counts.sum()) < 1).all()


def test_grid_draws_every_size_equally_often(utility):
    samples = sample_contributions(
        utility, range(3), (10, 60), draws=3, design="grid", n_sizes=4, random_state=0
    )
    sizes, counts = np.unique(samples.k, return_counts=True)
    np.testing.assert_array_equal(sizes, design_sizes("grid", (10, 60), 4))
    assert (counts == 3).all()


def test_a_pool_restricts_preceding_sets(utility):
    pool = np.arange(60, 120)
    samples = sample_contributions(
        utility, [0, 1, 60, 61], (10, 40), draws=20, pool=pool, random_state=0
    )
    assert not np.isnan(samples.delta[:, :2]).any() and np.isnan(samples.delta[:, 2:]).any()
    probability = samples.absence_probability()
    assert (probability[:, :2] == 1).all() and (probability[:, 2:] < 1).all()


def test_missing_entries_are_those_that_the_draw_contains(utility, reference):
    plan = plan_draws(utility, np.arange(15), (10, 60), seed=7)
    for i in range(12):
        k, D, _ = plan.preceding_set(i)
        assert k == reference.k[i]
        np.testing.assert_array_equal(np.isnan(reference.delta[i]), np.isin(np.arange(15), D))


def test_regression_draws_from_the_whole_pool():
    X, _ = make_arrays(80)
    data = Dataset.from_arrays(
        X, X @ [1.0, 2, 3, 4], X[:30] + 0.1, X[:30] @ [1.0, 2, 3, 4], target="regression"
    )
    samples = sample_contributions(
        Utility(Ridge(), data), range(80), (5, 79), draws=10, random_state=0
    )
    np.testing.assert_allclose(samples.absence_probability(), 1 - samples.sizes / 80)


def test_unconverged_fits_are_counted_and_said(data):
    with pytest.warns(UserWarning, match="raise max_iter"):
        samples = sample_contributions(
            Utility(LogisticRegression(max_iter=1), data),
            range(5),
            (10, 60),
            draws=3,
            random_state=0,
            engine="refit",
        )
    counts = samples.status_counts()
    assert counts["unconverged"] == (~np.isnan(samples.delta)).sum() and counts["refitted"] == 0


def test_threads_are_put_back(utility):
    import torch

    before = torch.get_num_threads()
    sample_contributions(utility, **ARGUMENTS)
    assert torch.get_num_threads() == before


def test_threads_that_overlap_put_them_back_too(utility):
    from threadpoolctl import threadpool_info, threadpool_limits

    def threads():
        return [
            library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"
        ]

    with threadpool_limits(limits=2):
        before = threads()
        for _ in range(4):
            with joblib.parallel_config("threading", n_jobs=4):
                sample_contributions(utility, **ARGUMENTS, block_size=1)
            assert threads() == before
        there = set(threading.enumerate())
        with joblib.parallel_config("threading", n_jobs=4):
            sample_contributions(utility, **STOPPED)
        for thread in set(threading.enumerate()) - there:
            thread.join(60)  # blocks that the run does not wait for any more
        assert threads() == before


@pytest.mark.parametrize("backend", ["loky", "threading"])
@pytest.mark.parametrize("stopped", [True, False])
def test_a_run_that_stops_early_gives_no_advice(stopped, backend, utility, monkeypatch):
    """joblib warns of cancelled blocks; a run that stops early on purpose must not warn."""
    arguments, say, asked = (
        STOPPED if stopped else ARGUMENTS | dict(block_size=1),
        _Workers._warn_exit_early,
        [],
    )
    monkeypatch.setattr(_Workers, "_warn_exit_early", lambda self: (asked.append(1), say(self)))
    with joblib.parallel_config(backend, n_jobs=2), warnings.catch_warnings():
        warnings.simplefilter("error")
        samples = sample_contributions(utility, **arguments)
    assert samples.meta["stopped_by"] == ("standard_error" if stopped else "draws")
    assert asked == [1] * stopped  # a run that needs all blocks is not cut short


def above(threshold, inner=None):
    return lambda model, X, y: (
        float(((model.predict_proba(X)[:, 1] > threshold) == y).mean()) + (inner(0) if inner else 0)
    )


def with_option(b):
    def function(model, X, y, *, b=b):
        return b

    return function


def unfinished():
    def function(model, X, y):
        return later

    if function is None:
        later = 1
    return function


def test_functions_are_told_apart_by_what_they_took_along():
    assert object_identity(above(0.5)) == object_identity(above(0.5)) != object_identity(above(0.9))
    assert object_identity(above(0.5, lambda z: 1)) != object_identity(above(0.5, lambda z: 2))
    assert (
        object_identity(with_option(1))
        == object_identity(with_option(1))
        != object_identity(with_option(2))
    )
    assert object_identity(unfinished()) == object_identity(unfinished())
    assert object_identity(LogisticRegression()) == object_identity(
        LogisticRegression()
    ) and " " not in object_identity(LogisticRegression())


def test_a_store_refuses_a_metric_with_another_closure(data, tmp_path):
    sample_contributions(
        Utility(LogisticRegression(), data, above(0.5)), **ARGUMENTS, store=tmp_path / "run"
    )
    with pytest.raises(ValueError, match="belongs to another run: metric was"):
        sample_contributions(
            Utility(LogisticRegression(), data, above(0.9)), **ARGUMENTS, store=tmp_path / "run"
        )


def test_an_engine_of_another_utility_is_refused(utility, data):
    other = Utility(LogisticRegression(C=0.01), data)
    with pytest.raises(
        ValueError,
        match=r"engine=LogisticEngine was made for another utility, .*C=0.01.*or pass its name",
    ):
        sample_contributions(utility, **ARGUMENTS, engine=LogisticEngine(other))
    assert find_engine(other, engine := LogisticEngine(other)) is engine


def test_default_sizes_can_be_drawn():
    rng, drawn = np.random.default_rng(0), 0
    for _ in range(300):
        counts = rng.integers(2, rng.choice([4, 8, 30]), rng.integers(2, 7))
        y = np.repeat(np.arange(len(counts)), counts)
        X = np.zeros((len(y), 1))
        data = Dataset.from_arrays(X, y, X[: len(counts)], np.arange(len(counts)))
        try:
            sizes = default_sizes(data)
        except ValueError:
            continue
        plan_draws(Utility(LogisticRegression(), data), np.arange(len(y)), sizes)
        drawn += 1
    assert drawn > 200


def test_the_price_of_independent_draws_counts_a_base_model_a_point(utility):
    class Priced(LogisticEngine):
        def seconds(self, D, n_points):
            return 1 + 0.01 * n_points  # the base model, and its points

    points, engine = np.arange(15), Priced(utility)
    plan = plan_draws(utility, points, (10, 60))
    assert _estimate(_Work(engine, plan, points, False)) == pytest.approx(1.15)
    assert _estimate(_Work(engine, plan, points, True)) == pytest.approx(15.15)


def test_seconds_may_be_any_real_number():
    assert (
        StopWhen(seconds=np.int64(5)).seconds == 5
        and StopWhen(standard_error=np.float32(0.5)).standard_error == 0.5
    )
    for wrong in ("5", -1, 1j):
        with pytest.raises(ValueError, match="must be a number above 0"):
            StopWhen(seconds=wrong)


class Judge:
    """A scorer with something that no other process could compare."""

    def __init__(self, weight=1.0):
        self.weight, self.lock = weight, threading.Lock()

    def __call__(self, model, X, y):
        with self.lock:
            return model.score(X, y) * self.weight


@pytest.mark.filterwarnings("ignore:.*is refitted for every point")
def test_what_a_store_cannot_recognise_is_asked_for(data, tmp_path):
    arguments = ARGUMENTS | dict(sizes=(20, 30), draws=4)
    utility = Utility(LogisticRegression(), data, Judge())
    plain = sample_contributions(utility, **arguments)  # nothing is asked without a store
    with pytest.raises(
        ValueError,
        match=r"^metric\.lock is a lock, which cannot be recognised in another process.*"
        "pass store_key=",
    ):
        sample_contributions(utility, **arguments, store=tmp_path / "run")
    assert not (tmp_path / "run").exists()
    vouched = arguments | dict(store=tmp_path / "run", store_key="judge of May")
    same(sample_contributions(utility, **vouched), plain)
    same(sample_contributions(Utility(LogisticRegression(), data, Judge()), **vouched), plain)
    with pytest.raises(ValueError, match="store_key was 'judge of May' and is now 'judge of June'"):
        sample_contributions(utility, **vouched | dict(store_key="judge of June"))
    with pytest.raises(
        ValueError, match="belongs to another run: metric was"
    ):  # what can be recognised still counts
        sample_contributions(Utility(LogisticRegression(), data, Judge(2.0)), **vouched)


@pytest.mark.parametrize(
    "wrong, match",
    [
        (
            dict(store_key="x"),
            "store_key='x' vouches for what a store would have to recognise: pass store",
        ),
        (dict(store_key="", store="s"), "store_key='' must be a text"),
        (dict(store_key=3, store="s"), "store_key=3 must be a text"),
    ],
)
def test_a_store_key_is_checked(wrong, match, utility):
    with pytest.raises(ValueError, match=match):
        sample_contributions(utility, **ARGUMENTS, **wrong)


@pytest.mark.parametrize("package", ["torch", "scipy", "numpy", "sklearn", "scaling_values"])
def test_another_version_is_another_run(package, utility, tmp_path, monkeypatch):
    sample_contributions(utility, **ARGUMENTS, store=tmp_path / "run")
    monkeypatch.setattr(sys.modules[package], "__version__", "99.9")
    with pytest.raises(
        ValueError, match=r"versions was 'python 3\.\d+, numpy .*, torch .*' and is now '.*99\.9"
    ):
        sample_contributions(utility, **ARGUMENTS, store=tmp_path / "run")


def test_an_engine_is_its_class_and_settings(utility, tmp_path):
    class Mine(LogisticEngine):
        def __init__(self, utility, factor=1.0):
            super().__init__(utility)
            self.factor = factor

        def contributions(self, D, points, seed=0):
            found = super().contributions(D, points, seed)
            return found._replace(delta=found.delta * self.factor)

    def run(engine, name):
        return sample_contributions(utility, **ARGUMENTS, store=tmp_path / name, engine=engine)

    first = run(Mine(utility, 2.0), "mine")
    same(run(Mine(utility, 2.0), "mine"), first)
    for other in (Mine(utility, 3.0), LogisticEngine(utility), None):
        with pytest.raises(ValueError, match="belongs to another run: engine was"):
            run(other, "mine")
    plain = run(None, "plain")
    for equal in ("logistic", LogisticEngine(utility)):
        same(run(equal, "plain"), plain)
    patched = LogisticEngine(utility)
    patched.contributions = lambda D, points, seed=0: LogisticEngine(utility).contributions(
        D, points, seed + 1
    )
    for other in (LogisticEngine(utility, precision="single"), patched, "refit"):
        with pytest.raises(ValueError, match="belongs to another run: engine was"):
            run(other, "plain")


@pytest.mark.filterwarnings("ignore:.*is refitted for every point")
def test_a_learner_that_was_used_meanwhile_is_the_same(data, tmp_path):
    learner = LogisticRegression(C=0.5, random_state=3)
    first = sample_contributions(Utility(learner, data), **ARGUMENTS, store=tmp_path / "run")
    learner.fit(data.X_train, data.y_train)
    same(sample_contributions(Utility(learner, data), **ARGUMENTS, store=tmp_path / "run"), first)


def test_a_store_that_is_removed_ends_the_run(data, tmp_path):
    class Removes(LogisticEngine):
        def contributions(self, D, points, seed=0):
            if len(list((tmp_path / "run").glob("draws-*"))) == 2:
                shutil.rmtree(tmp_path / "run")
            return super().contributions(D, points, seed)

    engine = Removes(Utility(LogisticRegression(), data))
    with pytest.raises(FileNotFoundError, match="was removed while it was in use"):
        sample_contributions(
            engine.utility, **ARGUMENTS, store=tmp_path / "run", engine=engine, block_size=2
        )
    assert not (tmp_path / "run").exists()


def stretched(part: str, factor: float) -> Dataset:
    """A regression whose features or responses have another unit."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 3))
    y = X[:, 0] + rng.normal(size=100)
    if part == "X":
        X = X * factor
    if part == "y":
        y = y * factor
    if part == "one of y":
        y = np.where(np.arange(100) == 3, factor, y)
    return Dataset.from_arrays(X[:60], y[:60], X[60:], y[60:], target="regression")


@pytest.mark.parametrize("factor", [1e100, 1e155, 1e200, 1e300])
@pytest.mark.parametrize("part", ["y", "one of y"])
def test_responses_too_large_for_their_powers_are_named(part, factor):
    with pytest.raises(
        ValueError,
        match=r"y_train holds numbers of the size of \d.*e\+\d+, whose powers .*"
        "give it in other units",
    ):
        sample_contributions(
            Utility(Ridge(), stretched(part, factor)), range(4), (10, 20), 4, random_state=0
        )


@pytest.mark.parametrize(
    "part, factor, name",
    [
        ("y", 1e-100, "y_train"),
        ("y", 1e-160, "y_train"),
        ("y", 1e-300, "y_train"),
        ("X", 1e200, "X_train"),
        ("X", 1e-160, "X_train"),
    ],
)
@pytest.mark.parametrize("independent", [True, False])
def test_numbers_too_small_or_too_large_for_a_learner_are_named(independent, part, factor, name):
    utility = Utility(Ridge() if factor > 1 else LinearRegression(), stretched(part, factor))
    with pytest.raises(ValueError, match=f"{name} holds numbers of the size of"):
        sample_contributions(
            utility, range(4), (10, 20), 4, random_state=0, independent=independent
        )


@pytest.mark.parametrize(
    "part, factor", [("y", 1e30), ("y", 1e-30), ("X", 1e30), ("X", 1e-30), ("y", 0.0)]
)
def test_large_numbers_that_can_be_squared_are_no_error(part, factor):
    samples = sample_contributions(
        Utility(LinearRegression(), stretched(part, factor)), range(4), (10, 20), 4, random_state=0
    )
    assert np.isfinite(samples.delta).any()


def test_a_learner_that_can_do_with_extreme_features_is_left_alone():
    from sklearn.tree import DecisionTreeRegressor

    samples = sample_contributions(
        Utility(DecisionTreeRegressor(random_state=0), stretched("X", 1e30)),
        range(4),
        (10, 20),
        4,
        random_state=0,
    )
    assert np.isfinite(samples.delta).any()


def test_rare_classes_do_not_break_the_estimate_of_time():
    y = (np.arange(200) < 10).astype(int)
    samples = sample_contributions(
        Utility(LogisticRegression(), Dataset.from_arrays(X, y, XV, YV)),
        range(12),
        (20, 30),
        draws=3,
        random_state=0,
    )
    assert len(samples) == 3


def test_a_metric_that_is_nan_is_an_error():
    data = Dataset.from_arrays(X, Y, XV, np.zeros(60, int))
    with warnings.catch_warnings(), pytest.raises(ValueError, match="metric='roc_auc' is nan"):
        warnings.simplefilter("ignore")
        sample_contributions(
            Utility(LogisticRegression(), data, "roc_auc"),
            range(3),
            (20, 30),
            draws=2,
            random_state=0,
        )


def test_a_store_tells_learners_and_metrics_apart_by_what_they_do(tmp_path):
    data, arguments = (
        Dataset.from_arrays(X, np.arange(200) % 40, XV, np.arange(60) % 40),
        dict(points=range(2), sizes=(80, 90), draws=2, random_state=0),
    )
    weights = dict.fromkeys(range(40), 1.0)
    sample_contributions(
        Utility(LogisticRegression(class_weight=weights), data), **arguments, store=tmp_path / "a"
    )
    with pytest.raises(ValueError, match="learner was"):
        sample_contributions(
            Utility(LogisticRegression(class_weight=weights | {39: 9.0}), data),
            **arguments,
            store=tmp_path / "a",
        )
    binary, arguments = Dataset.from_arrays(X, Y, XV, YV), arguments | dict(sizes=(20, 30))
    sample_contributions(
        Utility(LogisticRegression(), binary, lambda m, X, y: m.score(X, y)),
        **arguments,
        store=tmp_path / "b",
    )
    with pytest.raises(ValueError, match="metric was"):
        sample_contributions(
            Utility(LogisticRegression(), binary, lambda m, X, y: -m.score(X, y)),
            **arguments,
            store=tmp_path / "b",
        )
    scorer = make_scorer(lambda y, p: float((y == p).mean()))
    first = sample_contributions(
        Utility(LogisticRegression(), binary, scorer), **arguments, store=tmp_path / "c"
    )
    assert len(
        sample_contributions(
            Utility(LogisticRegression(), binary, scorer), **arguments, store=tmp_path / "c"
        )
    ) == len(first)


@pytest.mark.parametrize("rare", [2, 3, 6, 50, 100])
def test_default_sizes_are_a_range_that_can_be_drawn(rare):
    data = Dataset.from_arrays(X, (np.arange(200) < rare).astype(int), XV, YV)
    low, high = default_sizes(data)
    assert isinstance(low, int) and isinstance(high, int) and 1 <= low < high < 200
    laws = fit_laws(
        LogisticRegression(),
        data.X_train,
        data.y_train,
        data.X_val,
        data.y_val,
        points=[0, 199],
        draws=12,
        random_state=0,
    )
    assert np.isfinite(laws.mu).any()


def test_default_sizes_are_those_of_the_rows_that_sets_are_drawn_from():
    """A pool of 40 rows of 200 has the sizes of a dataset of these 40, for whole fits, too."""
    labels = np.arange(200) % 2
    data = Dataset.from_arrays(X, labels, XV, YV)
    pool = np.arange(40)
    of_pool = default_sizes(data, pool)
    assert of_pool == default_sizes(data, np.arange(200) < 40) != default_sizes(data)
    assert of_pool == default_sizes(Dataset.from_arrays(X[:40], labels[:40], XV, YV))
    utility = Utility(LogisticRegression(), data)
    samples = sample_contributions(utility, [0, 50], draws=4, pool=pool, random_state=0)
    assert samples.k.min() >= of_pool[0] and samples.k.max() <= of_pool[1]
    assert sample_utilities(utility, fits=4, pool=pool, random_state=0).sizes == of_pool


def test_default_sizes_of_a_pool_in_folds_fit_every_fold():
    data = Dataset.from_arrays(X, np.arange(200) % 2, folds=4)
    pool = np.arange(60)
    low, high = default_sizes(data, pool)
    fewest = min((data.folds[pool] != fold).sum() for fold in range(4))
    assert 1 <= low < high <= fewest // 2


def test_default_sizes_say_when_there_are_none():
    data = Dataset.from_arrays(X, (np.arange(200) < 1).astype(int), XV, YV)
    with pytest.raises(ValueError, match=r"y_train has the class .* in 1 of 200 rows"):
        default_sizes(data)
