"""The mathematics of posterior curves, against simulation and direct sums."""

import os
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from scaling_values.curves import (
    Components,
    Normals,
    expected_curve,
    exponent_below,
    exponent_quantile,
    functional,
    opposite_signs,
    power_terms,
    quadrature,
    quantile,
    turning_probability,
    turning_size,
)

MANY = int(os.environ.get("FUZZ", 0))


def some(n: int):
    """So many examples, always the same ones; more and others where they are asked for."""
    return settings(
        max_examples=MANY or n,
        derandomize=not MANY,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


NEAR_ONE = [0.0, 0.9, 0.999, 1 - 1e-6, 1 - 1e-9, 1.0]


@some(80)
@given(
    st.floats(-3, 3),
    st.floats(-3, 3),
    st.floats(0.01, 10),
    st.floats(0.01, 10),
    st.one_of(st.floats(-1, 1), st.sampled_from(NEAR_ONE + [-r for r in NEAR_ONE])),
    st.floats(1e-8, 1e8),
)
def test_opposite_signs_against_simulation(first, second, sd_first, sd_second, rho, unit):
    """Means up to three units, standard deviations from a hundredth to ten, correlations up to one,
    in any unit."""
    mean, sd = np.array([first, second]), np.array([sd_first, sd_second])
    cov = np.outer(sd, sd) * np.array([[1, rho], [rho, 1]])
    z = np.random.default_rng(0).normal(size=(2, 200_000))
    x, y = (
        first + sd_first * z[0],
        second + sd_second * (rho * z[0] + np.sqrt(max(0.0, 1 - rho**2)) * z[1]),
    )
    simulated = (np.sign(x) * np.sign(y) < 0).mean()
    assert opposite_signs(mean * unit, cov * unit**2) == pytest.approx(simulated, abs=0.005)


@some(60)
@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(0.1, 10), st.floats(-0.95, 0.95))
def test_opposite_signs_against_the_distribution_function(first, second, sd, rho):
    mean, cov = np.array([first, second]), np.array([[1, rho * sd], [rho * sd, sd**2]])
    both_below = multivariate_normal(mean, cov).cdf([0, 0])
    expected = norm.cdf(-first) + norm.cdf(-second / sd) - 2 * both_below
    assert opposite_signs(mean, cov) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    "mean, variance, expected",
    [
        ((1.0, 1.0), (0.0, 0.0), 0.0),
        ((1.0, -1.0), (0.0, 0.0), 1.0),
        ((-1.0, -2.0), (0.0, 0.0), 0.0),
        ((1.0, 0.5), (0.0, 1.0), norm.cdf(-0.5)),
        ((0.5, -1.0), (1.0, 0.0), norm.cdf(0.5)),
        ((0.0, 1.0), (1.0, 0.0), 0.5),
        ((1e-9, 1e-9), (1e-30, 1e-30), 0.0),
        ((1e-9, -1e-9), (1e-30, 1e-30), 1.0),
    ],
)
def test_opposite_signs_without_variance(mean, variance, expected):
    assert opposite_signs(np.array(mean), np.diag(variance)) == pytest.approx(expected, abs=1e-12)


def test_what_is_surely_zero_has_no_sign():
    for mean in ((0.0, 0.0), (0.0, 1.0), (0.0, -1.0)):
        assert opposite_signs(np.array(mean), np.zeros((2, 2))) == 0


def test_what_is_not_known_stays_so():
    assert np.isnan(opposite_signs(np.array([np.nan, 1.0]), np.eye(2)))


@some(80)
@given(
    st.integers(0, 2**32),
    st.integers(1, 1_000_000),
    st.integers(0, 1_000_000),
    st.integers(1, 3000),
    st.booleans(),
)
def test_few_sizes_stand_for_all(seed, low, more, count, in_a_row):
    """Signed weights on sizes between 1 and a million: in a row, or anywhere."""
    rng = np.random.default_rng(seed)
    high = min(low + more, 1_000_000)
    sizes = (
        np.arange(low, min(low + count, high + 1))
        if in_a_row
        else np.unique(rng.integers(low, high + 1, count))
    )
    weights = pd.Series(rng.normal(size=len(sizes)), index=rng.permutation(sizes))
    nodes, moved = quadrature(weights)
    assert (
        len(nodes) <= 24 * 21
        and nodes.min() >= low * (1 - 1e-12)
        and nodes.max() <= high * (1 + 1e-12)
    )
    exponents, k0 = np.array([-0.5, 0.0, 0.7, 1.0, 1.5, 2.0, 4.0, 8.0]), float(sizes[0])
    for shift in (0.0, 30.0):
        terms = power_terms(weights.index.to_numpy(), exponents, shift, k0)
        direct, scale = weights.to_numpy() @ terms, weights.abs().to_numpy() @ terms
        assert (
            np.abs(moved @ power_terms(nodes, exponents, shift, k0) - direct) < 1e-12 * scale
        ).all()


