"""Logistic regression's engine against refitting.

Real data, small and large sets, weak and strong penalties, and data that are hard on purpose."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from conformance import drawn, reference_contributions, two_classes
from sklearn.linear_model import LogisticRegression

from scaling_values import Dataset, RefitEngine, Utility, load_dataset, sample_contributions
from scaling_values.contributions import STATUS
from scaling_values.engines import LogisticEngine
from scaling_values.engines.certificate import largest_eigenvalue
from scaling_values.engines.logistic_core import Draw

DATA = Path(os.environ.get("SCALING_VALUES_DATA") or Path(__file__).parents[2] / "shared" / "data")
NAMES = [
    name
    if name == "digits"
    else pytest.param(
        name,
        marks=pytest.mark.skipif(
            not DATA.is_dir(),
            reason="needs the data files: set SCALING_VALUES_DATA to their folder",
        ),
    )
    for name in ("digits", "magic", "adult", "imdb")
]
CERTIFIED, REFITTED = (STATUS.index(name) for name in ("certified", "refitted"))


@pytest.fixture(autouse=True)
def the_files(monkeypatch):
    if DATA.is_dir():
        monkeypatch.setenv("SCALING_VALUES_DATA", str(DATA))


def conforms(utility: Utility, k: int, n_points: int, checked: int) -> np.ndarray:
    """Assert that a sample of contributions agrees with polished refits;
    return the statuses of all."""
    D = drawn(utility.data, k)
    points = np.setdiff1d(np.arange(min(len(utility.data.X_train), k + n_points)), D)[:n_points]
    result = LogisticEngine(utility).contributions(D, points)
    some = np.linspace(0, len(points) - 1, checked).astype(int)
    expected, distance = reference_contributions(utility, D, points[some])
    assert distance < 1e-10, "the reference itself is not solved"
    # A loss is a mean of logarithms in double precision: where most contributions are as good as
    # zero, its own rounding is the limit.
    size = np.maximum(np.abs(result.delta[some]), np.median(np.abs(result.delta)))
    assert (np.abs(result.delta[some] - expected) <= np.maximum(1e-6 * size, 5e-12)).all()
    assert np.isin(result.status, [CERTIFIED, REFITTED]).all() and np.isfinite(result.delta).all()
    return result.status


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("C, balanced", [(1e-3, False), (1.0, True), (1e3, False)])
def test_logistic_contributions_are_those_of_refits(name, C, balanced):
    data = two_classes(name)
    for k in (20, 300):
        status = conforms(
            Utility(LogisticRegression(C=C, class_weight="balanced" if balanced else None), data),
            k,
            n_points=60,
            checked=4,
        )
        assert C > 1 or (status == CERTIFIED).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("balanced", [False, True])
@pytest.mark.parametrize("C", [1e-3, 1.0, 1e3])
def test_logistic_contributions_are_those_of_refits_everywhere(name, C, balanced):
    data = two_classes(name)
    d = data.X_train.shape[1]
    for k in sorted(
        {20, 50, 100, d - 1, d, d + 1, 300, 1000} - {k for k in (9, 10, 11) if d == 10}
    ):
        if k < len(data.y_train) - 60:
            conforms(
                Utility(
                    LogisticRegression(C=C, class_weight="balanced" if balanced else None), data
                ),
                k,
                n_points=200,
                checked=25,
            )


@pytest.mark.parametrize(
    "C, k, balanced", [(1e-3, 20, False), (1.0, 20, True), (1.0, 300, False), (1e3, 20, False)]
)
def test_many_classes_are_those_of_refits(C, k, balanced):
    status = conforms(
        Utility(
            LogisticRegression(C=C, class_weight="balanced" if balanced else None),
            load_dataset("digits"),
        ),
        k,
        n_points=60,
        checked=5,
    )
    assert C > 1 or (status == CERTIFIED).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["digits", pytest.param("cifar10", marks=NAMES[-1].marks)])
@pytest.mark.parametrize("balanced", [False, True])
@pytest.mark.parametrize("C", [1e-3, 1.0, 1e3])
def test_many_classes_are_those_of_refits_everywhere(name, C, balanced):
    data = load_dataset(name)
    d = data.X_train.shape[1]
    for k in (20, 50, 100, d - 1, d, d + 1, 300, 1000):
        if k < len(data.y_train) - 60:
            conforms(
                Utility(
                    LogisticRegression(C=C, class_weight="balanced" if balanced else None), data
                ),
                k,
                n_points=40,
                checked=5,
            )


@pytest.mark.skipif(
    not DATA.is_dir(), reason="needs the data files: set SCALING_VALUES_DATA to their folder"
)
def test_first_moves_may_promise_too_much():
    """At a weak penalty they make contributions look larger than they are, and with them the error
    that is allowed."""
    conforms(
        Utility(LogisticRegression(C=1e3, class_weight="balanced"), two_classes("adult")),
        50,
        n_points=200,
        checked=25,
    )


@pytest.mark.parametrize("precision", [1.0, 1e-2, 1e-4])
@pytest.mark.parametrize("classes", [2, 10])
@pytest.mark.parametrize("k", [60, 400])
def test_precision_means_what_it_says(classes, k, precision):
    """With a loose tolerance points stop early:
    then it is the bound alone that keeps them right."""
    data = two_classes("digits") if classes == 2 else load_dataset("digits")
    utility = Utility(LogisticRegression(C=0.1), data)
    D, points = drawn(data, k), np.arange(600, 800)
    exact = LogisticEngine(utility, precision=1e-9).contributions(D, points)
    loose = LogisticEngine(utility, precision=precision).contributions(D, points)
    assert (loose.status[~np.isin(points, D)] == CERTIFIED).all()
    wrong, size = np.abs(loose.delta - exact.delta), np.abs(exact.delta)
    allowed = precision * np.maximum(size, np.nanmedian(size))
    assert np.nanmax(wrong / allowed) < 1 and np.nanmax(wrong) > 1e-14


def test_eigenvalues_are_bounded():
    rng = torch.Generator().manual_seed(1)
    for size, top in ((5, 1.0), (300, 1e-6), (300, 1e6)):
        values = torch.rand(size, generator=rng, dtype=torch.float64) * top
        values[0] = top
        probes = torch.randn(4, size, generator=rng, dtype=torch.float64)
        found = largest_eigenvalue(lambda x: x * values, probes, lambda x: x.norm(dim=1))
        assert top <= found < 3 * top


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("reach", [1e2, 1e4, 1e8])
def test_points_far_on_their_own_side_change_nothing(classes, reach):
    """Alone, in pairs and among others: their gradients are zero, and so is the error they are
    allowed."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, classes, 60)
    X = rng.normal(size=(60, 2)) + 3 * np.stack([np.cos(2 * y), np.sin(2 * y)], axis=1)
    X[50:] *= reach / 3
    data = Dataset.from_arrays(X, y, rng.normal(size=(30, 2)), rng.integers(0, classes, 30))
    utility = Utility(LogisticRegression(C=1e3), data)
    D, far = np.arange(40), np.arange(50, 60)
    expected, _ = reference_contributions(utility, D, np.arange(40, 60))
    engine = LogisticEngine(utility)
    for points in (far[:1], far[:2], far, np.arange(40, 60)):
        found = engine.contributions(D, points).delta
        assert np.abs(found - expected[points - 40]).max() < 1e-6 * np.abs(expected).max()


