"""The table of laws: predictions, uncertainty, selection, files."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scaling_values import ScalingLaws, select_points


def make_laws(n: int = 30, seed: int = 0, index=None) -> ScalingLaws:
    rng = np.random.default_rng(seed)
    alpha, mu = rng.uniform(0.5, 2.0, n), rng.normal(1e-3, 1e-3, n)
    half = rng.normal(size=(n, 2, 2))
    return ScalingLaws(c=mu * 316.0**alpha, alpha=alpha, sigma=rng.uniform(1, 2, n), beta=rng.uniform(1, 3, n), k0=316.0, sizes=(100, 1000), cov=half @ half.transpose(0, 2, 1) * 1e-8,
                       r2=rng.uniform(0, 1, n), n_samples=np.full(n, 50), status=np.full(n, "ok"), points=np.arange(n) * 2, index=np.arange(n) * 2 if index is None else np.asarray(index))


def test_shapes_follow_what_was_asked():
    laws = make_laws(7)
    assert laws.contribution(100).shape == (7,) and laws.contribution([100, 200]).shape == (7, 2)
    assert laws.interval(100).shape == (7, 2) and laws.interval([100, 200]).shape == (7, 2, 2)
    np.testing.assert_allclose(laws.contribution(316), laws.mu)


def test_standard_errors_by_simulation():
    laws, rng = make_laws(3), np.random.default_rng(0)
    for j in range(3):
        mu, alpha = rng.multivariate_normal([laws.mu[j], laws.alpha[j]], laws.cov[j], 200_000).T
        simulated = (mu * (700 / 316) ** -alpha).std()
        assert laws.standard_error(700)[j] == pytest.approx(simulated, rel=0.02)


def test_wider_levels_make_wider_intervals():
    laws = make_laws()
    width = lambda level: np.diff(laws.interval(200, level))[:, 0]
    assert (width(0.99) > width(0.9)).all() and (width(0.9) > width(0.5)).all()
    np.testing.assert_allclose(width(0.9), 2 * 1.6448536269514722 * laws.standard_error(200))


@pytest.mark.parametrize("index", [None, [f"row {i}" for i in range(30)], pd.date_range("2020", periods=30)])
def test_files_give_back_the_same_bits(tmp_path, index):
    laws = make_laws(index=index)
    laws.save(tmp_path / "a folder" / "laws ü.parquet")
    again = ScalingLaws.load(tmp_path / "a folder" / "laws ü.parquet")
    for name in ("c", "alpha", "sigma", "beta", "cov", "r2", "n_samples", "status", "points", "k0", "sizes"):
        np.testing.assert_array_equal(getattr(again, name), getattr(laws, name))
    assert pd.Index(again.index).equals(pd.Index(laws.index))
    assert sorted(file.name for file in (tmp_path / "a folder").iterdir()) == ["laws ü.parquet"]


def test_a_file_of_something_else_is_refused(tmp_path):
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "other.parquet")
    with pytest.raises(ValueError, match="is not a file of laws"):
        ScalingLaws.load(tmp_path / "other.parquet")


def test_top_and_select_agree_and_skip_points_without_a_law():
    laws = make_laws()
    laws.c[3] = np.nan
    best = laws.points[np.argsort(-np.nan_to_num(laws.contribution(200), nan=-np.inf))]
    np.testing.assert_array_equal(laws.top(5, k=200), best[:5])
    np.testing.assert_array_equal(select_points(laws, 5, k=200), best[:5])
    assert laws.points[3] not in laws.top(29, k=200)
    with pytest.raises(ValueError, match="only 29 have a law"):
        laws.top(30, k=200)


@pytest.mark.parametrize("n", [3, 7, 9, 20])
def test_selection_by_class_is_balanced_and_best_first(n):
    laws = make_laws(60)
    y = np.random.default_rng(0).choice(["a", "b", "c"], 120, p=[0.6, 0.3, 0.1])
    chosen = select_points(laws, n, k=100, y=y)
    counts = pd.Series(y[chosen]).value_counts().reindex(["a", "b", "c"], fill_value=0)
    available = pd.Series(y[laws.points]).value_counts()
    share = n // 3
    assert (counts >= np.minimum(share, available.reindex(["a", "b", "c"], fill_value=0))).all() and len(chosen) == len(set(chosen)) == n
    values = pd.Series(laws.contribution(100), index=laws.points)
    assert values[chosen].is_monotonic_decreasing
    worst = select_points(laws, n, k=100, y=y, worst=True)
    assert values[worst].is_monotonic_increasing and values[worst].mean() < values[chosen].mean()


def test_selection_by_r2():
    laws = make_laws(60)
    assert (laws.r2[np.isin(laws.points, select_points(laws, 5, k=100, min_r2=0.8))] >= 0.8).all()


def test_intervals_of_a_mixture_are_quantiles_of_what_it_describes():
    """Against a million draws; with a single exponent it is a plain normal interval."""
    laws, rng, alpha = make_laws(2), np.random.default_rng(0), np.linspace(0.4, 1.6, 21)
    weight = np.exp(-0.5 * ((alpha - 1) / 0.25) ** 2)
    nodes = np.stack([alpha, weight / weight.sum(), 1e-3 + 2e-4 * alpha, np.full(21, 3e-4)], 1)
    single = np.array([[1.0, 1.0, 1e-3, 3e-4]] + [[2.0, 0.0, 5.0, 1.0]] * 20)
    mixed = replace(laws, mixture=np.stack([nodes, single]).astype(np.float32))
    node = rng.choice(21, 1_000_000, p=nodes[:, 1])
    mu = rng.normal(nodes[node, 2], nodes[node, 3])
    for size in (50, 316, 2000):
        drawn = np.quantile(mu * (size / 316) ** -alpha[node], [0.05, 0.95])
        np.testing.assert_allclose(mixed.interval(size)[0], drawn, rtol=0.01)
        np.testing.assert_allclose(mixed.interval(size)[1], (1e-3 + 3e-4 * np.array([-1, 1]) * 1.6448536) / (size / 316), rtol=1e-5)
    assert (mixed.interval([50, 316])[:, 1] == mixed.interval(316)).all()


def test_a_mixture_goes_through_a_file_and_stays_small(tmp_path):
    laws, rng = make_laws(1000), np.random.default_rng(1)
    mixed = replace(laws, mixture=rng.random((1000, 21, 4)).astype(np.float32))
    mixed.mixture[3] = np.nan
    mixed.save(tmp_path / "laws.parquet")
    again = ScalingLaws.load(tmp_path / "laws.parquet").mixture
    np.testing.assert_array_equal(again, mixed.mixture)
    assert again.dtype == np.float32
    assert (tmp_path / "laws.parquet").stat().st_size < 700_000
    assert np.isnan(mixed.interval(100)[3]).all() and np.isfinite(np.delete(mixed.interval(100), 3, 0)).all()
