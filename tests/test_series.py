"""Power series: additive sums, the posterior, the population, and coverage of laws."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import gammaln
from scipy.stats import norm
from sklearn.base import clone
from test_hierarchical import Told

from scaling_values import Contributions, LogLinear, PowerSeries, sample_contributions
from scaling_values.controls import control_draws
from scaling_values.curves import power_terms
from scaling_values.estimators import Family, series

SIZES = np.arange(100, 1001)


def simulate(
    n: int = 200, m: int = 60, seed: int = 0, shared: bool = True, missing: float = 0.05
) -> tuple[Contributions, np.ndarray]:
    """Points that follow a series of two terms, a third of them with a change of sign."""
    rng = np.random.default_rng(seed)
    k = rng.integers(100, 1001, m if shared else (m, n))
    b = rng.normal([1.0, 0.3], [0.7, 1.0], (n, 2)) * rng.lognormal(-7, 0.7, (n, 1))
    phi = power_terms(np.ravel(k), np.array([1.0, 2.0]), 0.0, 316.0).reshape(*k.shape, 2)
    mean = phi @ b.T if shared else (phi * b).sum(-1)
    ratio = (k[:, None] if shared else k) / 316.0
    delta = mean + 1.5e-3 * ratio**-1.0 * rng.normal(size=(m, n))
    delta[rng.random((m, n)) < missing] = np.nan
    return Contributions(
        k=k,
        delta=delta,
        points=np.arange(n) * 2,
        support=SIZES,
        size_probability=np.full(901, 1 / 901),
    ), b


def truth(b: np.ndarray, sizes: list[int]) -> np.ndarray:
    return b @ power_terms(np.array(sizes, float), np.array([1.0, 2.0]), 0.0, 316.0).T


def same(one, other, rtol: float = 1e-9) -> None:
    for a, b in zip(one.components, other.components):
        np.testing.assert_allclose(a.mean, b.mean, rtol=rtol, atol=rtol * np.abs(b.mean).max())
        np.testing.assert_allclose(a.cov, b.cov, rtol=rtol, atol=rtol * np.abs(b.cov).max())


@pytest.mark.parametrize("shared", [True, False])
def test_sums_of_batches_are_the_sums_of_all(shared):
    samples, _ = simulate(shared=shared)
    basis = series.Basis(series.default_families(100, 1000), 100.0, 1000.0)
    whole = series.power_sums(samples.k, samples.delta, basis)
    order = np.random.default_rng(1).permutation(len(samples))
    parts = [
        series.power_sums(samples.k[some], samples.delta[some], basis)
        for some in np.array_split(order, 3)
    ]
    total = sum(parts[1:], parts[0])
    for shift in basis.shifts():
        np.testing.assert_allclose(total.pairs[shift], whole.pairs[shift], rtol=1e-12)
        np.testing.assert_allclose(
            total.cross[shift],
            whole.cross[shift],
            rtol=1e-9,
            atol=1e-12 * np.abs(whole.cross[shift]).max(),
        )
    np.testing.assert_allclose(total.plain, whole.plain, rtol=1e-12)


def test_sums_are_what_they_stand_for():
    samples, _ = simulate(n=5, m=20, shared=False)
    family = Family((1.0, 2.0, 3.0), 100.0)
    basis = series.Basis((family, Family((0.5, 1.0))), 100.0, 1000.0)
    sums = series._of_family(series.power_sums(samples.k, samples.delta, basis), basis, family, 1.0)
    for i, beta in ((0, 2), (3, 5)):
        seen = ~np.isnan(samples.delta[:, i])
        k, delta = samples.k[seen, i], samples.delta[seen, i]
        phi, w = (
            power_terms(k, np.array(family.exponents), 100.0, basis.k0),
            (k / basis.k0) ** series.BETAS[beta],
        )
        np.testing.assert_allclose(sums.A[i, beta], (phi * w[:, None]).T @ phi, rtol=1e-12)
        np.testing.assert_allclose(sums.g[i, beta], phi.T @ (w * delta), rtol=1e-12)
        np.testing.assert_allclose(sums.q[i, beta], w @ delta**2, rtol=1e-12)


def test_the_posterior_is_bayes_rule():
    """Against a regression's normal-inverse-gamma evidence, for one point, component and node."""
    samples, _ = simulate(n=4, m=25)
    family = Family((1.0, 2.0))
    basis = series.Basis((family,), 100.0, 1000.0)
    scale = 1e-3
    sums = series._of_family(
        series.power_sums(samples.k, samples.delta, basis), basis, family, scale
    )
    rng = np.random.default_rng(0)
    C, B = 3, len(series.BETAS)
    half = rng.normal(size=(C, 2, 2))
    population = series.SeriesPopulation(
        np.full((C, B), 1 / (C * B)),
        rng.normal(size=(C, 2)),
        half @ half.swapaxes(1, 2) + np.eye(2),
        rng.uniform(0.5, 2, C),
        rng.uniform(2, 5, C),
    )
    post = series.series_posterior(sums, population)
    i = 1
    seen = ~np.isnan(samples.delta[:, i])
    k, y = samples.k[seen], samples.delta[seen, i] / scale
    evidence = np.empty((C, B))
    for c in range(C):
        for j, beta in enumerate(series.BETAS):
            phi, spread = (
                power_terms(k, np.array(family.exponents), 0.0, basis.k0),
                np.diag((k / basis.k0) ** -beta),
            )
            S, m, h, tau = (
                population.cov[c],
                population.mean[c],
                population.shape[c],
                population.noise[c],
            )
            marginal = spread + phi @ S @ phi.T  # a multivariate t
            rest = y - phi @ m
            quadratic = rest @ np.linalg.solve(marginal, rest)
            n = len(y)
            evidence[c, j] = (
                gammaln(h + n / 2)
                - gammaln(h)
                - n / 2 * np.log(2 * np.pi * h * tau**2)
                - 0.5 * np.linalg.slogdet(marginal)[1]
                - (h + n / 2) * np.log1p(quadratic / (2 * h * tau**2))
            )
            gain = S @ phi.T @ np.linalg.inv(marginal)
            np.testing.assert_allclose(post.mean[i, c, j], m + gain @ rest, rtol=1e-8)
            np.testing.assert_allclose(post.cov[i, c, j], S - gain @ phi @ S, rtol=1e-7, atol=1e-10)
            np.testing.assert_allclose(post.rate[i, c, j], h * tau**2 + quadratic / 2, rtol=1e-8)
    share = np.exp(evidence - evidence.max())
    np.testing.assert_allclose(post.probability[i], share / share.sum(), rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(
        post.log_evidence[i], np.log(share.sum() / (C * B)) + evidence.max(), rtol=1e-9
    )


def test_em_raises_the_evidence_and_finds_what_points_are_like():
    samples, b = simulate(n=1000, m=100, shared=False)
    family = Family((1.0, 2.0))
    basis = series.Basis((family,), 100.0, 1000.0)
    sums = series._of_family(
        series.power_sums(samples.k, samples.delta, basis), basis, family, 1e-3
    )
    population, path = series.learn_population(sums, components=3, pull=1e-6, max_iter=60)
    assert (np.diff(path) > -1e-3 * np.abs(path[-1])).all() and path[-1] > path[0]
    post = series.series_posterior(sums, population)
    found = np.einsum("ncb,ncbj->nj", post.probability, post.mean) * 1e-3
    at = truth(b, [100, 1000])
    ours = found @ power_terms(np.array([100.0, 1000.0]), np.array([1.0, 2.0]), 0.0, basis.k0).T
    assert (np.corrcoef(ours[:, 0], at[:, 0])[0, 1] > 0.95) and (
        np.corrcoef(ours[:, 1], at[:, 1])[0, 1] > 0.9
    )


@pytest.mark.parametrize("shared", [True, False])
def test_partial_fits_equal_a_fit_of_all(shared):
    samples, _ = simulate(n=60, shared=shared)
    whole = PowerSeries().fit(samples)
    parts = (
        PowerSeries()
        .partial_fit(samples.take(range(13)))
        .partial_fit(samples.take(range(13, 41)))
        .partial_fit(samples.take(range(41, 60)))
    )
    same(parts.laws_, whole.laws_, rtol=1e-7)
    assert (
        parts.laws_.sizes == whole.laws_.sizes
        and (parts.laws_.n_samples == whole.laws_.n_samples).all()
    )
    with pytest.raises(ValueError, match="the points that the first draws were of"):
        parts.partial_fit(samples.take(points=range(9)))


def test_shared_and_own_draws_can_be_added():
    shared, _ = simulate(n=60, m=20)
    own, _ = simulate(n=60, m=30, shared=False)
    both = PowerSeries().partial_fit(shared).partial_fit(own).partial_fit(shared).laws_
    other = PowerSeries().partial_fit(own).partial_fit(shared).partial_fit(shared).laws_
    same(both, other, rtol=1e-6)
    assert (
        both.n_samples == (~np.isnan(shared.delta)).sum(0) * 2 + (~np.isnan(own.delta)).sum(0)
    ).all()


def test_threads_and_chunks_change_nothing(monkeypatch):
    samples, _ = simulate(n=60)
    one = PowerSeries(n_jobs=1).fit(samples).laws_
    monkeypatch.setattr(series, "_CHUNK", 23)
    two = PowerSeries(n_jobs=2).fit(samples).laws_
    same(one, two, rtol=1e-12)


def test_a_store_gives_the_laws_of_its_samples(tmp_path, utility, monkeypatch):
    samples = sample_contributions(
        utility,
        range(40),
        (20, 60),
        draws=24,
        random_state=0,
        store=tmp_path / "store",
        block_size=5,
        progress=False,
    )
    monkeypatch.setattr(series, "_STORE_CHUNK", 15)
    stored = PowerSeries().fit_store(tmp_path / "store", index=samples.index).laws_
    whole = PowerSeries().fit(samples).laws_
    same(stored, whole, rtol=1e-7)
    with pytest.raises(ValueError, match="keeps no sums"):
        PowerSeries(max_iter=1).fit_store(tmp_path / "store").partial_fit(samples)
    with pytest.raises(ValueError, match="holds no store"):
        PowerSeries().fit_store(tmp_path / "nothing")
    with pytest.raises(ValueError, match="points has 3 rows, but 40 were valued"):
        PowerSeries().fit_store(tmp_path / "store", points=range(3))


ODD = {
    "one number everywhere": lambda size, point, noise: np.full(noise.shape, 0.01),
    "one number for each point": lambda size, point, noise: point + 0 * noise,
    "laws without noise": lambda size, point, noise: point / size**1.3,
    "all points alike": lambda size, point, noise: np.tile(noise[:, :1], noise.shape[1]) / size,
    "a metric with steps": lambda size, point, noise: np.round((10 * point + noise) / size, 2),
    "nearly always zero": lambda size, point, noise: np.where(
        np.abs(noise) < 2.2, 0.0, noise / size
    ),
    "one point that is not zero": lambda size, point, noise: np.where(
        np.arange(noise.shape[1]) == 3, noise / size, 0.0
    ),
    "a number that rounding moves": lambda size, point, noise: 0.01 + 1e-14 * noise,
    "Cauchy's tails": lambda size, point, noise: np.tan(np.pi * (norm.cdf(noise) - 0.5)) / size,
    "huge": lambda size, point, noise: 1e150 * (point + noise) / size,
    "tiny": lambda size, point, noise: 1e-150 * (point + noise) / size,
}


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("kind", ODD)
def test_odd_contributions_have_finite_laws(kind, shared):
    rng = np.random.default_rng(0)
    k = rng.integers(100, 1001, 40 if shared else (40, 30))
    delta = ODD[kind](k[:, None] if shared else k, rng.normal(size=30), rng.normal(size=(40, 30)))
    samples = Contributions(
        k=k,
        delta=delta,
        points=np.arange(30),
        support=SIZES,
        size_probability=np.full(901, 1 / 901),
    )
    laws = PowerSeries(max_iter=15).fit(samples).laws_
    values, psi = laws.values(), laws.contribution(300)
    assert np.isfinite(values).all(axis=None) and (values["se"] > 0).all()
    low, high = np.transpose(laws.interval(300))
    assert ((low < psi) & (psi < high)).all()
    assert np.abs(psi).max() <= 1.05 * np.abs(delta).max()


@pytest.mark.parametrize("unit", [1e-9, 1e6])
def test_units_do_not_matter(unit):
    samples, _ = simulate(n=60)
    one, other = (
        PowerSeries().fit(samples).laws_,
        PowerSeries().fit(replace(samples, delta=samples.delta * unit)).laws_,
    )
    np.testing.assert_allclose(other.values() / unit, one.values(), rtol=1e-6)
    np.testing.assert_allclose(other.beta, one.beta, rtol=1e-6)


def test_points_without_samples_are_what_points_are_like():
    samples, _ = simulate(n=60)
    samples.delta[:, 7] = np.nan
    samples.delta[5:, 8] = np.nan
    laws = PowerSeries().fit(samples).laws_
    assert laws.status[7] == "prior only" and (np.delete(laws.status, 7) == "ok").all()
    assert (
        np.isfinite(laws.values()).all().all()
        and laws.values().se.iloc[7] > laws.values().se.median()
    )


@pytest.mark.parametrize("draws", [2, 3, 8, 12])
def test_few_draws_give_finite_laws(draws):
    samples, _ = simulate(n=60, m=draws, missing=0.2)
    laws = PowerSeries().fit(samples).laws_
    assert np.isfinite(laws.interval([50, 300, 5000])).all()


def test_heavy_tails_and_constant_points_do_not_break_it():
    samples, b = simulate(n=300, m=100, shared=False, missing=0)
    rng = np.random.default_rng(3)
    wild = replace(
        samples,
        delta=samples.delta
        + 1.5e-3 * (samples.k / 316) ** -1.0 * rng.standard_t(2, samples.delta.shape),
    )
    wild.delta[:, 0] = 0.0
    laws = PowerSeries().fit(wild).laws_
    psi = laws.contribution([100, 300, 1000])
    assert np.isfinite(psi).all() and (np.abs(psi[0]) < 0.3 * np.median(np.abs(psi), axis=0)).all()
    assert np.corrcoef(psi[1:, 1], truth(b, [300])[1:, 0])[0, 1] > 0.8


def test_intervals_cover_where_the_model_holds():
    covered = []
    for seed in range(4):
        samples, b = simulate(n=400, m=50, seed=seed, shared=False)
        laws = PowerSeries().fit(samples).laws_
        ends, true = laws.interval([100, 300, 1000, 3000]), truth(b, [100, 300, 1000, 3000])
        covered.append(((ends[..., 0] <= true) & (true <= ends[..., 1])).mean(0))
    covered = np.mean(covered, axis=0)
    assert (covered[:3] > 0.86).all() and (covered[:3] < 0.96).all() and covered[3] > 0.86, covered


def test_signs_that_change_are_found():
    samples, b = simulate(n=400, m=400, shared=False)
    true = truth(b, [100, 1000])
    frame = PowerSeries().fit(samples).laws_.sign_change(100, 1000)
    turns = true[:, 0] * true[:, 1] < 0
    clear = np.abs(true).min(1) > 1e-4
    sure = frame.probability.to_numpy() > 0.9
    assert (
        turns[sure & clear].mean() > 0.9
        and turns[(frame.probability.to_numpy() < 0.1) & clear].mean() < 0.1
    )


@pytest.mark.parametrize(
    "wrong, says",
    [
        (dict(families=[]), "families is empty"),
        (dict(families=[((1.0, 1.0), 0.0)]), "must be different numbers"),
        (dict(families=[((1.0,), -3.0)]), "0 or more"),
        (dict(n_components=0), "n_components"),
        (dict(max_points=1.5), "max_points"),
    ],
)
def test_wrong_settings_are_named(wrong, says):
    with pytest.raises(ValueError, match=says):
        PowerSeries(**wrong).fit(simulate(n=10)[0])


def test_nothing_to_learn_from_is_said():
    samples, _ = simulate(n=10)
    with pytest.raises(ValueError, match="all zero or missing"):
        PowerSeries().fit(replace(samples, delta=samples.delta * 0))
    with pytest.raises(ValueError, match="must be a Contributions"):
        PowerSeries().fit([1, 2])


def test_scikit_learns_contract():
    estimator = PowerSeries(families=[Family((1.0, 2.0))], n_components=2)
    again = clone(estimator)
    assert again.get_params() == estimator.get_params() and not hasattr(again, "laws_")
    samples, _ = simulate(n=30)
    assert estimator.fit(samples) is estimator and len(estimator.laws_.components) == 1


def test_a_common_error_widens_intervals_of_shared_draws():
    """With shared draws, intervals cover on average, and are wider than with independent draws."""
    sure, wider = [], []
    for seed in (2, 3):
        samples, b = simulate(n=120, m=60, seed=seed, missing=0)
        rng = np.random.default_rng(seed + 50)
        loading = 4e-3 * rng.normal(1, 0.5, 120)
        error = rng.normal(size=(60, 1)) * loading * (samples.k[:, None] / 316) ** -1.0
        common = replace(samples, delta=samples.delta + error)
        own = replace(common, k=np.tile(common.k[:, None], 120))
        (ends, others), true = (
            (PowerSeries().fit(each).laws_.interval([200, 600]) for each in (common, own)),
            truth(b, [200, 600]),
        )
        sure.append(((ends[..., 0] <= true) & (true <= ends[..., 1])).mean())
        wider.append(np.median(np.diff(ends) / np.diff(others)))
    assert np.mean(sure) > 0.75 and np.mean(wider) > 1.1, (sure, wider)


def test_controlled_draws_fit_as_well(utility):
    samples = sample_contributions(
        utility, range(60), (20, 60), draws=30, random_state=0, base_fits=60, progress=False
    )
    laws = PowerSeries().fit(control_draws(samples)).laws_
    assert np.isfinite(laws.values()).all().all()


def _noisy(luck: np.ndarray, seed: int = 5) -> tuple[Contributions, np.ndarray]:
    """Independent draws; the noise is `luck` (m, n), of unit variance, times each point's scale."""
    rng = np.random.default_rng(seed)
    k = rng.integers(100, 1001, luck.shape)
    b = rng.normal([1.0, 0.3], [0.7, 1.0], (luck.shape[1], 2)) * 1e-3
    phi = power_terms(np.ravel(k), np.array([1.0, 2.0]), 0.0, 316.0).reshape(*k.shape, 2)
    b = b * (size := rng.lognormal(0, 0.8, len(b)))[:, None]
    delta = (phi * b).sum(-1) + 1.5e-3 * size * (k / 316.0) ** -1.0 * luck
    design = dict(support=SIZES, size_probability=np.full(901, 1 / 901))
    return Contributions(k=k, delta=delta, points=np.arange(luck.shape[1]), **design), b


def _rare(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Nothing but a little noise, and once in a while a lot: a kurtosis of 22."""
    return np.where(rng.random(shape) < 0.03, 3.9, 0.75) * rng.normal(size=shape)


def test_samples_with_heavy_tails_count_for_less_noise_and_intervals_hold():
    rng = np.random.default_rng(0)
    tails, held, stubborn = {}, {}, {}
    for name, luck in (("normal", rng.normal(size=(40, 500))), ("rare", _rare(rng, (40, 500)))):
        samples, b = _noisy(luck / luck.std())
        fitted, true = PowerSeries().fit(samples), truth(b, [300])[:, 0]
        tails[name], held[name] = np.mean(fitted.tails_), _held(fitted.laws_, true)
        fitted.tails_ = [1.0] * len(fitted.tails_)
        stubborn[name] = _held(_again(fitted, samples), true)
    assert tails["normal"] > 0.8 and tails["rare"] < 0.5
    assert min(held.values()) > 0.85 and held["rare"] > stubborn["rare"]


def _again(fitted: PowerSeries, samples: Contributions):
    """The laws of a fit whose share of samples was overruled."""
    posteriors = series._all_posteriors(fitted, [fitted.sums_])
    count, laws = fitted.sums_.plain[:, 0], fitted.laws_
    return series._make_laws(
        fitted, posteriors, count, laws.sizes, laws.r2, samples.points, samples.index
    )


def _held(laws, true: np.ndarray) -> float:
    low, high = laws.interval(300).T
    return float(((low < true) & (true < high)).mean())


def test_coefficients_do_not_depend_on_what_counts_for_noise():
    """Within a component and a node they are the same: only how probable these are may change."""
    samples, _ = simulate(n=40)
    fitted = PowerSeries(n_components=1).fit(samples)
    family, population = fitted.basis_.families[0], fitted.populations_[0]
    sums = series._of_family(fitted.sums_, fitted.basis_, family, fitted._scale)
    whole, half = (series.series_posterior(sums, population, tails) for tails in (1.0, 0.5))
    np.testing.assert_array_equal(whole.mean, half.mean)
    np.testing.assert_array_equal(whole.cov, half.cov)
    np.testing.assert_allclose(
        2 * (half.shape - population.shape[0]), whole.shape - population.shape[0]
    )


def test_sums_beyond_known_curves_are_those_of_the_differences():
    samples, b = simulate(shared=False)
    family = Family((1.0, 2.0))
    basis = series.Basis((family, Family((0.5, 1.0))), 100.0, 1000.0)
    phi = power_terms(samples.k.ravel(), np.array(family.exponents), 0.0, basis.k0).reshape(
        *samples.k.shape, 2
    )
    found = series.beyond_known(
        series.power_sums(samples.k, samples.delta, basis), basis, {family: b}
    )
    direct = series.power_sums(samples.k, samples.delta - (phi * b).sum(-1), basis)
    for one, other in zip(
        *(series._of_family(sums, basis, family, 1e-3) for sums in (found, direct))
    ):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9 * np.abs(other).max())
    untouched = series._of_family(found, basis, basis.families[1], 1.0)
    np.testing.assert_array_equal(
        untouched.q, series.power_sums(samples.k, samples.delta, basis).squares
    )
    np.testing.assert_allclose((found + found).known[family], 2 * found.known[family])


def test_a_prior_that_knows_helps_and_one_that_guesses_harms_little():
    """Ten samples of points whose laws a network may know; the first feature is their number."""
    rng = np.random.default_rng(1)
    n, sizes = 300, np.array([100.0, 316.0, 3000.0])
    alpha, c = rng.uniform(0.5, 1.8, n), rng.normal(size=n)
    k = rng.integers(100, 1001, (10, n))
    ratio = k / 316.0
    delta = 1e-3 * (c * ratio**-alpha + 2.0 * ratio**-1.0 * rng.normal(size=(10, n)))
    samples = Contributions(k=k, delta=delta, points=np.arange(n), y=np.zeros(n, int))
    X, true = np.arange(n)[:, None], 1e-3 * c[:, None] * (sizes / 316.0) ** -alpha[:, None]

    def error(laws) -> np.ndarray:
        return np.sqrt(((laws.contribution(sizes) - true) ** 2).mean(0))

    alone, powers = PowerSeries().fit(samples).laws_, LogLinear().fit(samples).laws_

    def with_prior(mu: np.ndarray):
        told = replace(powers, c=1e-3 * mu * 316.0**alpha, alpha=alpha)
        return PowerSeries(prior=Told(told, np.zeros(n))).fit(samples, X).laws_

    knows, guesses, absurd = (
        with_prior(c),
        with_prior(rng.permutation(c)),
        with_prior(np.where(np.arange(n) < 5, 1e3, c)),
    )
    assert (error(knows) < 0.5 * error(alone)).all()
    assert (error(guesses) < 1.6 * error(alone)).all()
    assert (
        error(absurd) < 1.6 * error(alone)
    ).all()  # five points' expectations are a thousand times too large
    inside = knows.interval(sizes)
    covered = ((inside[..., 0] <= true) & (true <= inside[..., 1])).mean(0)
    assert (covered > 0.8).all()


def test_what_a_prior_needs_is_said(tmp_path):
    samples, _ = simulate(n=30, m=10)
    with pytest.raises(ValueError, match="X is needed by prior"):
        PowerSeries(prior=Told()).fit(samples)
    with pytest.raises(ValueError, match="independent=True"):
        PowerSeries(prior=Told()).fit(samples, np.zeros((30, 1)))
    with pytest.raises(ValueError, match="fit all draws at once"):
        PowerSeries(prior=Told()).partial_fit(samples)
    with pytest.raises(ValueError, match="or leave prior out"):
        PowerSeries(prior=Told()).fit_store(tmp_path)