def test_points_of_great_leverage_on_the_wrong_side():
    """Few rows, hardly a penalty:
    a point's own margin moves by hundreds, where Newton's method left to itself runs in circles."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(400, 60)), np.arange(400) % 2
    X[:, 0] += 2 * y
    data = Dataset.from_arrays(X[:300], y[:300], X[300:], y[300:])
    utility = Utility(LogisticRegression(C=1e4), data)
    for k in (20, 40):
        conforms(utility, k, n_points=200, checked=40)


@pytest.mark.parametrize("d, spread", [(20, 1.5), (20, 2.5), (80, 1.5)])
@pytest.mark.parametrize("C", [1.0, 1e3])
def test_points_that_move_the_fit_far(d, spread, C):
    """Log-normal features: with few, and for hard points with many, a factor is formed for each
    point. Few are refitted, and all are right."""
    rng = np.random.default_rng(int(10 * spread) + d)
    X = rng.lognormal(0, spread, size=(460, d))
    X /= X.std(0)
    y = (np.log(X)[:, :3].sum(1) + rng.logistic(size=460) > np.log(X)[:, :3].sum(1).mean()) * 1
    data = Dataset.from_arrays(X[:400], y[:400], X[400:], y[400:])
    status = conforms(Utility(LogisticRegression(C=C), data), 60, n_points=300, checked=30)
    assert (status == REFITTED).mean() < 0.05


def test_clipped_losses_are_certified_too():
    """A validation row with a clipped loss: the metric has no gradient, and points that move the
    fit far need Newton's method."""
    rng = np.random.default_rng(0)
    X = rng.lognormal(0, 1.5, size=(400, 20))
    y = (X[:, 0] + rng.logistic(size=400) > np.median(X[:, 0])) * 1
    X_val, y_val = X[300:].copy(), y[300:].copy()
    X_val[0, 0], y_val[0] = 300.0, 0
    data = Dataset.from_arrays(X[:300], y[:300], X_val, y_val)
    engine = LogisticEngine(Utility(LogisticRegression(C=1e3), data), precision=1e-4)
    draw = engine._draw(torch.arange(40), torch.ones(2, dtype=torch.float64))
    assert draw.certificate.weights is None
    found = engine.contributions(np.arange(40), np.arange(40, 300))
    assert (found.status == REFITTED).mean() < 0.1
    expected, _ = reference_contributions(engine.utility, np.arange(40), np.arange(40, 300, 9))
    size = np.maximum(np.abs(expected), np.median(np.abs(expected)))
    assert (np.abs(found.delta[::9] - expected) <= np.maximum(1e-4 * size, 5e-12)).all()


