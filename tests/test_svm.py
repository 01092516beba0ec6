"""Support vector machines:
decisions and contributions are those of refits in double precision, whatever the kernel, weights,
classes and copies."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from conformance import drawn, platt_reference, svm_contributions, svm_reference, two_classes
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC

from scaling_values import Dataset, RefitEngine, Utility, find_engine, load_dataset
from scaling_values.contributions import STATUS
from scaling_values.engines import SVMEngine
from scaling_values.engines.svm import (
    PROVEN,
    _join_machines,
    _Machine,
    _platt,
    _Point,
    _Problem,
    _solve,
)

DATA = Path(__file__).parents[2] / "shared" / "data"
REFITTED = STATUS.index("refitted")


def calibrated(**settings) -> CalibratedClassifierCV:
    return CalibratedClassifierCV(SVC(tol=1e-10, **settings), ensemble=False)


def mixture(n: int, seed: int, d: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    return rng.normal(size=(n, d)) + 0.7 * y[:, None], y


def problem(K: np.ndarray, y: np.ndarray, C: np.ndarray) -> _Problem:
    return _Problem(*(torch.as_tensor(np.asarray(a, float)) for a in (K, y, C)))


def decisions(K: np.ndarray, y: np.ndarray, C: np.ndarray, k: int) -> tuple[float, np.ndarray]:
    """The largest difference of a decision value anywhere when each row from the k-th on joins the
    first k, and who was refitted."""
    base, *_ = svm_reference(K[:k, :k], y[:k], C[:k])
    machine, new = _Machine(problem(K[:k, :k], y[:k], C[:k])), np.arange(k, len(y))
    points = _Point(
        *(torch.as_tensor(np.asarray(a, float)) for a in (K[new, :k], K[new, new], y[new], C[new]))
    )
    [(changing, out, refitted)] = _join_machines([machine], [points])
    joined, worst = dict(zip(changing.tolist(), out.numpy())), 0.0
    for i, z in enumerate(new):
        rows = np.append(np.arange(k), z)
        beta, b, gap = svm_reference(K[np.ix_(rows, rows)], y[rows], C[rows], np.append(base, 0.0))
        found = joined.get(i, np.r_[machine.solution.beta.numpy(), float(machine.solution.b), 0.0])
        assert gap < 1e-11
        worst = max(
            worst,
            np.abs(
                K[:, rows] @ beta + b - K[:, :k] @ found[:-2] - found[-1] * K[:, z] - found[-2]
            ).max(),
        )
    return worst, changing.numpy()[refitted.numpy()] + k


def agree(
    utility: Utility, D: np.ndarray, points: np.ndarray, seed: int = 0, atol: float = 2e-8
) -> np.ndarray:
    """The engine's statuses, after its contributions have been compared with scikit-learn's at a
    tolerance of 1e-10."""
    engine = find_engine(utility)
    assert isinstance(engine, SVMEngine)
    fast, slow = (
        engine.contributions(D, points, seed),
        RefitEngine(utility).contributions(D, points, seed),
    )
    np.testing.assert_array_equal(np.isnan(fast.delta), np.isin(points, D))
    np.testing.assert_allclose(fast.delta, slow.delta, rtol=0, atol=atol)
    assert fast.base_loss == pytest.approx(slow.base_loss, abs=atol)
    return fast.status


@pytest.mark.parametrize("C", [0.02, 1.0, 50.0])
@pytest.mark.parametrize("gamma", [0.05, 0.5, 5.0])
def test_decisions_against_double_precision(C, gamma):
    X, y = mixture(150, 1)
    worst, refitted = decisions(
        rbf_kernel(X, X, gamma=gamma), 2.0 * y - 1, np.where(y > 0, C, 0.6 * C), 120
    )
    assert worst < 1e-9 and len(refitted) <= 2


@pytest.mark.parametrize("d", [2, 30])
def test_a_linear_kernel_has_few_free_rows(d):
    X, y = mixture(150, 2, d)
    worst, _ = decisions(X @ X.T, 2.0 * y - 1, np.ones(150), 120)
    assert worst < 1e-9


def test_copies():
    """Rows twice and three times in D, and new rows that are copies, of the same class and of the
    other."""
    X, y = mixture(40, 3)
    X = np.concatenate([X, X[:20], X[:8], X[:15], X[12:28]])
    y = np.concatenate([y, y[:20], y[:8], y[:15], 1 - y[12:28]])
    worst, _ = decisions(rbf_kernel(X, X, gamma=0.5), 2.0 * y - 1, np.ones(len(y)), 68)
    assert worst < 1e-9


def test_a_new_row_that_contradicts_a_free_one():
    X, y = mixture(80, 4)
    K, y = rbf_kernel(X, X, gamma=0.5), 2.0 * y - 1
    beta, *_ = svm_reference(K, y, np.ones(80))
    free = np.flatnonzero((np.abs(beta) > 1e-6) & (np.abs(beta) < 1 - 1e-6))
    rows = np.concatenate([np.arange(80), free])
    assert len(free) > 5
    worst, refitted = decisions(
        K[np.ix_(rows, rows)], np.concatenate([y, -y[free]]), np.ones(len(rows)), 80
    )
    assert worst < 1e-9 and len(refitted) <= 1


def test_nobody_free():
    """Everybody at the bound C:
    b may lie anywhere in an interval, and lies in its middle, as libsvm's does."""
    X, y = (
        np.array([[-1.0], [1.0], [-1.2], [1.2], [-0.9], [1.3], [3.0], [-4.0], [0.2]]),
        np.array([0, 1, 0, 1, 0, 1, 1, 0, 1]),
    )
    K, C = rbf_kernel(X, X, gamma=0.1), np.full(len(y), 0.01)
    solution = _solve(problem(K[:6, :6], 2.0 * y[:6] - 1, C[:6]))
    assert solution.inverse is None and solution.certified
    model = SVC(C=0.01, gamma=0.1, tol=1e-10).fit(X[:6], y[:6])
    assert float(solution.b) == pytest.approx(model.intercept_[0], abs=1e-6)
    worst, refitted = decisions(K, 2.0 * y - 1, C, 6)
    assert worst < 1e-9 and set(refitted) == {6, 7, 8}


