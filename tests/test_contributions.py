"""Contributions: splitting by draws, means by size, files."""

import hashlib
import json
import os
import shutil

import numpy as np
import pytest

from scaling_values import Contributions, sample_contributions, split_half
from scaling_values.contributions import Store, read_manifest, stored_blocks


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
                np.testing.assert_allclose(
                    means.mean[g, keep], np.nanmean(block[:, keep], 0), rtol=1e-12
                )
                np.testing.assert_allclose(
                    means.variance[g, keep], np.nanvar(block[:, keep], 0, ddof=1), rtol=1e-9
                )


def test_few_distinct_sizes_are_not_grouped():
    k = np.repeat([100, 300, 1000], 4)
    means = Contributions(k=k, delta=np.arange(12.0)[:, None], points=np.array([0])).means()
    np.testing.assert_allclose(means.sizes, [100, 300, 1000])
    np.testing.assert_allclose(means.mean[:, 0], [1.5, 5.5, 9.5])


def test_files_give_back_everything(samples, tmp_path):
    samples.save(tmp_path / "samples.npz")
    again = Contributions.load(tmp_path / "samples.npz")
    for name in (
        "k",
        "delta",
        "points",
        "base_loss",
        "index",
        "y",
        "status",
        "support",
        "size_probability",
        "absence",
        "stratum",
    ):
        np.testing.assert_array_equal(getattr(again, name), getattr(samples, name))
    assert again.meta == samples.meta
    np.savez(tmp_path / "other.npz", a=1)
    with pytest.raises(ValueError, match="is not a file of contributions"):
        Contributions.load(tmp_path / "other.npz")


def test_no_pickle_is_loaded(tmp_path):
    np.savez(
        tmp_path / "evil.npz",
        k=np.array([object()]),
        delta=np.ones((1, 1)),
        points=np.arange(1),
        meta=np.array("{}"),
    )
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


@pytest.mark.parametrize(
    "wrong",
    [dict(index=[1]), dict(y=[1]), dict(stratum=[0]), dict(base_loss=[1.0]), dict(status=[[1]])],
)
def test_shapes_are_checked(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} has shape .*: it must be"):
        Contributions(k=[10, 20], delta=np.zeros((2, 3)), points=np.arange(3), **wrong)


def test_a_manifest_is_written_once(tmp_path, monkeypatch):
    import scaling_values.contributions as module

    for refused in (False, True):  # with links, and on a file system without
        store = tmp_path / str(refused)
        if refused:
            monkeypatch.setattr(
                module.os,
                "link",
                lambda *paths: (_ for _ in ()).throw(OSError(95, "not supported")),
            )
        module.Store(store, dict(seed=1))
        with pytest.raises(ValueError, match="seed was 1 and is now 2"):
            module.Store(store, dict(seed=2))
    module.write_once(tmp_path / "False" / "manifest.json", "late")
    assert (
        module.read_manifest(tmp_path / "False") == dict(seed=1)
        and len(list((tmp_path / "False").iterdir())) == 1
    )


def kept(folder, **manifest):
    store = Store(folder, dict(seed=1) | manifest)
    store.write(np.array([0, 1]), dict(delta=np.arange(4.0).reshape(2, 2)))
    return store


@pytest.mark.parametrize(
    "how",
    [
        "the folder",
        "its content",
        "the manifest",
        "the manifest, by another's",
        "the manifest, by damage",
    ],
)
def test_a_store_that_is_removed_while_it_is_filled_ends_the_run(how, tmp_path):
    store, file = kept(tmp_path / "run"), tmp_path / "run" / "manifest.json"
    if how == "the folder":
        shutil.rmtree(tmp_path / "run")
    elif how == "its content":
        [each.unlink() for each in (tmp_path / "run").iterdir()]
    elif how == "the manifest":
        file.unlink()
    elif how == "the manifest, by another's":
        (
            Store(tmp_path / "other", dict(seed=2)),
            shutil.copy(tmp_path / "other" / "manifest.json", file),
        )
    else:
        file.write_text("{}")
    before = sorted(tmp_path.rglob("*"))
    for use in (
        lambda: store.write(np.array([2]), dict(delta=np.ones((1, 2)))),
        lambda: store.read(3),
    ):
        with pytest.raises(
            (OSError, ValueError),
            match=(
                "was removed while it was in use|has become another run's|is not a store's manifest"
            ),
        ):
            use()
    assert sorted(tmp_path.rglob("*")) == before  # and nothing is made again


