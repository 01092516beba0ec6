"""Values: exact sums of laws, and Monte Carlo that is unbiased whatever the design and whatever is missing."""

import warnings

import numpy as np
import pandas as pd
import pytest

from scaling_values import Contributions, class_allocation, design_sizes, power_law, monte_carlo, power_sum, shapley_weights

from test_laws import make_laws

N_POOL, DRAWS, REPEATS = 1300, 400, 400
C, ALPHA = np.array([1.0, -0.4, 0.7]), np.array([1.1, 1.4, 0.8])


def simulate(design: str, rng: np.random.Generator) -> Contributions:
    """Shared draws from a pool of 1300; a point is in a set of size k with probability k/1300."""
    support = design_sizes(design, (100, 1000))
    k = rng.choice(support, DRAWS) if design == "uniform" else np.tile(support, DRAWS // len(support))
    delta = power_law(k, C, ALPHA).T + rng.normal(0, 0.5, (len(k), 3)) / k[:, None]
    delta[rng.random(delta.shape) < k[:, None] / N_POOL] = np.nan
    absence = 1 - class_allocation(support, [N_POOL]) / N_POOL
    return Contributions(k=k, delta=delta, points=np.arange(3), support=support, size_probability=np.full(len(support), 1 / len(support)), absence=absence, stratum=np.zeros(3, int))


@pytest.mark.parametrize("design", ["uniform", "grid"])
def test_the_weighted_mean_is_unbiased_and_the_plain_mean_is_not(design):
    rng = np.random.default_rng(0)
    truth = power_law(np.arange(100, 1001), C, ALPHA).mean(1)
    weighted, errors, plain = [], [], []
    for _ in range(REPEATS):
        samples = simulate(design, rng)
        frame = monte_carlo(samples)
        weighted.append(frame.value.to_numpy()), errors.append(frame.se.to_numpy()), plain.append(np.nanmean(samples.delta, 0))
    weighted, errors, plain = map(np.array, (weighted, errors, plain))
    spread = weighted.std(0, ddof=1)
    assert (np.abs(weighted.mean(0) - truth) < 4 * spread / np.sqrt(REPEATS)).all(), "biased"
    assert (np.abs(plain.mean(0) - truth) > 4 * plain.std(0) / np.sqrt(REPEATS)).all(), "the plain mean should be biased here"
    np.testing.assert_allclose(np.sqrt((errors**2).mean(0)), spread, rtol=0.15)
    z = (weighted - truth) / errors
    assert (np.abs((np.abs(z) < 1.645).mean(0) - 0.9) < 4 * np.sqrt(0.09 / REPEATS)).all()


def test_without_missing_entries_a_uniform_design_gives_the_plain_mean():
    samples = simulate("uniform", np.random.default_rng(1))
    full = Contributions(k=samples.k, delta=np.nan_to_num(samples.delta), points=samples.points, support=samples.support, size_probability=samples.size_probability)
    np.testing.assert_allclose(monte_carlo(full).value, full.delta.mean(0), rtol=1e-12)


def test_other_semivalues_and_their_scale():
    samples = simulate("uniform", np.random.default_rng(2))
    early = pd.Series(1.0, index=range(100, 201))  # a sum, not a mean
    frame = monte_carlo(samples, early)
    assert (np.abs(frame.value - power_law(early.index.to_numpy(), C, ALPHA).sum(1)) < 4 * frame.se).all()


def test_scarce_samples_are_said_aloud():
    samples = simulate("uniform", np.random.default_rng(3)).take(range(5))
    with pytest.warns(UserWarning, match="fewer than 10 effective samples"):
        monte_carlo(samples)


@pytest.mark.parametrize("low, high", [(1, 1), (1, 5), (1, 1000), (7, 50), (100, 1000), (100, 100_000), (999, 1000)])
def test_power_sums_are_exact(low, high):
    alpha = np.array([-0.5, 0.0, 0.5, 1.0 - 1e-9, 1.0, 1.0 + 1e-13, 1.5, 2.0, 3.7, 7.389])
    direct = np.array([np.sum(np.arange(low, high + 1, dtype=np.longdouble) ** -np.longdouble(a)) for a in alpha])
    np.testing.assert_allclose(power_sum(alpha, low, high), direct.astype(float), rtol=1e-12)


def test_shapley_from_laws_is_the_direct_sum():
    laws = make_laws(200)
    direct = laws.contribution(np.arange(100, 1001)).mean(1)
    np.testing.assert_allclose(laws.shapley(100, 1000), direct, rtol=1e-12)
    np.testing.assert_allclose(laws.semivalue(shapley_weights(100, 1000)), direct, rtol=1e-12)
    assert list(laws.shapley().index) == list(laws.index)


def test_nothing_global_is_changed():
    before = np.random.get_state()[1].copy(), np.geterr(), list(warnings.filters)
    monte_carlo(simulate("grid", np.random.default_rng(0)))
    after = np.random.get_state()[1], np.geterr(), list(warnings.filters)
    assert (before[0] == after[0]).all() and before[1:] == after[1:]