def test_what_cannot_be_proven_is_refitted(monkeypatch):
    import scaling_values.engines.svm as svm

    X, y = mixture(300, 5)
    utility = Utility(calibrated(), Dataset.from_arrays(X[:200], y[:200], X[200:], y[200:]))
    D, points = np.arange(100), np.arange(95, 115)
    sure = SVMEngine(utility).contributions(D, points)
    monkeypatch.setattr(
        svm,
        "_join",
        lambda tables, entering: [
            (z.column.new_full((len(z.own), z.column.shape[1] + 1), torch.nan), z.table)
            for z in entering
        ],
    )
    alone = SVMEngine(utility).contributions(D, points)
    assert (alone.status[5:] == REFITTED).sum() > 10 and not (sure.status == REFITTED).any()
    np.testing.assert_allclose(alone.delta, sure.delta, rtol=0, atol=1e-12)


def test_the_certificate_sees_a_wrong_weight(monkeypatch):
    import scaling_values.engines.svm as svm

    X, y = mixture(120, 6)
    K, honest = rbf_kernel(X, X, gamma=0.5), svm._join
    monkeypatch.setattr(
        svm, "_join", lambda *a: [(weights + 1e-8, changes) for weights, changes in honest(*a)]
    )
    worst, refitted = decisions(K, 2.0 * y - 1, np.ones(120), 100)
    assert worst < 1e-9 and len(refitted) > 10 and PROVEN < 1e-8


