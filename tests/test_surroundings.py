"""The user's global settings change nothing of ours, and we change none of them: torch, NumPy,
random states, threads, warnings."""

import random
import sys
import threading
import warnings
from contextlib import ExitStack, contextmanager
from functools import lru_cache

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
import torch
from conftest import make_arrays
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from threadpoolctl import ThreadpoolController, threadpool_limits

from scaling_values import (
    Aggregate,
    Amortized,
    Contributions,
    Dataset,
    Hierarchical,
    LogLinear,
    MaximumLikelihood,
    PowerSeries,
    RefitEngine,
    Utility,
    sample_contributions,
)
from scaling_values.controls import control_draws
from scaling_values.engines import FirstOrder
from scaling_values.support import in_turn, library_defaults, one_thread

X, Y = make_arrays(40)
X_VAL, Y_VAL = make_arrays(20, seed=1)
TWO = Dataset.from_arrays(X, Y, X_VAL, Y_VAL)
THREE = Dataset.from_arrays(
    X, np.digitize(X[:, 0], [-0.5, 0.5]), X_VAL, np.digitize(X_VAL[:, 0], [-0.5, 0.5])
)
LINE = Dataset.from_arrays(
    X, X @ [1, 2, 0, 1.0] + Y, X_VAL, X_VAL @ [1, 2, 0, 1.0] + Y_VAL, target="regression"
)
NETWORK = MLPClassifier((4,), max_iter=5, random_state=0)
SCALED = make_pipeline(StandardScaler(), PCA(2), LogisticRegression())
CALIBRATED = CalibratedClassifierCV(SVC(), ensemble=False, cv=3)


@lru_cache
def samples() -> Contributions:
    return sample_contributions(
        Utility(Ridge(), LINE), range(12), (8, 20), 20, random_state=0, base_fits=5, progress=False
    )


def draws(learner: BaseEstimator, data: Dataset = TWO, **more) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of few iterations, and of pipelines
        found = sample_contributions(
            Utility(learner, data, more.pop("metric", None)),
            **(
                dict(points=range(5), sizes=(14, 20), draws=2, random_state=0, progress=False)
                | more
            ),
        )
    return np.concatenate([found.delta.ravel(), found.base_loss, found.status_counts()])