def test_a_factor_that_rounding_spoils_certifies_nothing():
    """Without a step, the whole gradient is left."""
    data = hard_data("collinear")
    engine = LogisticEngine(Utility(LogisticRegression(), data))
    draw = engine._draw(torch.arange(40), torch.ones(2, dtype=torch.float64))
    X = torch.as_tensor(data.X_train[40:44])
    y = torch.tensor([[0.0], [1.0], [0.0], [1.0]], dtype=torch.float64)
    points = draw.fit.points(*draw.fit.see(X), y, torch.ones(4, dtype=torch.float64))
    move = torch.zeros_like(points.rows)[:, None, :]
    gradient, apart, _, _ = draw.slope(points, move)
    for times in (1.0, 1e16):
        points.s = times * points.s
        norm = gradient.norm(dim=(1, 2))
        step, left, t = draw.newton_step(points, move, gradient, norm, apart.amax(1), 0)
        inverse, fine = draw.inverses(points, move)
        spoilt = ~fine
        assert torch.equal(left[spoilt], norm[spoilt])
        assert not step[spoilt].any() and not left[fine].any()
        assert spoilt.all() == (times > 1.0)


def test_sets_that_lack_classes():
    """The model knows the classes of D alone; a point that brings a new one is fitted anew."""
    data = load_dataset("digits")
    D = np.flatnonzero(np.isin(data.y_train, [1, 4, 7]))[:40]
    points = np.array([np.flatnonzero(data.y_train == label)[30] for label in (1, 4, 7, 8)])
    utility = Utility(LogisticRegression(), data)
    result = LogisticEngine(utility).contributions(D, points)
    expected, distance = reference_contributions(utility, D, points)
    assert distance < 1e-10 and np.abs(result.delta - expected).max() < 1e-9
    assert result.status.tolist() == [CERTIFIED] * 3 + [REFITTED]
    two = LogisticEngine(utility).contributions(D[data.y_train[D] != 7], points)
    expected, _ = reference_contributions(utility, D[data.y_train[D] != 7], points)
    assert (
        np.abs(two.delta - expected).max() < 1e-9
        and two.status.tolist() == [CERTIFIED] * 2 + [REFITTED] * 2
    )


@pytest.mark.parametrize("metric", ["paper_cross_entropy", "error_rate"])
def test_other_metrics_of_many_classes(metric):
    utility = Utility(
        LogisticRegression(solver="newton-cg", tol=1e-10, max_iter=10_000),
        load_dataset("digits"),
        metric,
    )
    D, points = drawn(utility.data, 60), np.arange(300, 308)
    fast, slow = (
        engine(utility).contributions(D, points) for engine in (LogisticEngine, RefitEngine)
    )
    np.testing.assert_allclose(fast.delta, slow.delta, atol=1e-7)


@pytest.mark.parametrize("intercept", [True, False])
def test_without_an_intercept_and_with_weights_of_ones_own(intercept):
    data = two_classes("digits")
    conforms(
        Utility(
            LogisticRegression(C=0.5, fit_intercept=intercept, class_weight={0: 3.0, 1: 0.25}), data
        ),
        150,
        n_points=100,
        checked=8,
    )


