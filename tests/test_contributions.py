"""Contributions: splitting by draws, means by size, files."""

import numpy as np
import pytest

from scaling_values import Contributions, sample_contributions, split_half


@pytest.fixture(scope="module")
def samples(utility):
    return sample_contributions(utility, range(12), (10, 60), draws=30, random_state=0)


def test_halves_split_draws(samples):
    a, b = samples.halves(0)
    assert len(a) + len(b) == 30
    rows = {tuple(np.nan_to_num(line)) for half in (a, b) for line in half.delta}
    assert rows == {tuple(np.nan_to_num(line)) for line in samples.delta}
    assert len(samples.halves(0)[0]) == len(a) and (samples.halves(1)[0].k != a.k).any()


def test_means_are_the_means(samples):
    for bins in (5, np.array([10, 20, 61])):
        means = samples.means(bins)
        edges = samples.size_edges(5) if np.ndim(bins) == 0 else bins
        assert means.count.sum() == (~np.isnan(samples.delta)).sum()
        for g in range(len(edges) - 1):
            member = (samples.k >= edges[g]) & (samples.k < edges[g + 1])
            if member.any():
                block = samples.delta[member]
                keep = (~np.isnan(block)).sum(0) > 1
                np.testing.assert_allclose(means.mean[g, keep], np.nanmean(block[:, keep], 0), rtol=1e-12)
                np.testing.assert_allclose(means.variance[g, keep], np.nanvar(block[:, keep], 0, ddof=1), rtol=1e-9)


def test_few_distinct_sizes_are_not_grouped():
    k = np.repeat([100, 300, 1000], 4)
    means = Contributions(k=k, delta=np.arange(12.0)[:, None], points=np.array([0])).means()
    np.testing.assert_allclose(means.sizes, [100, 300, 1000])
    np.testing.assert_allclose(means.mean[:, 0], [1.5, 5.5, 9.5])


def test_files_give_back_everything(samples, tmp_path):
    samples.save(tmp_path / "samples.npz")
    again = Contributions.load(tmp_path / "samples.npz")
    for name in ("k", "delta", "points", "base_loss", "index", "y", "status", "support", "size_probability", "absence", "stratum"):
        np.testing.assert_array_equal(getattr(again, name), getattr(samples, name))
    assert again.meta == samples.meta
    np.savez(tmp_path / "other.npz", a=1)
    with pytest.raises(ValueError, match="is not a file of contributions"):
        Contributions.load(tmp_path / "other.npz")


def test_no_pickle_is_loaded(tmp_path):
    np.savez(tmp_path / "evil.npz", k=np.array([object()]), delta=np.ones((1, 1)), points=np.arange(1), meta=np.array("{}"))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        Contributions.load(tmp_path / "evil.npz")


def test_split_half_finds_laws_and_not_noise():
    rng = np.random.default_rng(0)
    k = rng.integers(100, 1001, 400)
    laws = rng.normal(1, 0.5, 100) * (k[:, None] / 300) ** -rng.uniform(0.8, 1.6, 100)
    noise = rng.normal(0, 0.5, (400, 100)) * (k[:, None] / 300) ** -1.2
    signal = split_half(Contributions(k=k, delta=laws + noise, points=np.arange(100)))
    nothing = split_half(Contributions(k=k, delta=noise, points=np.arange(100)))
    assert (signal.r2 > 0.8).all() and (np.abs(signal.r2 - signal.ceiling) < 0.15).all()
    assert (nothing.pearson.abs() < 0.4).all() and (nothing.ceiling.abs() < 0.4).all()


@pytest.mark.parametrize("wrong", [dict(index=[1]), dict(y=[1]), dict(stratum=[0]), dict(base_loss=[1.0]), dict(status=[[1]])])
def test_shapes_are_checked(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} has shape .*: it must be"):
        Contributions(k=[10, 20], delta=np.zeros((2, 3)), points=np.arange(3), **wrong)


def test_a_manifest_is_written_once(tmp_path, monkeypatch):
    import scaling_values.contributions as module
    for refused in (False, True):  # with links, and on a file system without
        store = tmp_path / str(refused)
        if refused: monkeypatch.setattr(module.os, "link", lambda *paths: (_ for _ in ()).throw(OSError(95, "not supported")))
        module.Store(store, dict(seed=1))
        with pytest.raises(ValueError, match="seed was 1 and is now 2"): module.Store(store, dict(seed=2))
    module._write_once(tmp_path / "False" / "manifest.json", "late")
    assert module.read_manifest(tmp_path / "False") == dict(seed=1) and len(list((tmp_path / "False").iterdir())) == 1
