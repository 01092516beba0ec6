"""Empirical Bayes: coverage with a known truth, shrinkage, odd samples, and cross-fitting."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone

from scaling_values import Amortized, Contributions, Hierarchical, MaximumLikelihood


def simulate(
    n: int, m: int, seed: int, shared: bool = False
) -> tuple[Contributions, np.ndarray, np.ndarray]:
    """Samples, true means at 316, true exponents."""
    rng = np.random.default_rng(seed)
    sd, alpha, beta = (
        1e-3 * np.exp(rng.normal(0, 1, n)),
        rng.normal(1.0, 0.25, n).clip(0.1),
        rng.normal(2.3, 0.3, n),
    )
    mu = sd * rng.normal(0, 1, n) * np.where(rng.random(n) < 0.3, 1.0, 0.15)
    k = rng.integers(100, 1001, m if shared else (m, n))
    sizes = k[:, None] if shared else k
    delta = mu * (sizes / 316) ** -alpha + sd * (sizes / 316) ** (-beta / 2) * rng.normal(
        size=(m, n)
    )
    return Contributions(k=k, delta=delta, points=np.arange(n)), mu, alpha


@pytest.mark.parametrize("m, shared", [(10, False), (40, False), (40, True)])
def test_intervals_cover(m, shared):
    """Intervals cover 90 %, within 4 standard errors and 3 % for a population from few points."""
    covered = []
    for seed in range(2):
        samples, mu, alpha = simulate(300, m, seed, shared)
        interval = Hierarchical().fit(samples).laws_.interval([200, 316, 700])
        truth = mu[:, None] * (np.array([200, 316, 700]) / 316) ** -alpha[:, None]
        covered.append((interval[..., 0] <= truth) & (truth <= interval[..., 1]))
    rate = np.concatenate(covered).mean(0)
    assert (np.abs(rate - 0.9) < 4 * np.sqrt(0.09 / 900) + 0.03).all(), rate


def test_few_shared_draws_widen_what_is_known_of_exponents():
    """Five shared draws widen intervals; the same samples as independent ones do not."""
    samples, _, _ = simulate(100, 5, seed=0, shared=True)
    own = Contributions(
        k=np.tile(samples.k[:, None], 100), delta=samples.delta, points=samples.points
    )

    def spread(each):
        return float(np.median(Hierarchical().fit(each).population_.alpha_sd))

    assert spread(samples) > 1.1 * spread(own)


def test_better_than_means_and_likelihood_at_ten_samples():
    samples, mu, _ = simulate(400, 10, seed=7)

    def error(values):
        return np.sqrt(np.mean((values - mu) ** 2))

    ours = error(Hierarchical().fit(samples).laws_.contribution(316))
    assert ours < 0.8 * error(samples.delta.mean(0))
    assert ours < 0.8 * error(MaximumLikelihood().fit(samples).laws_.contribution(316))


def test_many_samples_speak_for_themselves():
    samples, _, _ = simulate(40, 1500, seed=1)
    ours, likelihood = Hierarchical().fit(samples).laws_, MaximumLikelihood().fit(samples).laws_
    ok = likelihood.status == "ok"
    z = ((ours.mu - likelihood.mu) / np.sqrt(likelihood.cov[:, 0, 0]))[ok]
    assert ok.sum() > 30 and np.abs(z).max() < 0.7
    ratio = np.sqrt(ours.cov[ok, 0, 0] / likelihood.cov[ok, 0, 0])
    assert abs(np.median(ratio) - 1) < 0.1


def test_units_do_not_matter():
    samples, _, _ = simulate(100, 10, seed=2)
    scaled = Contributions(k=samples.k, delta=1e5 * samples.delta, points=samples.points)
    a, b = Hierarchical().fit(samples).laws_, Hierarchical().fit(scaled).laws_
    np.testing.assert_allclose(1e5 * a.mu, b.mu, rtol=1e-9)
    np.testing.assert_allclose(1e5 * a.standard_error(300), b.standard_error(300), rtol=1e-9)


def test_odd_samples_have_finite_laws():
    """No sample, one, two, a single size, constant, all zero, negative, an outlier."""
    samples, _, _ = simulate(120, 10, seed=3)
    k, delta = samples.k.copy(), samples.delta.copy()
    delta[:, 0] = np.nan
    delta[1:, 1] = np.nan
    delta[2:, 2] = np.nan
    k[:, 3] = 300
    delta[:, 4] = 1e-3
    delta[:, 5] = 0.0
    delta[:, 6] = -np.abs(delta[:, 6])
    delta[0, 7] = 1e3 * np.abs(delta[:, 7]).max()
    laws = Hierarchical().fit(Contributions(k=k, delta=delta, points=samples.points)).laws_
    for values in (laws.c, laws.alpha, laws.sigma, laws.beta, laws.cov):
        assert np.isfinite(values).all()
    assert laws.status[0] == "prior only" and (laws.status[1:] == "ok").all()
    assert laws.mu[6] < 0 and (laws.sigma > 0).all()
    assert (
        np.linalg.eigvalsh(laws.cov) > -1e-12 * np.trace(laws.cov, axis1=1, axis2=2)[:, None]
    ).all()


def with_features(n: int, m: int, shared: bool) -> tuple[Contributions, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    X, y = rng.normal(size=(n, 3)), rng.integers(0, 2, n)
    mu = 1e-3 * np.where(y == 1, 1.0, -0.5) * np.tanh(X[:, 0]) + 2e-4 * rng.normal(size=n)
    k = rng.integers(100, 1001, m if shared else (m, n))
    sizes = k[:, None] if shared else k
    delta = mu * (sizes / 400) ** -1.0 + rng.normal(size=(m, n)) * 3e-3 * (sizes / 400) ** -1.2
    return Contributions(k=k, delta=delta, points=np.arange(n), y=y), X, mu


def test_a_network_as_the_prior_helps():
    samples, X, mu = with_features(800, 10, shared=False)
    prior = Amortized(hidden=(32,), max_epochs=30, random_state=0)
    alone, helped = Hierarchical().fit(samples), Hierarchical(prior, n_folds=3).fit(samples, X)

    def error(laws):
        return np.sqrt(np.mean((laws.contribution(400) - mu) ** 2))

    assert error(helped.laws_) < 0.8 * error(alone.laws_)
    interval = helped.laws_.interval(400)
    assert 0.83 < ((interval[:, 0] <= mu) & (mu <= interval[:, 1])).mean() < 0.99
    assert not hasattr(prior, "networks_")  # it was cloned


class Told(BaseEstimator):
    """A prior that returns given laws of points; their first feature is their number."""

    def __init__(self, laws=None, apart=None):
        self.laws, self.apart = laws, apart

    def __sklearn_clone__(self):
        return self

    def fit(self, contributions, X, y=None):
        return self

    def predict(self, X, y):
        rows = X[:, 0].astype(int)
        part = {name: getattr(self.laws, name)[rows] for name in ("c", "alpha", "sigma", "beta")}
        return replace(self.laws, **part)

    def disagreement(self, X, y):
        return self.apart[X[:, 0].astype(int)]


def test_exponents_that_networks_expect_are_used():
    """Ten samples say little about exponents; a prior that knows them halves the error at least."""
    rng = np.random.default_rng(0)
    n, alpha = 300, rng.uniform(0.4, 2.0, 300)
    k, mu = rng.integers(100, 1001, (10, n)), 1e-3 * rng.normal(size=n)
    delta = mu * (k / 316) ** -alpha + 1e-3 * (k / 316) ** -1.2 * rng.normal(size=k.shape)
    samples = Contributions(k=k, delta=delta, points=np.arange(n), y=np.zeros(n, int))
    alone = Hierarchical().fit(samples).laws_
    told = replace(alone, c=mu * 316.0**alpha, alpha=alpha)
    ours = Hierarchical(Told(told, np.zeros(n))).fit(samples, np.arange(n)[:, None]).laws_

    def error(laws):
        return np.sqrt(np.mean((laws.alpha - alpha) ** 2))

    assert error(ours) < 0.5 * error(alone)


def test_where_networks_disagree_samples_decide():
    """If networks are wrong and disagree, the estimate mostly follows the samples."""
    samples, mu, alpha = simulate(100, 20, seed=4)
    right = Hierarchical().fit(samples).laws_
    c, point = mu * 316.0**alpha, 7
    sd = right.sigma[point] * right.k0 ** (-right.beta[point] / 2)
    c[point] += sd * 316.0 ** alpha[point]
    told, apart = (
        replace(right, c=c, alpha=alpha),
        0.01 * right.sigma * right.k0 ** (-right.beta / 2),
    )

    def fit(apart):
        return (
            Hierarchical(Told(told, apart))
            .fit(replace_y(samples), np.arange(100)[:, None])
            .laws_.mu[point]
        )

    sure, unsure = fit(apart), fit(np.where(np.arange(100) == point, sd, apart))
    wrong, own = told.mu[point], samples.delta[:, point].mean()
    assert abs(sure - wrong) < 0.3 * abs(own - wrong)
    assert abs(unsure - wrong) > 0.6 * abs(own - wrong)


def replace_y(samples: Contributions) -> Contributions:
    return Contributions(
        k=samples.k,
        delta=samples.delta,
        points=samples.points,
        y=np.zeros(len(samples.points), int),
    )


def test_estimators_contract_and_bad_input():
    samples, X, _ = with_features(40, 6, shared=False)
    first = Hierarchical(max_points=30, random_state=3)
    np.testing.assert_array_equal(first.fit(samples).laws_.c, clone(first).fit(samples).laws_.c)
    assert first.population_.to_frame()["weight"].sum() == pytest.approx(1)
    for change, match in (
        (dict(alpha_bounds=(2, 1)), "alpha_bounds"),
        (dict(beta_bounds=(0, np.inf)), "beta_bounds"),
        (dict(max_points=0), "max_points"),
    ):
        with pytest.raises(ValueError, match=match):
            Hierarchical(**change).fit(samples)
    with pytest.raises(ValueError, match="X is needed by prior"):
        Hierarchical(Amortized()).fit(samples)
    with pytest.raises(ValueError, match="contributions must be Contributions"):
        Hierarchical().fit(samples.delta)
    with pytest.raises(ValueError, match="all zero"):
        Hierarchical().fit(
            Contributions(k=samples.k, delta=0 * samples.delta, points=samples.points)
        )


@pytest.mark.parametrize("seed", [0, 1, 3])
def test_a_grid_that_is_coarser_than_the_population_does_no_harm(seed):
    """Many draws, little noise, one beta for all: the prior is narrower than the first grids."""
    rng = np.random.default_rng(seed)
    k = rng.integers(100, 1001, 800)
    c, alpha = rng.normal(1, 0.3, 100), rng.uniform(0.8, 1.6, 100)
    delta = c * k[:, None] ** -alpha + rng.normal(0, 0.3, (800, 100)) / k[:, None]
    ours = Hierarchical().fit(Contributions(k=k, delta=delta, points=np.arange(100)))
    steps = np.array(ours.log_evidence_)
    assert (
        np.isfinite(steps).all() and steps[-1] > steps.max() - 1
    )  # a step that goes too far is made good
    error, se = np.abs(ours.laws_.alpha - alpha), np.sqrt(ours.laws_.cov[:, 1, 1])
    assert (error < 5 * se).all() and 0.4 < np.median(error / se) < 1.1


@pytest.mark.parametrize("n", [1, 3, 8])
@pytest.mark.parametrize("m", [60, 300])
def test_few_points_have_finite_laws(n, m):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        k = rng.integers(100, 1001, m)
        u, mu = np.log(k / 316)[:, None], rng.normal(size=n) * 1e-3
        delta = mu * np.exp(-u) + 3e-3 * np.exp(-1.1 * u) * rng.normal(size=(m, n))
        laws = Hierarchical().fit(Contributions(k=k, delta=delta, points=np.arange(n))).laws_
        assert np.isfinite(laws.mu).all() and ((0 <= laws.alpha) & (laws.alpha <= 4)).all()
