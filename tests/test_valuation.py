"""Values: exact sums of laws, and Monte Carlo, unbiased for any design and missing entries."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from test_laws import bent_laws, make_laws

from scaling_values import (
    Contributions,
    Hierarchical,
    MaximumLikelihood,
    PowerSeries,
    assisted_values,
    monte_carlo,
    shapley_weights,
)
from scaling_values.estimators import Family
from scaling_values.laws import power_law
from scaling_values.sampling import class_allocation, design_sizes
from scaling_values.valuation import _residuals, _sure_share, law_values, node_weights

N_POOL, DRAWS, REPEATS = 1300, 400, 400
C, ALPHA = np.array([1.0, -0.4, 0.7]), np.array([1.1, 1.4, 0.8])


def simulate(design: str, rng: np.random.Generator) -> Contributions:
    """Shared draws from a pool of 1300; a point is in a set of size k with probability k/1300."""
    support = design_sizes(design, (100, 1000))
    k = (
        rng.choice(support, DRAWS)
        if design == "uniform"
        else np.tile(support, DRAWS // len(support))
    )
    delta = power_law(k, C, ALPHA).T + rng.normal(0, 0.5, (len(k), 3)) / k[:, None]
    delta[rng.random(delta.shape) < k[:, None] / N_POOL] = np.nan
    absence = 1 - class_allocation(support, [N_POOL]) / N_POOL
    return Contributions(
        k=k,
        delta=delta,
        points=np.arange(3),
        support=support,
        size_probability=np.full(len(support), 1 / len(support)),
        absence=absence,
        stratum=np.zeros(3, int),
    )


@pytest.mark.parametrize("design", ["uniform", "grid"])
def test_the_weighted_mean_is_unbiased_and_the_plain_mean_is_not(design):
    rng = np.random.default_rng(0)
    truth = power_law(np.arange(100, 1001), C, ALPHA).mean(1)
    weighted, errors, plain = [], [], []
    for _ in range(REPEATS):
        samples = simulate(design, rng)
        frame = monte_carlo(samples)
        (
            weighted.append(frame.value.to_numpy()),
            errors.append(frame.se.to_numpy()),
            plain.append(np.nanmean(samples.delta, 0)),
        )
    weighted, errors, plain = map(np.array, (weighted, errors, plain))
    spread = weighted.std(0, ddof=1)
    assert (np.abs(weighted.mean(0) - truth) < 4 * spread / np.sqrt(REPEATS)).all(), "biased"
    assert (np.abs(plain.mean(0) - truth) > 4 * plain.std(0) / np.sqrt(REPEATS)).all(), (
        "the plain mean should be biased here"
    )
    np.testing.assert_allclose(np.sqrt((errors**2).mean(0)), spread, rtol=0.15)
    z = (weighted - truth) / errors
    assert (np.abs((np.abs(z) < 1.645).mean(0) - 0.9) < 4 * np.sqrt(0.09 / REPEATS)).all()


def test_without_missing_entries_a_uniform_design_gives_the_plain_mean():
    samples = simulate("uniform", np.random.default_rng(1))
    full = Contributions(
        k=samples.k,
        delta=np.nan_to_num(samples.delta),
        points=samples.points,
        support=samples.support,
        size_probability=samples.size_probability,
    )
    np.testing.assert_allclose(monte_carlo(full).value, full.delta.mean(0), rtol=1e-12)


def test_other_semivalues_and_their_scale():
    samples = simulate("uniform", np.random.default_rng(2))
    early = pd.Series(1.0, index=range(100, 201))  # a sum, not a mean
    frame = monte_carlo(samples, early)
    assert (
        np.abs(frame.value - power_law(early.index.to_numpy(), C, ALPHA).sum(1)) < 4 * frame.se
    ).all()


def test_scarce_samples_are_said_aloud():
    samples = simulate("uniform", np.random.default_rng(3)).take(range(5))
    with pytest.warns(UserWarning, match="fewer than 10 effective samples"):
        monte_carlo(samples)


@pytest.mark.parametrize("make", [make_laws, bent_laws])
def test_the_former_function_gives_the_laws_own_values(make):
    laws, weights = make(20), shapley_weights(100, 900)
    with pytest.warns(FutureWarning, match=r"use laws.values\(weights\)") as caught:
        found = law_values(laws, weights)
    assert caught[0].filename == __file__
    pd.testing.assert_frame_equal(found, laws.values(weights)[["value", "se"]])


@pytest.mark.parametrize("own", [False, True], ids=["shared", "own"])
@pytest.mark.parametrize("make", [make_laws, bent_laws])
def test_residuals_are_what_the_samples_say_beyond_the_laws(make, own):
    laws, rng = make(6), np.random.default_rng(0)
    k = rng.integers(100, 1001, (40, 6) if own else 40)
    delta = rng.normal(size=(40, 6))
    found = _residuals(Contributions(k=k, delta=delta, points=laws.points), laws).delta
    for draw in range(40):
        for point in range(6):
            size = int(k[draw, point] if own else k[draw])
            expected = delta[draw, point] - laws.contribution(size)[point]
            assert found[draw, point] == pytest.approx(expected, rel=1e-12)


def test_nothing_global_is_changed():
    before = np.random.get_state()[1].copy(), np.geterr(), list(warnings.filters)
    monte_carlo(simulate("grid", np.random.default_rng(0)))
    after = np.random.get_state()[1], np.geterr(), list(warnings.filters)
    assert (before[0] == after[0]).all() and before[1:] == after[1:]


def _laws(n, seed=0, sizes=(100, 1000)):
    from scaling_values import ScalingLaws

    rng = np.random.default_rng(seed)
    alpha, k0 = rng.uniform(0.5, 1.8, n), 316.0
    root = rng.normal(size=(n, 2, 2)) * np.array([1e-6, 1e-2])[:, None]
    return ScalingLaws(
        c=rng.normal(1e-3, 1e-3, n) * k0**alpha,
        alpha=alpha,
        sigma=np.ones(n),
        beta=np.full(n, 2.0),
        k0=k0,
        sizes=sizes,
        cov=root @ root.transpose(0, 2, 1),
        r2=np.ones(n),
        n_samples=np.full(n, 50),
        status=np.full(n, "ok"),
        points=np.arange(n),
        index=np.arange(n),
    )


def test_errors_of_values_are_those_of_simulated_laws():
    """The delta method against the spread of values under draws of (mu, alpha)."""
    laws, rng = _laws(20), np.random.default_rng(1)
    drawn = np.array(
        [rng.multivariate_normal(m, c, 4000) for m, c in zip(np.c_[laws.mu, laws.alpha], laws.cov)]
    )
    mu, alpha = drawn.reshape(-1, 2).T
    many = replace(_laws(len(mu)), c=mu * laws.k0**alpha, alpha=alpha)
    assert many.sizes == laws.sizes and many.k0 == laws.k0
    spread = many.values()["value"].to_numpy().reshape(20, 4000).std(axis=1)
    np.testing.assert_allclose(spread, laws.values().se, rtol=0.08)


def test_families_of_weights():
    from scaling_values import banzhaf_weights, beta_weights

    for a, b in ((1, 1), (16, 1), (1, 4), (0.5, 0.5)):
        weights = beta_weights(300, a, b)
        assert abs(weights.sum() - 1) < 1e-12 and (weights > 0).all()
    # beta-binomial by its definition: an integral of binomials over the share that came before
    from scipy.integrate import quad
    from scipy.stats import beta, binom

    direct = np.array(
        [quad(lambda p: binom.pmf(k, 19, p) * beta.pdf(p, 2, 5), 0, 1)[0] for k in range(1, 20)]
    )
    np.testing.assert_allclose(beta_weights(20, 5, 2), direct / direct.sum(), rtol=1e-8)
    assert banzhaf_weights(1001).idxmax() == 500
    assert beta_weights(10_000, 1, 1, low=100, high=1000).index[[0, -1]].tolist() == [100, 1000]
    for bad, message in (
        ((1,), "n="),
        ((10, -1, 1), "positive"),
        ((10, 1, 1, 1, 50), "more than the 9"),
        ((10_000, 16, 1, 9000), "nothing to scale"),
    ):
        with pytest.raises(ValueError, match=message):
            beta_weights(*bad)


@pytest.mark.filterwarnings("error")
def test_extrapolated_weight_is_warned_about():
    from scaling_values import banzhaf_weights

    laws = _laws(3)
    laws.values(), laws.values(low=100, high=1100), laws.values({100: 0.5, 1000: 0.5})
    for work in (
        lambda: laws.values(banzhaf_weights(10_000)),
        lambda: laws.values(low=10, high=5000),
        lambda: laws.values({50: 1.0}),
    ):
        with pytest.raises(UserWarning, match="outside the sampled sizes 100 to 1000"):
            work()


def test_too_few_effective_samples_are_no_estimate():
    k = np.array([100] * 30 + [500])
    samples = Contributions(
        k=k,
        delta=np.random.default_rng(0).normal(size=(31, 2)),
        points=np.arange(2),
        support=np.arange(100, 501),
        size_probability=np.full(401, 1 / 401),
    )
    with pytest.raises(ValueError, match="no estimate"):
        monte_carlo(samples, {500: 1.0})
    assert monte_carlo(samples, {100: 1.0}).n_eff.gt(29).all()


def many(
    m: int, bend: float, seed: int, design: str = "uniform"
) -> tuple[Contributions, np.ndarray]:
    """Two hundred points with shared draws; at the ends, their means differ from laws by `bend`."""
    rng, support = np.random.default_rng(seed), design_sizes(design, (100, 1000))
    k = rng.choice(support, m) if design == "uniform" else np.repeat(support, m // len(support))
    c, alpha, own = rng.normal(1, 0.3, 200), rng.uniform(0.8, 1.6, 200), rng.normal(0, bend, 200)

    def mean(k):
        return power_law(k, c, alpha).T * (1 + own * np.log(k / 316)[:, None] ** 2)

    delta = mean(k) + rng.normal(0, 0.3, (len(k), 200)) / k[:, None]
    return Contributions(
        k=k,
        delta=delta,
        points=np.arange(200),
        support=support,
        size_probability=np.full(len(support), 1 / len(support)),
    ), mean(np.arange(100, 1001)).mean(0)


@pytest.mark.parametrize(
    "estimator", [MaximumLikelihood(), Hierarchical()], ids=["likelihood", "hierarchical"]
)
@pytest.mark.parametrize("design", ["uniform", "grid"])
def test_assisted_values_follow_the_law_where_it_holds_and_the_samples_where_it_does_not(
    estimator, design
):
    shares, error = [], lambda values, truth: np.sqrt(np.mean((values - truth) ** 2))
    for bend in (0.0, 0.8):
        samples, truth = many(800, bend, seed=1, design=design)
        laws = estimator.fit(samples).laws_
        frame = assisted_values(samples, estimator)
        best = min(
            error(laws.values(low=100, high=1000)["value"], truth),
            error(monte_carlo(samples).value, truth),
        )
        assert error(frame.value, truth) < 1.2 * best
        shares.append(frame.trust.iloc[0])
        assert 0.8 < (np.abs(frame.value - truth) < 1.645 * frame.se).mean() <= 1
    assert shares[0] < 0.35 and shares[1] > 0.6


def two_powers(seed: int, m: int, shared: bool, common: float, first: float) -> Contributions:
    """Sixty points with b1/k + b2/k^2; errors share a factor, `common` times their own part."""
    rng, support = np.random.default_rng(seed), np.arange(100, 1001)
    k = rng.choice(support, m if shared else (m, 60))
    size = (k[:, None] if shared else k) / 316
    b = rng.normal([first, 1.3], 0.5, (60, 2))
    noise = common * rng.normal(size=(m, 1)) * rng.uniform(0.5, 1.5, 60) + rng.normal(size=(m, 60))
    return Contributions(
        k=k,
        delta=b[:, 0] / size + b[:, 1] / size**2 + noise / size,
        points=np.arange(60),
        support=support,
        size_probability=np.full(901, 1 / 901),
    )


def test_samples_that_agree_on_nothing_but_their_luck_are_not_trusted():
    """The truth is a power series; with shared draws, most of the error is common."""
    trusts = []
    for seed in range(11):
        samples = two_powers(seed, 300, shared=True, common=1.0, first=1.0)
        trusts.append(
            assisted_values(
                samples, PowerSeries(families=[Family((1.0, 2.0))]).fit(samples)
            ).trust.median()
        )
    assert np.median(trusts) < 0.1 and min(trusts) >= 0


def test_samples_of_their_own_are_trusted_where_laws_are_wrong():
    """Straight laws, points that turn from help to harm."""
    samples = two_powers(0, 400, shared=False, common=0.0, first=-1.0)
    assert assisted_values(samples, MaximumLikelihood(n_starts=2).fit(samples)).trust.median() > 0.5


def test_the_share_is_never_negative_and_never_one():
    for shared, square in (
        ([0.0, 0.0], [0.0, 0.0]),
        ([-1.0, -2.0, -1.0], [1.0, 1.0, 1.0]),
        ([5.0, -4.0], [1.0, 1.0]),
        ([9.0, -1.0], [1.0, 1.0]),
    ):
        assert _sure_share(np.array(shared), np.array(square)) == 0
    assert _sure_share(np.array([2.0, 2.0]), np.array([1.0, 1.0])) == 0.999
    assert _sure_share(np.array([0.5, 0.6]), np.array([1.0, 1.0])) == pytest.approx(
        0.55 - 0.45 * 0.05**2 / 0.55
    )


def test_without_an_estimator_power_series_are_fitted_to_the_samples():
    samples = two_powers(0, 40, shared=True, common=0.0, first=1.0).take(points=range(20))
    pd.testing.assert_frame_equal(
        assisted_values(samples), assisted_values(samples, PowerSeries().fit(samples))
    )


def test_grids_of_sets_of_every_points_own_are_corrected_as_shared_ones_are():
    samples, _ = many(400, 0.8, seed=1, design="grid")
    samples = samples.take(
        np.arange(400).reshape(10, 40).T.ravel(), range(60)
    )  # sizes in turn, as they are drawn
    own = replace(samples, k=np.repeat(samples.k[:, None], 60, axis=1))
    estimator = MaximumLikelihood().fit(samples)
    for weights, n_folds in ((None, 5), (dict.fromkeys(samples.support, 0.1), 7)):
        shared, independent = (
            assisted_values(some, estimator, weights, n_folds=n_folds) for some in (samples, own)
        )
        pd.testing.assert_frame_equal(shared, independent)
        assert independent.trust.iloc[0] > 0.5


def test_a_point_without_a_law_has_its_average_and_one_without_samples_its_law():
    samples, _ = many(60, 0.3, seed=2)
    delta = samples.delta.copy()
    delta[3:, 0], delta[:, 1] = np.nan, np.nan
    samples = replace(samples, delta=delta)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        few, ours = MaximumLikelihood().fit(samples), Hierarchical().fit(samples)
        direct, by_likelihood, by_prior = (
            monte_carlo(samples),
            assisted_values(samples, few),
            assisted_values(samples, ours),
        )
    assert (
        by_likelihood.value[0] == direct.value[0]
        and by_likelihood.trust[0] == 1
        and np.isnan(by_likelihood.value[1])
    )
    assert (
        by_prior.value[1] == ours.laws_.values(low=100, high=1000)["value"][1]
        and by_prior.trust[1] == 0
    )


def test_assisted_values_say_what_is_wrong():
    samples, _ = many(40, 0.0, seed=3)
    with pytest.raises(NotFittedError):
        assisted_values(samples, Hierarchical())
    ours = Hierarchical().fit(samples.take(points=range(50)))
    with pytest.raises(ValueError, match="estimator was fitted to other points"):
        assisted_values(samples, ours)
    with pytest.raises(ValueError, match="n_folds"):
        assisted_values(samples.take(points=range(50)), ours, n_folds=1)
    with pytest.raises(ValueError, match="in their order"):
        ours.refit(samples)


@pytest.mark.parametrize("n, coarse", [(2, True), (3, True), (4, True), (6, False), (10, False)])
def test_a_coarse_grid_is_said_aloud(n, coarse):
    nodes = np.unique(np.geomspace(100, 1000, n).round().astype(int))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        weights = node_weights(shapley_weights(100, 1000), nodes)
    assert bool(caught) == coarse
    if not coarse:
        for alpha in (1.0, 1.5, 2.0):
            assert (weights * nodes**-alpha).sum() == pytest.approx(
                (np.arange(100, 1001) ** -alpha).mean(), rel=0.02
            )


def test_weights_of_both_signs_estimate_differences():
    rng, support = np.random.default_rng(0), np.arange(20, 31)
    k = rng.choice(support, 4000)
    delta = power_law(k, np.array([1.0, 2.0]), np.array([1.0, 1.5])).T + rng.normal(
        0, 0.01, (4000, 2)
    )
    samples = Contributions(
        k=k, delta=delta, points=np.arange(2), support=support, size_probability=np.full(11, 1 / 11)
    )
    contrast = pd.Series({20: -1.0, 30: 1.0})
    frame = monte_carlo(samples, contrast)
    truth = power_law([20, 30], np.array([1.0, 2.0]), np.array([1.0, 1.5])) @ [-1, 1]
    assert (np.abs(frame.value - truth) < 4 * frame.se).all() and (frame.se < 0.01).all()