def test_a_solution_that_does_not_settle_is_never_called_certified(monkeypatch):
    """Then libsvm's own stands, also where only a fold is concerned, and everything on it counts as
    refitted."""
    import scaling_values.engines.svm as svm

    X, y = mixture(300, 15)
    utility, honest = (
        Utility(calibrated(), Dataset.from_arrays(X[:200], y[:200], X[200:], y[200:])),
        svm._solve,
    )
    D, points, sizes = np.arange(100), np.arange(100, 110), []

    def spoiled(p):
        sizes.append(len(p.y))
        return (
            svm._libsvm(p) if len(sizes) == 3 else honest(p)
        )  # all of D comes first, then five folds

    sure = SVMEngine(utility).contributions(D, points)
    monkeypatch.setattr(svm, "_solve", spoiled)
    result = SVMEngine(utility).contributions(D, points)
    assert sizes[:6] == [100, 80, 80, 80, 80, 80] and (result.status == REFITTED).all()
    np.testing.assert_allclose(result.delta, sure.delta, rtol=0, atol=1e-6)


def test_platt_finds_the_optimum():
    rng = np.random.default_rng(7)
    for scale, n in ((1.0, 60), (500.0, 400), (1e-3, 40)):
        f, positive = scale * rng.normal(size=(5, n)), rng.random((5, n)) < 0.3
        f += scale * positive
        f[0, positive[0]] += 20 * scale  # separable
        found = _platt(
            torch.as_tensor(f), torch.as_tensor(positive), torch.zeros(5, 2, dtype=torch.float64)
        )
        np.testing.assert_allclose(
            found, [platt_reference(*pair) for pair in zip(f, positive)], rtol=1e-9, atol=1e-9
        )


@pytest.mark.parametrize(
    "settings",
    [
        dict(),
        dict(class_weight={0: 0.6, 1: 1.9}),
        dict(class_weight={0: 3.0}, C=0.5),
        dict(gamma="auto", C=20),
        dict(gamma=0.2),
        dict(kernel="linear", C=0.1),
        dict(kernel="poly", coef0=1.0, gamma=0.3),
    ],
    ids=str,
)
@pytest.mark.parametrize("metric", ["log_loss", "paper_cross_entropy", "error_rate"])
def test_settings_are_honoured(settings, metric):
    X, y = mixture(330, 8)
    data = Dataset.from_arrays(X[:250], y[:250], X[250:], y[250:])
    agree(
        Utility(calibrated(**settings), data, metric),
        drawn(data, 90, 1),
        np.arange(25),
        seed=3,
        atol=2e-6,
    )  # libsvm is no better at large C


@pytest.mark.filterwarnings("ignore:The `probability` parameter was deprecated")
def test_classes_alone_need_no_probabilities():
    data = two_classes("digits")
    assert not (
        agree(
            Utility(SVC(tol=1e-10, probability=True), data, "error_rate"),
            np.arange(80),
            np.arange(75, 95),
        )
        == REFITTED
    ).any()


@pytest.mark.parametrize(
    "learner, metric",
    [
        (SVC(tol=1e-10), "error_rate"),
        (calibrated(), "log_loss"),
        (calibrated(class_weight={0: 2.0, 3: 0.5}), "error_rate"),
        (
            CalibratedClassifierCV(
                SVC(kernel="linear", tol=1e-10), ensemble=False, cv=StratifiedKFold(3, shuffle=True)
            ),
            "paper_cross_entropy",
        ),
    ],
    ids=["classes", "calibrated", "weights", "linear"],
)
def test_several_classes(learner, metric):
    whole = load_dataset("digits")
    train, val = whole.y_train < 5, whole.y_val < 5
    data = Dataset.from_arrays(
        whole.X_train[train], whole.y_train[train], whole.X_val[val], whole.y_val[val]
    )
    status = agree(Utility(learner, data, metric), drawn(data, 90, 1), np.arange(20), seed=1)
    assert not (status == REFITTED).any()