def first_order() -> np.ndarray:
    engine = FirstOrder(Utility(NETWORK, TWO), check=3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sample_contributions(
            engine.utility, range(20), (14, 16), 2, engine=engine, random_state=0, progress=False
        ).delta


def amortized() -> np.ndarray:
    found = Amortized(hidden=(8,), n_networks=2, max_epochs=2, random_state=0).fit(
        samples(), X[:12]
    )
    return np.concatenate(
        [
            found.laws_.c,
            found.predict(X[:3], LINE.y_train[:3]).c,
            found.disagreement(X[:3], LINE.y_train[:3]),
        ]
    )


def bent() -> np.ndarray:
    laws = PowerSeries(n_components=1).fit(samples()).laws_
    return np.concatenate(
        [
            laws.values(level=0.9).to_numpy().ravel(),
            laws.sign_change(8, 100).to_numpy(float).ravel(),
        ]
    )


FUNCTIONS = {
    "linear": lambda: draws(Ridge(), LINE),
    "logistic": lambda: draws(LogisticRegression()),
    "multinomial": lambda: draws(LogisticRegression(), THREE),
    "svm": lambda: draws(SVC(), metric="error_rate"),
    "calibrated": lambda: draws(CALIBRATED),
    "neighbors": lambda: draws(KNeighborsClassifier()),
    "mlp": lambda: draws(NETWORK),
    "first order": first_order,
    "pipeline": lambda: draws(SCALED, points=range(2)),
    "held gamma": lambda: draws(
        make_pipeline(StandardScaler(), SVC()), metric="error_rate", points=range(2)
    ),
    "table": lambda: (
        Dataset.from_frame(pd.DataFrame(X).assign(w=np.where(Y, "a", "b"), y=Y), "y").X_train
    ),
    "refits": lambda: draws(KNeighborsClassifier(), engine="refit", points=range(2), base_fits=2),
    "likelihood": lambda: (
        MaximumLikelihood(n_starts=1).fit(samples()).laws_.values(level=0.9).to_numpy()
    ),
    "hierarchical": lambda: (
        Hierarchical(max_points=4).fit(samples().take(points=range(4))).laws_.values().to_numpy()
    ),
    "amortized": amortized,
    "series": bent,
    "log-linear": lambda: LogLinear().fit(samples()).laws_.values().to_numpy(),
    "aggregate": lambda: Aggregate().fit(samples()).interval([10, 15]),
    "controls": lambda: control_draws(samples()).delta,
}


@lru_cache
def reference(name: str) -> np.ndarray:
    return FUNCTIONS[name]()


@contextmanager
def changed(put, value, before):
    put(value)
    try:
        yield
    finally:
        put(before)


@contextmanager
def as_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # but for what we have to say ourselves
        for ours in ("exponent_", ".*refitted for every point", ".*iteration limit"):
            warnings.filterwarnings("ignore", ours, UserWarning)
        yield


OF_TORCH = {
    "float64": lambda: changed(torch.set_default_dtype, torch.float64, torch.float32),
    "default device": lambda: changed(torch.set_default_device, "meta", None),
    "inference": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "gradients off": lambda: changed(torch.set_grad_enabled, False, True),
    "inexact products": lambda: changed(torch.set_float32_matmul_precision, "medium", "highest"),
    "deterministic": lambda: changed(torch.use_deterministic_algorithms, True, False),
}
OF_OTHERS = {
    "NumPy raises": lambda: np.errstate(all="raise"),
    "NumPy prints": lambda: np.printoptions(precision=1, threshold=2),
    "warnings": as_errors,
    "frames": lambda: sklearn.config_context(transform_output="pandas"),
    "routing": lambda: sklearn.config_context(enable_metadata_routing=True),
    "finite": lambda: sklearn.config_context(assume_finite=True),
    "strings": lambda: pd.option_context("mode.string_storage", "python"),
    "threads": lambda: threadpool_limits(3),
}
TOGETHER = {  # several at once, since each alone would take long
    "torch": [OF_TORCH[name] for name in OF_TORCH if name != "inference"],
    "half": [
        lambda: changed(torch.set_default_dtype, torch.float16, torch.float32),
        lambda: torch.device("meta"),
        torch.inference_mode,
    ],
    "others": list(OF_OTHERS.values()),
}


def global_states() -> tuple:
    np_state = np.random.get_state()
    return (
        np_state[1].tobytes(),
        np_state[2:],
        random.getstate(),
        torch.get_rng_state().numpy().tobytes(),
    )


def of_torch() -> tuple:
    return (
        torch.get_default_dtype(),
        torch.get_default_device(),
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.is_autocast_enabled("cpu"),
        torch.get_float32_matmul_precision(),
        torch.are_deterministic_algorithms_enabled(),
    )


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("settings", TOGETHER)
def test_settings_change_no_number(name, settings):
    expected = reference(name)
    with ExitStack() as stack:
        for put in TOGETHER[settings]:
            stack.enter_context(put())
        before = *of_torch(), np.geterr(), sklearn.get_config(), global_states()
        found = FUNCTIONS[name]()
        assert before == (*of_torch(), np.geterr(), sklearn.get_config(), global_states())
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("setting", OF_TORCH)
def test_settings_are_back_after_an_error(setting):
    with OF_TORCH[setting](), np.errstate(over="raise"):
        before = of_torch(), np.geterr()
        with pytest.raises(ZeroDivisionError), library_defaults():
            raise ZeroDivisionError
        assert before == (of_torch(), np.geterr())


def test_the_defaults_hold_until_the_last_thread_leaves():
    inside, leave = threading.Event(), threading.Event()

    def work():
        with library_defaults():
            inside.set()
            leave.wait(10)

    with changed(torch.set_default_dtype, torch.float64, torch.float32):
        with library_defaults():
            thread = threading.Thread(target=work)
            thread.start()
            inside.wait(10)
        assert torch.get_default_dtype() == torch.float32
        leave.set()
        thread.join()
        assert torch.get_default_dtype() == torch.float64


def test_modules_of_another_type_and_with_dropout():
    with changed(torch.set_default_dtype, torch.float64, torch.float32):
        module = torch.nn.Sequential(
            torch.nn.Linear(5, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 5)
        )
    state, found = torch.get_rng_state(), []
    for _ in range(2):
        fitted = Amortized(module=module, max_epochs=2, random_state=0).fit(samples(), X[:12])
        found += [fitted.laws_.c, fitted.predict(X[:12], LINE.y_train[:12]).c]
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])
    assert torch.equal(state, torch.get_rng_state())


class Seen(ClassifierMixin, BaseEstimator):
    "Notes the settings that it is fitted under."

    seen: list = []

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.seen.append(
            (
                torch.get_default_dtype(),
                torch.is_grad_enabled(),
                np.geterr()["over"],
                sklearn.get_config()["transform_output"],
            )
        )
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def test_learners_see_the_settings_of_the_user():
    Seen.seen.clear()
    with (
        OF_TORCH["float64"](),
        torch.no_grad(),
        np.errstate(over="raise"),
        sklearn.config_context(transform_output="pandas"),
    ):
        draws(Seen(), metric="error_rate")
    assert set(Seen.seen) == {(torch.float64, False, "raise", "pandas")}


class Dice(ClassifierMixin, BaseEstimator):
    "Draws from every global generator, as often as its rows' number says."

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        torch.rand(len(X))
        self.answer_ = np.random.rand(), random.random(), float(torch.rand(1)), np.random.normal()
        return self

    def predict_proba(self, X):
        p = np.mean(self.answer_[:3]) * 0.5 + 0.2 + 0 * np.asarray(X)[:, 0]
        return np.stack([p, 1 - p], 1)


