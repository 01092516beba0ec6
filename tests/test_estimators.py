"""All estimators on difficult samples: a law, or a status that says why not; no NaN with "ok"."""

import warnings

import numpy as np
import pytest

from scaling_values import Amortized, Contributions, Hierarchical, LogLinear, MaximumLikelihood

RNG = np.random.default_rng(0)
K = np.tile([100, 130, 180, 240, 316, 400, 500, 630, 800, 1000], 4)
U = K / 316
NOISE = 1e-3 * RNG.normal(size=len(K)) / U
CASES = {
    "harmful": -2e-3 / U + NOISE,
    "nothing but noise": NOISE,
    "exponent near zero": 1e-3 + 1e-2 * NOISE,
    "steep": 1e-3 * U**-3.9 + 1e-2 * NOISE,
    "constant": np.full(len(K), 1e-3),
    "all zero": np.zeros(len(K)),
    "two samples": np.where(np.arange(len(K)) < 2, 1e-3 / U + NOISE, np.nan),
    "one distinct size": np.where(K == 316, NOISE, np.nan),
    "never seen": np.full(len(K), np.nan),
    "one outlier": 1e-3 / U + NOISE + 0.5 * (np.arange(len(K)) == 7),
}
ESTIMATORS = [
    LogLinear(),
    MaximumLikelihood(),
    Hierarchical(),
    Amortized(max_epochs=5, random_state=0),
]


@pytest.fixture(scope="module")
def samples():
    ordinary = (
        1e-3 * RNG.normal(size=30) * U[:, None] ** -RNG.uniform(0.6, 1.6, 30)
        + 1e-3 * RNG.normal(size=(len(K), 30)) / U[:, None]
    )
    delta = np.column_stack([*CASES.values(), ordinary])
    return Contributions(
        k=K, delta=delta, points=np.arange(delta.shape[1]), y=np.arange(delta.shape[1]) % 2
    )


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_a_law_or_a_status(estimator, samples):
    X = np.random.default_rng(1).normal(size=(len(samples.points), 3))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        laws = (
            estimator.fit(samples, X).laws_
            if isinstance(estimator, Amortized)
            else estimator.fit(samples).laws_
        )
    assert not [
        w for w in caught if issubclass(w.category, RuntimeWarning)
    ]  # numpy's own complaints are not for users
    psi = laws.contribution([100, 316, 1000])
    for place, name in enumerate(CASES):
        assert np.isfinite(psi[place]).all() or laws.status[place] not in ("ok", "predicted"), name
    assert (
        np.isfinite(psi[len(CASES) :]).all()
        and not np.isinf(laws.to_frame().select_dtypes("number")).any().any()
    )


@pytest.mark.parametrize(
    "estimator", [MaximumLikelihood(), Hierarchical()], ids=lambda e: type(e).__name__
)
def test_what_can_be_known_is_right(estimator, samples):
    laws = estimator.fit(samples).laws_
    at = {name: place for place, name in enumerate(CASES)}
    psi, error = laws.contribution(316), laws.standard_error(316)
    for name, truth in (
        ("harmful", -2e-3),
        ("nothing but noise", 0.0),
        ("exponent near zero", 1e-3),
        ("steep", 1e-3),
    ):
        if laws.status[at[name]] == "ok":
            assert abs(psi[at[name]] - truth) < 4 * error[at[name]] + 1e-6, name
        else:
            assert abs(psi[at[name]] - truth) < 1e-3, name  # at a bound there is no standard error
    assert abs(laws.alpha[at["steep"]] - 3.9) < 0.2 and laws.alpha[at["exponent near zero"]] < 0.2
    assert abs(psi[at["constant"]] - 1e-3) < 1e-4
    zero = at["all zero"]  # no law of zeros: the mean is known, its exponent is not
    assert abs(psi[zero]) < 1e-4 or laws.status[zero] != "ok"