@pytest.mark.filterwarnings("ignore:Number of classes in training fold")
def test_a_class_that_the_set_lacks():
    whole = load_dataset("digits")
    train, val = whole.y_train < 4, whole.y_val < 4
    data = Dataset.from_arrays(
        whole.X_train[train], whole.y_train[train], whole.X_val[val], whole.y_val[val]
    )
    D = np.flatnonzero(data.y_train != 2)[:60]
    points = np.concatenate(
        [np.flatnonzero(data.y_train == 2)[:2], np.flatnonzero(data.y_train == 1)[-4:]]
    )
    assert (agree(Utility(SVC(tol=1e-10), data, "error_rate"), D, points) == REFITTED).tolist() == [
        True
    ] * 2 + [False] * 4
    agree(Utility(calibrated(), data), D, points)


def test_labels_of_any_kind_and_their_weights():
    """scikit-learn's folds see classes as 0 and 1 and would not find the weights of other labels;
    the engine gives each class its own."""
    X, y = mixture(260, 9)
    deltas = [
        SVMEngine(
            Utility(
                calibrated(class_weight=weight),
                Dataset.from_arrays(X[:200], labels[:200], X[200:], labels[200:]),
            )
        )
        .contributions(np.arange(80), np.arange(80, 100))
        .delta
        for weight, labels in (
            ({0: 1.0, 1: 2.0}, y),
            ({"no": 1.0, "yes": 2.0}, np.array(["no", "yes"])[y]),
        )
    ]
    np.testing.assert_array_equal(*deltas)


def test_a_kernel_of_the_users_own():
    X, y = mixture(260, 10)
    K = rbf_kernel(X, X, gamma=0.4)
    own = Dataset.from_arrays(K[:200, :200], y[:200], K[200:, :200], y[200:])
    plain = Dataset.from_arrays(X[:200], y[:200], X[200:], y[200:])
    D, points = drawn(plain, 80, 1), np.arange(30)
    given = SVMEngine(Utility(calibrated(kernel="precomputed"), own)).contributions(D, points)
    np.testing.assert_allclose(
        given.delta,
        SVMEngine(Utility(calibrated(gamma=0.4), plain)).contributions(D, points).delta,
        rtol=0,
        atol=1e-11,
    )
    half = Dataset.from_arrays(K[:100, :200], y[:100], K[200:, :200], y[200:])
    with pytest.raises(ValueError, match=r"shape \(pool, pool\), not \(100, 200\)"):
        find_engine(Utility(calibrated(kernel="precomputed"), half), "svm")


def test_chunks_and_caches_change_nothing():
    X, y = mixture(260, 11)
    utility = Utility(calibrated(), Dataset.from_arrays(X[:200], y[:200], X[200:], y[200:]))
    D, points = np.arange(20, 100), np.arange(200)
    whole = SVMEngine(utility).contributions(D, points, 2)
    for settings in (dict(chunk=7), dict(cache=0)):
        np.testing.assert_allclose(
            SVMEngine(utility, **settings).contributions(D, points, 2).delta,
            whole.delta,
            rtol=0,
            atol=1e-12,
        )
    again = SVMEngine(utility).contributions(D, points, 2)
    np.testing.assert_array_equal(again.delta, whole.delta)
    assert not np.array_equal(
        SVMEngine(utility).contributions(D, points, 3).delta, whole.delta
    )  # the new row is in another fold


def test_small_sets_say_what_scikit_learn_says():
    X, y = mixture(100, 12)
    data = Dataset.from_arrays(X[:50], y[:50], X[50:], y[50:])
    with pytest.raises(ValueError, match="n_splits=5 greater than the number of samples"):
        SVMEngine(Utility(calibrated(), data)).contributions(np.arange(4), np.arange(5))
    one_class, utility = (
        np.flatnonzero(data.y_train == 0)[:5],
        Utility(SVC(), data, "error_rate"),
    )  # which scikit-learn refuses
    found, plain = (
        engine(utility).contributions(one_class, np.arange(5))
        for engine in (SVMEngine, RefitEngine)
    )
    np.testing.assert_array_equal(found.delta, plain.delta)
    assert found.base_loss == plain.base_loss == (data.y_val != 0).mean()