def test_a_sum_over_a_million_sizes():
    every = pd.Series(1e-6, index=np.arange(1, 1_000_001))
    nodes, moved = quadrature(every)
    assert len(nodes) < 500
    np.testing.assert_allclose(
        moved @ nodes**-1.0, 1e-6 * (1 / np.arange(1, 1_000_001)).sum(), rtol=1e-13
    )


def test_weights_of_one_size_add_up():
    """Thirty times the same size, and an octave in which every size comes twice."""
    for sizes in (np.full(30, 200), np.repeat(np.arange(100, 200), 2)):
        weights = pd.Series(np.random.default_rng(0).normal(size=len(sizes)), index=sizes)
        nodes, moved = quadrature(weights)
        for exponent in (0.0, 1.0, 2.5):
            direct = weights.to_numpy() @ (sizes / 100.0) ** -exponent
            assert moved @ (nodes / 100.0) ** -exponent == pytest.approx(direct, rel=1e-11)


def bending(n: int, families: int = 2, seed: int = 0) -> list[Components]:
    rng = np.random.default_rng(seed)
    weight = rng.dirichlet(np.ones(families), n)
    return [
        Components(
            weight[:, [i]],
            rng.normal(size=(n, 1, 3)),
            np.tile(0.1 * np.eye(3), (n, 1, 1, 1)),
            np.array([0.5, 1.0, 2.0]) + i / 2,
            50.0 * i,
        )
        for i in range(families)
    ]


def test_the_expected_curve_is_the_mean_of_the_mixture():
    rng, sizes = np.random.default_rng(0), np.array([60.0, 300.0, 2000.0])
    own = Components(
        rng.dirichlet(np.ones(4), 7).astype(np.float32),
        rng.normal(size=(7, 4, 1)),
        np.ones((7, 4, 1, 1)),
        rng.uniform(0, 2, (7, 4, 1)),
    )
    for parts in (bending(7), [own], [*bending(7), own]):
        one_by_one = [
            functional(parts, np.array([k]), np.ones(1), 300.0).expectation() for k in sizes
        ]
        np.testing.assert_allclose(
            expected_curve(parts, sizes, 300.0).T, one_by_one, rtol=1e-6, atol=1e-12
        )


def test_chunks_of_points_change_nothing(monkeypatch):
    parts = bending(500)
    before = turning_probability(parts, 80, 2000, 300.0), turning_size(parts, 80, 2000, 300.0)
    monkeypatch.setattr("scaling_values.curves._CHUNK_NUMBERS", 4000)
    after = turning_probability(parts, 80, 2000, 300.0), turning_size(parts, 80, 2000, 300.0)
    np.testing.assert_array_equal(before, after)
    assert 0 < np.isfinite(after[1]).mean() < 1


def test_memory_of_changes_of_sign():
    """Two hundred thousand points in six families: less than 100 MB above the result."""
    parts = bending(200_000, families=6)
    for ask in (turning_probability, turning_size):
        tracemalloc.start()
        ask(parts, 100, 1000, 300.0)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 100e6, ask.__name__


def test_quantiles_of_mixtures():
    rng = np.random.default_rng(0)
    mixture = Normals(
        rng.dirichlet([1, 1, 1], 5), rng.normal(size=(5, 3)), rng.uniform(0, 2, (5, 3))
    )
    for level in (0.01, 0.5, 0.99):
        np.testing.assert_allclose(mixture.below(quantile(mixture, level)), level, atol=1e-10)
    certain = Normals(np.array([[1.0, 0.0]]), np.array([[2.0, 50.0]]), np.zeros((1, 2)))
    assert quantile(certain, 0.05) == pytest.approx(2) == quantile(certain, 0.95)


def test_quantiles_of_exponents_invert_their_distribution():
    rng = np.random.default_rng(0)
    half = rng.normal(size=(6, 2, 3, 3)) * 0.3
    part = Components(
        rng.dirichlet([1, 1], 6),
        rng.normal(size=(6, 2, 3)),
        half @ half.swapaxes(-1, -2),
        np.array([1.0, 1.5, 2.0]),
    )
    for level in (0.05, 0.5, 0.95):
        found = exponent_quantile([part], 500.0, level, 300.0)
        np.testing.assert_allclose(exponent_below([part], 500.0, found, 300.0), level, atol=1e-6)


def test_components_with_exponents_of_their_own_do_not_turn():
    part = Components(
        np.ones((3, 1)), np.ones((3, 1, 1)), np.ones((3, 1, 1, 1)), np.ones((3, 1, 1))
    )
    np.testing.assert_array_equal(turning_probability([part], 100, 1000, 300.0), np.zeros(3))
    normals = functional([part], np.array([100.0]), np.ones(1), 300.0)
    np.testing.assert_allclose(normals.mean, 3.0)