def hard_data(kind: str, n: int = 160, d: int = 4) -> Dataset:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, d))
    y = (
        X @ [2.0, -1.0, 0.5, 0.0] + (0 if kind == "separable" else rng.logistic(size=n)) > 0
    ).astype(int)
    if kind == "duplicated":
        X[: n // 2], y[: n // 2] = X[n // 2 :], y[n // 2 :]
    if kind == "constant":
        X[:, 1], X[:, 2] = 0.0, 7.0
    if kind == "collinear":
        X[:, 2] = X[:, 0] - X[:, 1]
    X = X * {"tiny": 1e-6, "huge": 1e6}.get(kind, 1.0)
    if kind == "mixed":
        X = X * [1e-6, 1e6, 1.0, 1.0] + [0, 1e6, 0, 0]
    return Dataset.from_arrays(X[:100], y[:100], X[100:], y[100:], name=kind)


@pytest.mark.parametrize(
    "kind", ["separable", "duplicated", "constant", "collinear", "tiny", "huge", "mixed"]
)
@pytest.mark.parametrize("C", [1.0, 1e3])
def test_hard_data_are_right_too(kind, C):
    conforms(Utility(LogisticRegression(C=C), hard_data(kind)), 30, n_points=60, checked=12)


def test_a_set_of_one_class_is_what_a_refit_makes_of_it():
    data = two_classes("digits")
    utility, D, points = (
        Utility(LogisticRegression(), data),
        np.flatnonzero(data.y_train == 1)[:5],
        np.array([0, 1, 2]),
    )
    fast, slow = (
        engine(utility).contributions(D, points) for engine in (LogisticEngine, RefitEngine)
    )
    np.testing.assert_array_equal(fast.delta, slow.delta)
    assert fast.base_loss == slow.base_loss and np.isfinite(fast.base_loss)


@pytest.mark.parametrize("metric", ["paper_cross_entropy", "error_rate"])
def test_other_metrics(metric):
    data = two_classes("digits")
    utility = Utility(
        LogisticRegression(solver="newton-cholesky", tol=1e-12, max_iter=1000), data, metric
    )
    D, points = drawn(data, 120), np.arange(300, 340)
    fast, slow = (
        engine(utility).contributions(D, points) for engine in (LogisticEngine, RefitEngine)
    )
    np.testing.assert_allclose(fast.delta, slow.delta, atol=1e-9)
    assert fast.base_loss == pytest.approx(slow.base_loss, abs=1e-9)


def test_sampling_does_not_depend_on_chunks_or_workers():
    utility = Utility(LogisticRegression(), two_classes("digits"))
    options = dict(points=range(60), sizes=(40, 200), draws=4, random_state=0, progress=False)
    samples = sample_contributions(utility, **options)
    assert samples.meta["engine"] == "logistic" and samples.status_counts()["certified"] > 200
    np.testing.assert_array_equal(
        sample_contributions(utility, n_jobs=2, **options).delta, samples.delta
    )
    small = sample_contributions(utility, engine=LogisticEngine(utility, block=7), **options)
    np.testing.assert_allclose(small.delta, samples.delta, atol=1e-8)


@pytest.mark.parametrize("metric", ["log_loss", "error_rate", "paper_cross_entropy"])
@pytest.mark.parametrize("C, intercept", [(1e-2, True), (1.0, False), (1e3, True)])
def test_the_series_of_two_classes_only_saves_time(C, intercept, metric):
    """The core, which serves any number of classes, gives what the draw of two classes gives by
    power series."""
    learner = LogisticRegression(C=C, fit_intercept=intercept)
    engine = LogisticEngine(Utility(learner, two_classes("digits"), metric))
    D, weights = torch.arange(80), torch.tensor([0.5, 2.0], dtype=torch.float64)
    quick, codes, points = engine._draw(D, weights), engine._codes, torch.arange(80, 240)
    core = Draw(engine._X[D], codes[D], weights[codes[D]], C, intercept, quick.val, block=64)
    assert type(quick) is not Draw and quick.base_loss == pytest.approx(core.base_loss, rel=1e-12)
    rest = engine._X[points], codes[points], weights[codes[points]], 1e-7
    (found, sure), (expected, also) = quick.losses(*rest), core.losses(*rest)
    size = (expected - core.base_loss).abs()
    size = size.clamp(min=float(size.median()))
    both = sure & also
    assert (
        both.float().mean() > 0.9
        and ((found - expected).abs()[both] <= (2e-7 * size + 1e-12)[both]).all()
    )


def test_shared_and_single_points_agree():
    """What a point is valued together with must not matter, beyond the certificate."""
    utility = Utility(LogisticRegression(), two_classes("digits"))
    engine, D = LogisticEngine(utility), drawn(utility.data, 100)
    together = engine.contributions(D, np.arange(200, 260))
    alone = np.array([engine.contributions(D, np.array([row])).delta[0] for row in range(200, 260)])
    np.testing.assert_allclose(
        alone, together.delta, atol=1e-6 * np.nanmedian(np.abs(together.delta))
    )