def test_what_it_does_not_know_is_refitted_and_said():
    X, y = mixture(100, 13)
    data = Dataset.from_arrays(X[:50], y[:50], X[50:], y[50:])
    known = [
        (
            SVC(probability=True),
            "log_loss",
            r"CalibratedClassifierCV\(SVC\(...\), ensemble=False\) is the fast form",
        ),
        (
            CalibratedClassifierCV(SVC()),
            "log_loss",
            "ensemble=False, with one machine in all, is the fast form",
        ),
        (
            CalibratedClassifierCV(LogisticRegression(), ensemble=False),
            "log_loss",
            r"knows only SVC, not LogisticRegression\(\)",
        ),
        (
            CalibratedClassifierCV(SVC(), ensemble=False, method="isotonic"),
            "log_loss",
            "not Platt's sigmoid",
        ),
        (SVC(kernel="sigmoid"), "error_rate", "may not be positive definite"),
        (SVC(kernel="poly", coef0=-1.0), "error_rate", "coef0=-1.0"),
        (SVC(max_iter=100), "error_rate", "max_iter=100 stops before"),
        (SVC(break_ties=True), "error_rate", "decides by scores"),
        (SVC(class_weight={7: 2.0}), "error_rate", "not in the data"),
        (SVC(), "accuracy", "metric='accuracy' is not one of"),
    ]
    for learner, metric, reason in known:
        with pytest.warns(UserWarning, match=reason):
            assert isinstance(find_engine(Utility(learner, data, metric)), RefitEngine)
    with pytest.raises(ValueError, match="hold=False lets gamma"):
        find_engine(Utility(SVC(), data, "error_rate", hold=False), "svm")


@pytest.mark.parametrize(
    "name, k",
    [
        ("imdb", 100),
        ("adult", 100),
        ("magic", 100),
        ("adult", 300),
        ("magic", 300),
        *(
            pytest.param(name, k, marks=pytest.mark.slow)
            for name, k in [("imdb", 300), ("imdb", 1000), ("adult", 1000), ("magic", 1000)]
        ),
    ],
)
def test_real_data(name, k, monkeypatch):
    if not DATA.is_dir():
        pytest.skip("needs the data files")
    monkeypatch.setenv("SCALING_VALUES_DATA", str(DATA))
    data = load_dataset(name)
    D = drawn(data, k, 2)
    y, X = np.where(data.y_train == data.classes[1], 1.0, -1.0), data.X_train
    few = np.setdiff1d(np.arange(12), D)
    rows = np.concatenate([D, few])
    K = rbf_kernel(X[rows], X[rows], gamma=1 / (X.shape[1] * X[D].var()))
    worst, refitted = decisions(K, y[rows], np.ones(len(rows)), k)
    assert worst < 1e-9 and len(refitted) == 0
    utility = Utility(calibrated(), data)
    fast = find_engine(utility).contributions(D, np.arange(60))
    reference, gap = svm_contributions(utility, D, few[:3])
    spread = np.nanstd(fast.delta)
    assert gap < 1e-11 and np.abs(fast.delta[few[:3]] - reference).max() < 1e-8 * spread
    slow = RefitEngine(utility).contributions(D, few[:3])  # good to libsvm's single precision
    assert np.abs(fast.delta[few[:3]] - slow.delta).max() < 3e-5 * spread
    assert (fast.status == STATUS.index("certified")).sum() >= 50


def test_draws_through_the_front_door():
    from scaling_values import sample_contributions

    X, y = mixture(260, 14)
    utility = Utility(calibrated(), Dataset.from_arrays(X[:200], y[:200], X[200:], y[200:]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        samples = sample_contributions(
            utility, points=range(20), sizes=(30, 60), draws=3, random_state=0
        )
    assert np.isfinite(samples.delta).mean() > 0.5
