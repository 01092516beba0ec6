"""The law of the whole: recovered, covered, refused where it cannot be had."""

import numpy as np
import pytest
from sklearn.base import clone

from scaling_values import Aggregate, Contributions
from scaling_values.estimators import compare_with_contributions


def simulate(n, seed, exponent=0.8, epsilon=0.3, b=20.0, noise=0.01, gamma=2.0, scale=1.0):
    rng = np.random.default_rng(seed)
    k = rng.integers(100, 1001, n)
    loss = epsilon + b * k**-exponent + rng.normal(0, noise, n) * (k / 316) ** (-gamma / 2)
    return Contributions(
        k=k, delta=rng.normal(0, 1e-3, (n, 2)), points=np.arange(2), base_loss=scale * loss
    )


def test_intervals_of_loss_and_step_cover():
    sizes, hits = np.array([100, 300, 1000]), []
    truth = 0.3 + 20.0 * sizes**-0.8
    step = 20.0 * (sizes**-0.8 - (sizes + 1.0) ** -0.8)
    for seed in range(200):
        law = Aggregate().fit(simulate(300, seed))
        loss, mean = law.interval(sizes), law.interval(sizes, of="mean_contribution")
        hits.append(
            np.r_[
                (loss[:, 0] < truth) & (truth < loss[:, 1]),
                (mean[:, 0] < step) & (step < mean[:, 1]),
            ]
        )
    assert np.abs(np.mean(hits, axis=0) - 0.9).max() < 4 * np.sqrt(0.09 / 200)


def test_exact_losses_are_found_exactly():
    law = Aggregate().fit(simulate(50, 0, noise=0.0))
    np.testing.assert_allclose([law.epsilon_, law.b_, law.exponent_], [0.3, 20.0, 0.8], rtol=1e-3)


def test_units_do_not_matter():
    one, other = Aggregate().fit(simulate(200, 1)), Aggregate().fit(simulate(200, 1, scale=1e-6))
    np.testing.assert_allclose(
        other.predict([100, 5000]), 1e-6 * one.predict([100, 5000]), rtol=1e-4
    )
    np.testing.assert_allclose(
        other.standard_error([100, 5000]), 1e-6 * one.standard_error([100, 5000]), rtol=1e-2
    )


def test_independent_draws_count_each_their_own():
    rng = np.random.default_rng(0)
    k = rng.integers(100, 1001, (40, 5))
    loss = 0.3 + 20.0 * k**-0.8 + rng.normal(0, 0.01, k.shape)
    samples = Contributions(k=k, delta=np.zeros(k.shape), points=np.arange(5), base_loss=loss)
    law = Aggregate().fit(samples)
    assert abs(law.exponent_ - 0.8) < 4 * np.sqrt(law.cov_[2, 2])
    with pytest.raises(ValueError, match="shared draws"):
        compare_with_contributions(law, samples)


def test_a_bound_is_said_aloud():
    k = np.arange(100, 400)
    samples = Contributions(
        k=k, delta=np.zeros((300, 1)), points=[0], base_loss=1.0 - 0.1 * np.log(k)
    )
    with pytest.warns(UserWarning, match="wider range"):
        law = Aggregate().fit(samples)
    assert law.status_ == "at a bound"


@pytest.mark.parametrize(
    "change, message",
    [
        (dict(base_loss=None), "no base_loss"),
        (dict(base_loss=np.full(300, np.nan)), "not finite"),
        (dict(k=np.full(300, 7)), "1 distinct sizes"),
    ],
)
def test_bad_samples(change, message):
    from dataclasses import replace

    with pytest.raises(ValueError, match=message):
        Aggregate().fit(replace(simulate(300, 0), **change))


def test_bad_arguments_and_contract():
    samples = simulate(300, 0)
    with pytest.raises(ValueError, match="exponent_bounds"):
        Aggregate((2, 1)).fit(samples)
    with pytest.raises(ValueError, match="not fitted"):
        Aggregate().predict(100)
    law = Aggregate().fit(samples)
    with pytest.raises(ValueError, match="sizes"):
        law.predict(0)
    with pytest.raises(ValueError, match="level"):
        law.interval(100, 2)
    with pytest.raises(ValueError, match="of="):
        law.standard_error(100, "banana")
    assert clone(Aggregate((0.1, 3))).exponent_bounds == (0.1, 3)