@pytest.mark.parametrize("hold", [True, False])
def test_global_generators_are_seeded_by_the_draw(hold):
    def found(points=range(5), **more):
        many = dict(sizes=(14, 20), draws=6, random_state=0, progress=False, base_fits=3) | more
        return sample_contributions(Utility(Dice(), TWO, hold=hold), points, **many)

    np.random.seed(5)
    np.random.normal()  # one of a pair: the other is kept for the next call
    before, first = global_states(), found()
    assert global_states() == before
    for _ in range(3):
        np.random.rand(), random.random(), torch.rand(1)
    with joblib.parallel_config("threading", n_jobs=2):
        threads = found()
    for other in (found(), found(block_size=1), found(block_size=6), threads):
        for name in ("delta", "base_loss", "outputs", "extra_outputs"):
            np.testing.assert_array_equal(getattr(other, name), getattr(first, name))
    np.testing.assert_array_equal(found(points=[3, 1]).delta, first.delta[:, [3, 1]])
    assert found(random_state=1).base_loss[0] != first.base_loss[0]
    # the draw's base model is the one whose answers are kept
    share = np.clip(first.outputs[:, 0].astype(float), 1e-15, 1)
    loss = -(Y_VAL.mean() * np.log(share) + (1 - Y_VAL.mean()) * np.log(1 - share))
    np.testing.assert_allclose(first.base_loss, loss, rtol=1e-6)


def test_global_generators_of_any_kind_and_after_errors():
    own = np.random.get_bit_generator()
    try:
        np.random.set_bit_generator(np.random.PCG64(3))
        np.random.normal()
        before = str(np.random.get_state(legacy=False))
        with pytest.raises(ZeroDivisionError), in_turn() as reseed:
            reseed(2**40)
            np.random.rand()
            raise ZeroDivisionError
        assert str(np.random.get_state(legacy=False)) == before
    finally:
        np.random.set_bit_generator(own)


class Stubborn(ClassifierMixin, BaseEstimator):
    "Converges on sets of an even size; says something else on every set."

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        warnings.warn("look here", UserWarning, stacklevel=1)
        with warnings.catch_warnings():  # as scikit-learn's own do
            warnings.simplefilter("ignore")
            np.linalg.svd(np.random.rand(60, 60))
        if len(X) % 2:
            warnings.warn("not yet", sklearn.exceptions.ConvergenceWarning, stacklevel=1)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def test_threads_return_the_statuses_and_warnings_of_one_worker():
    def found():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("default")
            samples = sample_contributions(
                Utility(Stubborn(), TWO, "error_rate"),
                range(6),
                (10, 20),
                12,
                random_state=0,
                block_size=1,
                base_fits=4,
                progress=False,
            )
        return samples.status_counts().to_dict(), sorted(str(each.message) for each in caught)

    one, filters = found(), list(warnings.filters)
    with joblib.parallel_config("threading", n_jobs=4):
        many = found()
    assert one == many and len(one[1]) == 2 and one[0]["unconverged"] > 0
    assert filters == warnings.filters


LIBRARIES = ThreadpoolController().lib_controllers


def limits() -> set[int]:
    return {library.get_num_threads() for library in LIBRARIES} | {torch.get_num_threads()}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_everything_computes_with_one_thread(name):
    samples()
    multiplies = {}

    def watch(frame, event, _):
        code = frame.f_code
        if (
            event != "call"
            or "scaling_values" not in code.co_filename
            or "tests" in code.co_filename
        ):
            return
        if {"linalg", "einsum", "mm", "bmm", "matmul", "Linear"} & set(code.co_names):
            multiplies.setdefault(code.co_name, limits())

    before = torch.get_num_threads()
    with threadpool_limits(3):
        torch.set_num_threads(3)
        sys.setprofile(watch)
        try:
            FUNCTIONS[name]()
        finally:
            sys.setprofile(None)
            after = limits()
            torch.set_num_threads(before)
    assert {who: most for who, most in multiplies.items() if most != {1}} == {}
    assert after == {3}


def test_limits_are_back_whoever_leaves_last():
    inside, leave = threading.Event(), threading.Event()

    def work():
        with one_thread():
            inside.set()
            leave.wait(10)

    with threadpool_limits(3, user_api="blas"):
        with one_thread():
            thread = threading.Thread(target=work)
            thread.start()
            inside.wait(10)
            with one_thread():
                pass
            assert limits() == {1}
        leave.set()
        thread.join()
        assert {
            library.get_num_threads() for library in LIBRARIES if library.user_api == "blas"
        } == {3}


def test_a_limit_of_one_stays():
    with threadpool_limits(1):
        with one_thread():
            pass
        assert limits() - {torch.get_num_threads()} <= {1}


def test_refits_without_hold_differ_by_point():
    engine = RefitEngine(Utility(Dice(), TWO, hold=False))
    found = engine.contributions(np.arange(14), np.arange(14, 24), seed=3)
    assert len(np.unique(found.delta)) == 10
    np.testing.assert_array_equal(
        engine.contributions(np.arange(14), np.arange(20, 24), seed=3).delta, found.delta[6:]
    )
