"""Nearest neighbours on grids, where ties are larger than the last two neighbours;
and the ways that only a GPU or a large pool takes."""

import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier

from scaling_values import Dataset, RefitEngine, Utility
from scaling_values.engines import NeighborsEngine, neighbors


def grid(n_classes: int, seed: int) -> Dataset:
    rng = np.random.default_rng(seed)
    X, y = rng.integers(0, 4, (600, 3)).astype(float), rng.integers(0, n_classes, 600)
    return Dataset.from_arrays(X[:500], y[:500], X[500:], y[500:])


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("n_classes, k", [(2, 60), (2, 100), (3, 20), (3, 100)])
def test_base_losses_where_three_and_more_are_tied(n_classes, k, weights):
    utility, rng = (
        Utility(KNeighborsClassifier(weights=weights), grid(n_classes, 0)),
        np.random.default_rng(1),
    )
    for _ in range(3):
        D = rng.choice(500, k, replace=False)
        points = np.setdiff1d(np.arange(60), D)
        fast, slow = (
            engine(utility).contributions(D, points) for engine in (NeighborsEngine, RefitEngine)
        )
        assert fast.base_loss == pytest.approx(slow.base_loss, abs=1e-12)
        np.testing.assert_allclose(fast.delta, slow.delta, rtol=0, atol=1e-12)


def smooth(n: int) -> Dataset:
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(n + 60, 3)), rng.integers(0, 3, n + 60)
    return Dataset.from_arrays(X[:n], y[:n], X[n:], y[n:])


@pytest.mark.parametrize("k", [50, 500])
def test_other_devices_and_elections_too_many_for_a_table(k, monkeypatch):
    utility, D, points = (
        Utility(KNeighborsClassifier(), smooth(1000)),
        np.arange(k),
        np.arange(600, 700),
    )
    usual = NeighborsEngine(utility).contributions(D, points)
    monkeypatch.setattr(
        neighbors, "_smallest", lambda numbers, m: numbers.topk(m, 1, largest=False).values
    )
    monkeypatch.setattr(neighbors, "_places", lambda mask: mask.nonzero()[:, 0])
    monkeypatch.setattr(neighbors, "_vote_table", lambda *_: None)
    np.testing.assert_allclose(
        NeighborsEngine(utility).contributions(D, points).delta, usual.delta, rtol=0, atol=1e-14
    )


@pytest.mark.parametrize("k", [100, 2000])
def test_ranks_beyond_two_bytes(k):
    utility, D, points = (
        Utility(KNeighborsClassifier(), smooth(66_000)),
        np.arange(k),
        np.arange(60_000, 60_010),
    )
    engine = NeighborsEngine(utility)
    assert engine._rank.dtype == torch.int32
    np.testing.assert_allclose(
        engine.contributions(D, points).delta,
        RefitEngine(utility).contributions(D, points).delta,
        rtol=0,
        atol=1e-12,
    )


def test_a_set_far_from_the_validation_points():
    """Every list of the pool begins with hundreds of rows that are not in D."""
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(1060, 3)), rng.integers(0, 2, 1060)
    X[:500] += 100
    utility, D, points = (
        Utility(
            KNeighborsClassifier(), Dataset.from_arrays(X[:1000], y[:1000], X[1000:], y[1000:])
        ),
        np.arange(300),
        np.arange(480, 520),
    )
    np.testing.assert_allclose(
        NeighborsEngine(utility).contributions(D, points).delta,
        RefitEngine(utility).contributions(D, points).delta,
        rtol=0,
        atol=1e-12,
    )