def test_a_block_that_was_written_while_the_store_was_removed_does_not_stay(tmp_path, monkeypatch):
    store = kept(tmp_path / "run")
    replace = os.replace
    monkeypatch.setattr(
        os,
        "replace",
        lambda *paths: ((tmp_path / "run" / "manifest.json").unlink(), replace(*paths)),
    )
    before = {file.name for file in (tmp_path / "run").glob("*.npz")}
    with pytest.raises(FileNotFoundError, match="was removed while it was in use"):
        store.write(np.array([2]), dict(delta=np.ones((1, 2))))
    assert {file.name for file in (tmp_path / "run").iterdir()} == before


def test_blocks_of_another_run_or_kind_are_refused(tmp_path):
    kept(tmp_path / "one"), kept(tmp_path / "other", sizes=[1, 2])
    for file in (tmp_path / "other").glob("*.npz"):
        shutil.copy(file, tmp_path / "one")
    with pytest.raises(
        ValueError, match="its checksum is not the one in its name, or it comes from another store"
    ):
        Store(tmp_path / "one", dict(seed=1)).read(2)
    with pytest.raises(ValueError, match="comes from another store"):
        [*stored_blocks(tmp_path / "one")]
    for change in (
        lambda name: name.replace("draws", "base"),
        lambda name: name.replace("-00000001-", "-00000009-"),
    ):
        shutil.rmtree(tmp_path / "one")
        kept(tmp_path / "one")
        for file in (tmp_path / "one").glob("*.npz"):
            file.rename(file.with_name(name := change(file.name)))
        with pytest.raises(ValueError, match="is damaged"):
            Store(tmp_path / "one", dict(seed=1)).read(2, name.partition("-")[0])


def test_what_people_read_is_not_compared_and_parts_are_named(tmp_path):
    kept(tmp_path / "run", learner="Mine() #0123456789ab", code={"f": "1", "g": "2"})
    Store(
        tmp_path / "run", dict(seed=1, learner="Mine(a=1) #0123456789ab", code={"f": "1", "g": "2"})
    ).read(2)
    with pytest.raises(
        ValueError,
        match=(
            "belongs to another run: code of g was '2' and is now '3'; code of h was None and is "
            "now '4'. Use"
        ),
    ):
        Store(
            tmp_path / "run",
            dict(seed=1, learner="Mine() #0123456789ab", code={"f": "1", "g": "3", "h": "4"}),
        )
    with pytest.raises(
        ValueError, match="learner was .* and is now .*; code of f was '1' and is now None"
    ):
        Store(tmp_path / "run", dict(seed=1, learner="Mine() #ffffffffffff"))


@pytest.mark.parametrize("sealed", [True, False])
def test_a_store_of_an_earlier_version_is_refused(sealed, tmp_path):
    earlier = dict(format=1, seed=0)
    (tmp_path / "manifest.json").write_text(
        json.dumps(
            earlier
            | (
                dict(
                    checksum=hashlib.sha256(
                        json.dumps(earlier, sort_keys=True).encode()
                    ).hexdigest()[:16]
                )
                if sealed
                else {}
            )
        )
    )
    with pytest.raises(ValueError, match="is of an earlier version.*start in another folder"):
        Store(tmp_path, dict(seed=0))
    (tmp_path / "manifest.json").write_text("[" * 100_000)
    with pytest.raises(ValueError, match="manifest.json is damaged"):
        read_manifest(tmp_path)


def test_a_flipped_bit_is_found_or_has_no_effect(samples, tmp_path):
    """A thousand places of each kind of file that is read back."""
    samples.take(draws=[0, 1, 2], points=[0, 1]).save(file := tmp_path / "samples.npz")
    store = kept(tmp_path / "run")
    block = next((tmp_path / "run").glob("*.npz"))

    def samples_there():
        return [
            getattr(Contributions.load(file), name)
            for name in (
                "k",
                "delta",
                "points",
                "base_loss",
                "index",
                "y",
                "support",
                "absence",
                "stratum",
                "meta",
            )
        ]

    def manifest_there():
        return [read_manifest(tmp_path / "run")]

    def block_there():
        return [*store.read(2)[1].values()]

    for path, read in (
        (file, samples_there),
        (block, block_there),
        (store.path / "manifest.json", manifest_there),
    ):
        whole, rng = path.read_bytes(), np.random.default_rng(0)
        truth, named = repr(read()), 0
        for place in np.linspace(0, len(whole) - 1, 1000).astype(int):
            changed = bytearray(whole)
            changed[place] ^= 1 << int(rng.integers(8))
            path.write_bytes(changed)
            try:
                assert repr(read()) == truth, place
            except ValueError as error:
                named += str(path) in str(error)
        path.write_bytes(whole)
        assert named > 700


def test_stored_blocks_are_those_of_contributions(tmp_path):
    Store(tmp_path / "fits", dict(seed=1, protocol="utilities"))
    with pytest.raises(ValueError, match="path='.*fits' holds utilities, and no contributions"):
        [*stored_blocks(tmp_path / "fits")]
