"""The maximum-likelihood fit against the paper's procedure, simulation, and edge cases."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone

from scaling_values import Contributions, LogLinear, MaximumLikelihood
from scaling_values.benchmarks.likelihood import paper_adam_fit, simulate_samples
from scaling_values.benchmarks.simulated import simulate_population
from scaling_values.laws import negative_log_likelihood


def mean_nll(samples: Contributions, j: int, c, alpha, sigma, beta) -> float:
    seen = ~np.isnan(samples.delta[:, j])
    return float(
        negative_log_likelihood(
            samples.delta[seen, j], samples.sizes[seen, j], c, alpha, sigma, beta
        ).mean()
    )


def law_nll(samples: Contributions, laws, j: int) -> float:
    return mean_nll(samples, j, laws.c[j], laws.alpha[j], laws.sigma[j], laws.beta[j])


def test_never_worse_than_the_papers_procedure():
    samples = simulate_samples(8, 100, random_state=0)
    laws = MaximumLikelihood().fit(samples).laws_
    ours = np.array([law_nll(samples, laws, j) for j in range(8)])
    adam = np.array(
        [
            mean_nll(samples, j, **paper_adam_fit(samples.k[:, j], samples.delta[:, j]))
            for j in range(8)
        ]
    )
    assert (ours <= adam + 1e-9).all(), (
        f"worse at {np.flatnonzero(ours > adam + 1e-9)} by up to {(ours - adam).max():.1e} nats"
    )


def test_the_minimum_is_global_on_a_fine_grid():
    samples = simulate_samples(20, 12, random_state=3)  # few samples: several valleys
    laws = MaximumLikelihood().fit(samples).laws_
    grid_a, grid_b = (
        x.ravel()
        for x in np.meshgrid(np.linspace(0, np.exp(2), 120), np.linspace(0, np.exp(2), 120))
    )
    for j in range(20):
        k, delta = samples.k[:, j], samples.delta[:, j]
        u = np.log(k / 316)
        w, g = np.exp(grid_b[:, None] * u), np.exp(-grid_a[:, None] * u)
        mu = (w * g * delta).sum(1) / (w * g * g).sum(1)
        nll = (
            0.5 * np.log((w * (delta - mu[:, None] * g) ** 2).mean(1))
            - 0.5 * grid_b * u.mean()
            + 0.5 * np.log(2 * np.pi)
            + 0.5
        )
        assert law_nll(samples, laws, j) <= nll.min() + 1e-9


def test_shared_and_independent_layouts_agree_and_missing_samples_are_skipped():
    rng = np.random.default_rng(0)
    k = rng.integers(100, 1001, 80)
    delta = rng.normal((k[:, None] / 300) ** -1.2, 1.0, (80, 6)) / 1e4
    delta[rng.random(delta.shape) < 0.3] = np.nan
    shared = MaximumLikelihood().fit(Contributions(k=k, delta=delta, points=np.arange(6)))
    ragged = MaximumLikelihood().fit(
        Contributions(k=np.tile(k[:, None], 6), delta=delta, points=np.arange(6))
    )
    np.testing.assert_allclose(ragged.laws_.alpha, shared.laws_.alpha, rtol=1e-6)
    np.testing.assert_allclose(ragged.laws_.cov, shared.laws_.cov, rtol=1e-5)
    for j in range(6):
        seen = ~np.isnan(delta[:, j])
        alone = MaximumLikelihood().fit(
            Contributions(k=k[seen], delta=delta[seen][:, [j]], points=np.array([j]))
        )
        assert alone.nll_[0] == pytest.approx(shared.nll_[j], abs=1e-9)
        assert shared.nll_[j] == pytest.approx(
            law_nll(Contributions(k=k, delta=delta, points=np.arange(6)), shared.laws_, j), abs=1e-9
        )


def test_units_do_not_matter():
    samples = simulate_samples(10, 60)
    scaled = Contributions(k=samples.k, delta=samples.delta * 1e-7, points=samples.points)
    a, b = (MaximumLikelihood().fit(s).laws_ for s in (samples, scaled))
    np.testing.assert_allclose(b.alpha, a.alpha, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(b.c, a.c * 1e-7, rtol=1e-5)
    np.testing.assert_allclose(b.standard_error(200), a.standard_error(200) * 1e-7, rtol=1e-5)


def test_intervals_cover():
    rng = np.random.default_rng(0)
    k = rng.integers(100, 1001, (400, 600))

    def truth(sizes):
        return (sizes / 300) ** -1.3

    samples = Contributions(
        k=k, delta=rng.normal(truth(k), 1.0 * (k / 300) ** -1.1), points=np.arange(600)
    )
    laws = MaximumLikelihood().fit(samples).laws_
    for size in (100, 300, 1000):
        low, high = laws.interval(size, 0.9).T
        covered = ((low <= truth(size)) & (truth(size) <= high)).mean()
        assert abs(covered - 0.9) < 4 * np.sqrt(0.09 / 600), f"{covered:.3f} at {size}"


@pytest.mark.parametrize("shared", [False, True])
def test_intervals_cover_where_exponents_are_open(shared):
    """With small means, and exponents at bounds, intervals cover nine in ten, within 4 %."""
    samples, c, alpha, _ = simulate_population(600, 100, shared, seed=0)
    laws, sizes = MaximumLikelihood().fit(samples).laws_, np.array([100, 316, 1000])
    ends, truth = laws.interval(sizes), c[:, None] * sizes ** -alpha[:, None]
    assert (laws.status == "at a bound").mean() > 0.1 and np.isfinite(ends).all()
    rate = ((ends[..., 0] <= truth) & (truth <= ends[..., 1])).mean(0)
    assert (np.abs(rate - 0.9) < 0.04).all(), rate


def test_intervals_of_a_sharp_likelihood_are_those_of_its_standard_errors():
    rng = np.random.default_rng(0)
    k = rng.integers(100, 1001, (2000, 40))
    delta = rng.normal(5 * (k / 300) ** -1.3, (k / 300) ** -1.1)
    laws = MaximumLikelihood().fit(Contributions(k=k, delta=delta, points=np.arange(40))).laws_
    ratio = np.diff(laws.interval([100, 300, 1000]), axis=-1)[..., 0] / (
        2 * 1.6449 * laws.standard_error([100, 300, 1000])
    )
    assert np.abs(np.median(ratio, axis=0) - 1).max() < 0.03 and np.abs(ratio - 1).max() < 0.2


@pytest.mark.parametrize(
    "delta, k, status",
    [
        (np.array([1.0, 2.0]), np.array([100, 200]), "too few samples"),
        (np.ones(20), np.full(20, 100), "too few samples"),
        (np.zeros(20), np.arange(100, 120), "all zero"),
        (np.full(20, np.nan), np.arange(100, 120), "too few samples"),
    ],
)
def test_what_cannot_be_fitted_says_so(delta, k, status):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        laws = (
            MaximumLikelihood()
            .fit(Contributions(k=k, delta=delta[:, None], points=np.array([0])))
            .laws_
        )
    assert laws.status[0] == status and np.isnan(laws.c[0])


def test_too_few_samples_are_said_aloud():
    with pytest.warns(UserWarning, match="1 of 1 points have too few samples"):
        MaximumLikelihood().fit(
            Contributions(k=np.array([10, 20]), delta=np.ones((2, 1)), points=np.array([0]))
        )


def test_samples_exactly_on_a_law_find_it():
    k = np.arange(100, 1001, 20)
    laws = (
        MaximumLikelihood()
        .fit(Contributions(k=k, delta=(0.3 * k**-1.37)[:, None], points=np.array([0])))
        .laws_
    )
    np.testing.assert_allclose(
        laws.contribution([100, 1000])[0], 0.3 * np.array([100.0, 1000.0]) ** -1.37, rtol=1e-5
    )


def test_bounds_are_kept():
    samples = simulate_samples(50, 20, random_state=5)
    laws = MaximumLikelihood(alpha_bounds=(0.9, 1.1), beta_bounds=(1.9, 2.1)).fit(samples).laws_
    assert (
        (laws.alpha >= 0.9) & (laws.alpha <= 1.1) & (laws.beta >= 1.9) & (laws.beta <= 2.1)
    ).all()
    assert (laws.status == "at a bound").any()


@pytest.mark.parametrize("estimator", [MaximumLikelihood(n_starts=2), LogLinear(n_bins=7)])
def test_scikit_learns_contract(estimator):
    copy = clone(estimator)
    assert copy.get_params() == estimator.get_params()
    samples = simulate_samples(5, 40)
    assert copy.fit(samples) is copy
    assert not hasattr(estimator, "laws_") and len(copy.laws_) == 5
    np.testing.assert_array_equal(copy.laws_.points, samples.points)


def test_log_linear_standard_errors_are_right():
    rng = np.random.default_rng(0)
    k = np.repeat(np.geomspace(100, 1000, 10).round().astype(int), 200)
    truth = (k[:, None] / 316) ** -1.2
    laws = (
        LogLinear()
        .fit(
            Contributions(
                k=k,
                delta=rng.normal(truth, 1.5 * (k[:, None] / 316) ** -1.0, (2000, 500)),
                points=np.arange(500),
            )
        )
        .laws_
    )
    z = (laws.alpha - 1.2) / np.sqrt(laws.cov[:, 1, 1])
    assert 0.85 < z.std() < 1.15
    at_300 = (laws.contribution(300) - (300 / 316) ** -1.2) / laws.standard_error(300)
    assert 0.85 < at_300.std() < 1.2 and abs(at_300.mean()) < 0.3
