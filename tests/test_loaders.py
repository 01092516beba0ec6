"""Datasets by name: what the files must hold, the errors if they do not, and that no unfinished
file stays behind."""

import os
import sys
import types
import urllib.error
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import scaling_values.loaders as loaders
from scaling_values import Dataset, load_dataset
from scaling_values.datasets import LOADERS
from scaling_values.loaders import SOURCES, data_folders, simulate, table_digest

BESIDE = Path(__file__).parents[2] / "shared" / "data"
DATA = Path(os.environ.get("SCALING_VALUES_DATA") or BESIDE)
real = pytest.mark.skipif(
    not (DATA / "adult.csv.gz").is_file(),
    reason="needs the data files: set SCALING_VALUES_DATA to their folder",
)


@pytest.fixture(scope="module")
def module_cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def files(module_cache, monkeypatch) -> Path:
    """The real files, read through the variable, with a cache of this module's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(module_cache))
    monkeypatch.setenv("SCALING_VALUES_DATA", str(DATA))
    return DATA


@pytest.fixture
def empty(tmp_path, monkeypatch) -> Path:
    """No data anywhere, and no network:
    what is fetched fails as it does on a machine that is cut off."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("SCALING_VALUES_DATA", raising=False)

    def cut_off(*args, **kwargs):
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr("urllib.request.urlopen", cut_off)
    monkeypatch.setattr("sklearn.datasets._openml.time.sleep", lambda seconds: None)
    monkeypatch.setitem(sys.modules, "datasets", None)
    return tmp_path


def left_behind(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


@real
@pytest.mark.parametrize(
    "name, shape, counts",
    [
        ("adult", (38074, 108), {"<=50K": 37155, ">50K": 11687}),
        ("magic", (14216, 10), {"g": 12332, "h": 6688}),
        ("imdb", (25000, 256), {"negative": 14994, "positive": 15006}),
        (
            "cifar10",
            (20000, 256),
            {
                "airplane": 2397,
                "automobile": 2405,
                "bird": 2419,
                "cat": 2411,
                "deer": 2372,
                "dog": 2398,
                "frog": 2436,
                "horse": 2406,
                "ship": 2380,
                "truck": 2376,
            },
        ),
    ],
)
def test_real_files_have_the_shapes_counts_and_hashes_they_should(files, name, shape, counts):
    data = load_dataset(name)
    table = data.counts()
    assert data.X_train.shape == shape and data.X_train.dtype == np.float64
    assert table.drop("all").sum(axis=1).to_dict() == counts
    assert table.loc["all", "validation"] == 1000 and table.loc["all", "test"] >= 1000
    proportions = table.drop("all").astype(float) / table.loc["all"].astype(float)
    assert (proportions["validation"] - proportions["test"]).abs().max() < 2e-3
    assert data.digest() == load_dataset(name).digest()
    assert SOURCES[name].digest is not None


@real
def test_the_hashes_are_those_of_the_files(files):
    for name in ("adult", "magic"):
        frame = pd.read_csv(files / f"{name}.csv.gz")[list(SOURCES[name].columns)]
        assert table_digest(frame.sample(frac=1, random_state=0)) == SOURCES[name].digest
    for name in ("imdb", "cifar10"):
        with np.load(files / SOURCES[name].files[0]) as arrays:
            assert loaders._arrays_digest(dict(arrays)) == SOURCES[name].digest


@real
def test_pca_is_fitted_on_the_pool_alone_and_kept(files, module_cache):
    data = load_dataset("imdb", pca=8)
    with np.load(files / "imdb_minilm.npz") as arrays:
        x = arrays["x"].astype(float)
    pool = x[data.index]
    centred = pool - pool.mean(0)
    spread = np.linalg.svd(centred, compute_uv=False)[:8] / np.sqrt(len(pool))
    np.testing.assert_allclose(data.X_train.mean(0), 0, atol=1e-9)
    np.testing.assert_allclose(data.X_train.std(0), spread, rtol=1e-6)
    [kept] = (module_cache / "scaling_values").glob("imdb_pca8_*.npz")
    kept.write_bytes(b"damaged")
    with pytest.warns(UserWarning, match=f"{kept.name} could not be read"):
        np.testing.assert_array_equal(load_dataset("imdb", pca=8).X_train, data.X_train)
    assert load_dataset("imdb", pca=None).X_train.shape == (25000, 384)
    with pytest.raises(ValueError, match="pca=1000 is more than the 384"):
        load_dataset("imdb", pca=1000)


@real
def test_the_same_rows_whatever_their_order_in_the_file(files, empty, module_cache):
    frame = pd.read_csv(DATA / "magic.csv.gz")
    shuffled = frame.sample(frac=1, random_state=1)
    shuffled.to_csv(empty / "magic.csv.gz", index=False)
    ours, theirs = load_dataset("magic", data_home=DATA), load_dataset("magic", data_home=empty)
    assert ours.digest() == theirs.digest()
    np.testing.assert_array_equal(frame.loc[ours.index, "class"], ours.y_train)


@real
def test_a_truncated_file_says_so(empty):
    for name, file in (("magic", "magic.csv.gz"), ("imdb", "imdb_minilm.npz")):
        (empty / file).write_bytes((DATA / file).read_bytes()[:100_000])
        with pytest.raises(
            ValueError,
            match=f"{file} could not be read.*[Dd]elete .* replace it by a complete copy",
        ):
            load_dataset(name, data_home=empty)
        (empty / file).unlink()
    frame = pd.read_csv(DATA / "magic.csv.gz")
    frame[:-1].to_csv(empty / "magic.csv.gz", index=False)
    with pytest.raises(ValueError, match="has 19019 rows, but 19020 were expected"):
        load_dataset("magic", data_home=empty)
    assert left_behind(empty) == ["magic.csv.gz"]


@real
def test_a_wrong_hash_says_so(empty):
    frame = pd.read_csv(DATA / "magic.csv.gz")
    frame.loc[7, "fAlpha"] += 1e-3
    frame.to_csv(empty / "magic.csv.gz", index=False)
    with pytest.raises(
        ValueError,
        match=(
            "magic.csv.gz has content with the hash .*, but .* was expected: it is damaged, or "
            "another version. Delete"
        ),
    ):
        load_dataset("magic", data_home=empty)
    frame.loc[7, "class"] = "h" if frame.loc[7, "class"] == "g" else "g"
    frame.to_csv(empty / "magic.csv.gz", index=False)
    with pytest.raises(ValueError, match="has classes .* were expected"):
        load_dataset("magic", data_home=empty)
    frame.drop(columns="fSize").to_csv(empty / "magic.csv.gz", index=False)
    with pytest.raises(ValueError, match="has no column 'fSize'"):
        load_dataset("magic", data_home=empty)


@pytest.mark.parametrize("name", SOURCES)
def test_without_a_network_the_message_names_folder_and_file(empty, name):
    with pytest.raises(
        FileNotFoundError,
        match=(
            f"'{name}' is not in .*home or .*fetching it failed.*put the file "
            f"{SOURCES[name].files[0]}.* into .*home"
        ),
    ) as caught:
        load_dataset(name, data_home=empty / "home")
    assert caught.value.__cause__ is not None
    assert left_behind(empty) == []


def test_names_and_options_are_checked(empty):
    with pytest.raises(ValueError, match="did you mean 'imdb'"):
        load_dataset("imbd")
    with pytest.raises(TypeError, match="'adult' has no option 'pca'; it takes none"):
        load_dataset("adult", pca=3)
    with pytest.raises(TypeError, match="takes n, d, random_state"):
        load_dataset("simulated_linear", rows=3)


def small(monkeypatch, name: str, **changes) -> None:
    monkeypatch.setitem(SOURCES, name, replace(SOURCES[name], **changes))


def miniboone_like(n: int = 6000) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(n, 50)), columns=[f"ParticleID_{i}" for i in range(50)])
    frame.iloc[:30] = -999.0
    return frame.assign(signal=rng.permutation(np.arange(n) < n // 4))


def test_miniboone_on_a_small_file_of_the_same_form(empty, monkeypatch):
    small(monkeypatch, "miniboone", rows=6000, counts=(4500, 1500))
    frame = miniboone_like()
    frame.to_csv(empty / "miniboone.csv.gz", index=False)
    data = load_dataset("miniboone", data_home=empty)
    assert data.X_train.shape == (3800, 50) and data.counts().loc["all"].tolist() == [
        3800,
        1000,
        1200,
    ]
    assert (
        set(data.classes) == {"signal", "background"} and data.counts().loc["signal"].sum() == 1500
    )
    failed = np.isin(data.index, np.arange(30))
    assert failed.any() and np.abs(data.X_train).max() < 10  # -999 is a gap, not a number
    np.testing.assert_allclose(
        data.X_train[failed], np.broadcast_to(data.X_train[failed][0], data.X_train[failed].shape)
    )


def test_wave_energy_on_a_small_file_of_the_same_form(empty, monkeypatch):
    small(monkeypatch, "wave_energy", rows=6000)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        rng.uniform(0, 566, (6000, 48)), columns=[f"{a}{i}" for a in "xyp" for i in range(16)]
    )
    frame["energy_total"] = 4e6 + 100 * frame.sum(axis=1) + rng.normal(size=6000)
    frame.to_parquet(empty / "wave_energy.parquet")
    data = load_dataset("wave_energy", data_home=empty)
    assert data.target == "regression" and data.X_train.shape == (3800, 48)
    assert abs(data.y_train.mean()) < 1e-9 and abs(data.y_train.std() - 1) < 1e-9
    np.testing.assert_allclose(
        data.y_train * frame.loc[data.index, "energy_total"].std(ddof=0)
        + frame.loc[data.index, "energy_total"].mean(),
        frame.loc[data.index, "energy_total"],
    )


def letters(texts: list[str], store=None) -> np.ndarray:
    return np.array(
        [[text.count(letter) for letter in "aeiou"] for text in texts], dtype=np.float32
    )


def test_bbc_from_raw_text_and_from_its_embeddings(empty, monkeypatch):
    small(monkeypatch, "bbc", rows=500, counts=(100,) * 5)
    monkeypatch.setattr(loaders, "embed_text", letters)
    topics = list(SOURCES["bbc"].classes)
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        dict(
            category=np.repeat(topics, 100),
            text=["".join(rng.choice(list("aeiou "), 40)) for _ in range(500)],
        )
    )
    table.to_csv(empty / "bbc-text.csv", index=False)
    data = load_dataset("bbc", data_home=empty, pca=3)
    assert data.counts().loc["all"].tolist() == [300, 100, 100] and data.X_train.shape == (300, 3)
    assert list(data.y_train) == [topics[row // 100] for row in data.index]
    assert sorted(left_behind(empty))[:2] == ["bbc-text.csv", "bbc_minilm.npz"]
    (empty / "bbc-text.csv").unlink()
    assert load_dataset("bbc", data_home=empty, pca=3).digest() == data.digest()


def test_a_fetched_copy_carries_its_hash(empty, monkeypatch):
    small(monkeypatch, "bbc", rows=500, counts=(100,) * 5)
    arrays = dict(
        x=np.random.default_rng(0).normal(size=(500, 6)).astype(np.float16),
        y=np.repeat(np.arange(5), 100).astype(np.int8),
    )
    np.savez(empty / "bbc_minilm.npz", **arrays, digest=loaders._arrays_digest(arrays))
    assert len(load_dataset("bbc", data_home=empty, pca=None).X_train) == 300
    arrays["x"][0, 0] += 1
    np.savez(empty / "bbc_minilm.npz", **arrays, digest="0" * 16)
    with pytest.raises(ValueError, match="bbc_minilm.npz has content with the hash"):
        load_dataset("bbc", data_home=empty)
    np.savez(empty / "bbc_minilm.npz", y=arrays["y"])
    with pytest.raises(ValueError, match="has no array 'x'"):
        load_dataset("bbc", data_home=empty)


def test_openml_tables_are_put_into_our_form_and_kept_whole(empty, monkeypatch):
    """What `fetch_openml` returns for MAGIC: other spellings, a categorical target."""
    rng = np.random.default_rng(0)
    ours = pd.DataFrame(
        rng.normal(size=(6000, 10)), columns=list(SOURCES["magic"].columns[:-1])
    ).assign(**{"class": np.where(np.arange(6000) < 4000, "g", "h")})
    small(monkeypatch, "magic", rows=6000, counts=(4000, 2000), digest=table_digest(ours))
    sent = types.SimpleNamespace(
        data=ours.drop(columns="class").rename(columns=lambda name: name + ":"),
        target=ours["class"].astype("category").rename("class:"),
    )
    monkeypatch.setattr(
        "sklearn.datasets.fetch_openml",
        lambda **options: sent if options["data_id"] == 1120 else None,
    )
    fetched = load_dataset("magic", data_home=empty / "new")
    assert (
        left_behind(empty) == ["magic.parquet"]
        and fetched.feature_names == SOURCES["magic"].columns[:-1]
    )
    monkeypatch.setattr(
        "sklearn.datasets.fetch_openml", lambda **options: pytest.fail("fetched twice")
    )
    assert load_dataset("magic", data_home=empty / "new").digest() == fetched.digest()
    ours.to_csv(empty / "magic.csv.gz", index=False)
    assert load_dataset("magic", data_home=empty).digest() == fetched.digest()


def test_a_source_that_changed_is_refused_and_nothing_is_kept(empty, monkeypatch):
    frame = miniboone_like()
    sent = types.SimpleNamespace(
        data=frame.drop(columns="signal"), target=frame["signal"].astype(str).astype("category")
    )
    monkeypatch.setattr("sklearn.datasets.fetch_openml", lambda **options: sent)
    with pytest.raises(
        ValueError,
        match=(
            "what OpenML 41150 sends has 6000 rows, but 130064 were expected. The source has "
            "changed"
        ),
    ):
        load_dataset("miniboone", data_home=empty)
    assert left_behind(empty) == []
    small(monkeypatch, "miniboone", rows=6000, counts=(4500, 1500))
    assert set(load_dataset("miniboone", data_home=empty).classes) == {"signal", "background"}


class Split(dict):
    """Enough of a Hugging Face dataset: columns by name, rows by number."""

    def __getitem__(self, key):
        return (
            {name: column[key] for name, column in self.items()}
            if isinstance(key, int)
            else super().__getitem__(key)
        )


def test_hub_datasets_are_embedded_kept_and_not_fetched_twice(empty, monkeypatch):
    rng = np.random.default_rng(0)

    def text():
        return "".join(rng.choice(list("aeiou "), 30)) + "<br />"

    splits = {
        split: Split(text=[text() for _ in range(n)], label=list(np.arange(n) % 2))
        for split, n in (("train", 300), ("test", 2400))
    }
    asked = []
    hub = types.SimpleNamespace(
        load_dataset=lambda path, split: asked.append((path, split)) or splits[split]
    )
    monkeypatch.setitem(sys.modules, "datasets", hub)
    monkeypatch.setattr(
        loaders,
        "embed_text",
        lambda texts, store: (
            letters(texts) if not any("<br" in t for t in texts) else pytest.fail("markup")
        ),
    )
    small(monkeypatch, "imdb", rows=2500)
    monkeypatch.setattr(
        loaders,
        "_official_split",
        lambda path, column, label, counts, f=loaders._official_split: f(
            path, column, label, (300, 2200)
        ),
    )
    data = load_dataset("imdb", data_home=empty, pca=None)
    assert asked == [("stanfordnlp/imdb", "train"), ("stanfordnlp/imdb", "test")]
    assert data.counts().loc["all"].tolist() == [300, 1000, 1200] and data.counts()[
        "test"
    ].tolist() == [600, 600, 1200]
    assert (
        load_dataset("imdb", data_home=empty, pca=None).digest() == data.digest()
        and len(asked) == 2
    )
    pictures = {
        split: Split(
            img=[rng.integers(0, 256, (32, 32, 3), dtype=np.uint8) for _ in range(n)],
            label=list(np.arange(n) % 10),
        )
        for split, n in (("train", 300), ("test", 2400))
    }
    hub.load_dataset = lambda path, split: pictures[split]
    monkeypatch.setattr(
        loaders,
        "embed_images",
        lambda images, store: np.array([image.mean((0, 1)) for image in images]),
    )
    small(monkeypatch, "cifar10", rows=2500)
    assert load_dataset("cifar10", data_home=empty, pca=2).counts().loc["all"].tolist() == [
        300,
        1000,
        1200,
    ]


def test_simulated_data_come_from_the_coefficients_they_name(empty):
    X, y, coefficients = simulate("classification", n=20000, d=3, random_state=1)
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1e9, solver="newton-cholesky", tol=1e-9, fit_intercept=False).fit(
        X, y
    )
    p = fitted.predict_proba(X)[:, 1]
    error = np.sqrt(np.diag(np.linalg.inv((X * (p * (1 - p))[:, None]).T @ X)))
    assert (np.abs(fitted.coef_[0] - coefficients) < 4 * error).all()
    data = load_dataset("simulated_linear")
    assert data.target == "regression" and [
        len(data.X_train),
        len(data.X_val),
        len(data.X_test),
    ] == [10000, 1000, 1000]
    np.testing.assert_array_equal(data.X_train, simulate("regression")[0][data.index])
    assert load_dataset("simulated_logistic", n=300, d=4, random_state=2).counts().loc[
        "all"
    ].tolist() == [180, 60, 60]
    with pytest.raises(ValueError, match="target='clasification' is unknown"):
        simulate("clasification")


def test_a_folder_of_the_users_is_never_written_to_by_reading(empty, monkeypatch):
    small(monkeypatch, "bbc", rows=500, counts=(100,) * 5)
    home = empty / "home"
    home.mkdir()
    arrays = dict(
        x=np.random.default_rng(0).normal(size=(500, 6)).astype(np.float16),
        y=np.repeat(np.arange(5), 100).astype(np.int8),
    )
    np.savez(home / "bbc_minilm.npz", **arrays)
    monkeypatch.setenv("SCALING_VALUES_DATA", str(home))
    load_dataset("bbc", pca=2)
    load_dataset("bbc", data_home=home, pca=2)
    assert left_behind(home) == ["bbc_minilm.npz"] and data_folders()[0] == home


def test_a_loader_of_ones_own_can_be_registered(monkeypatch):
    mine = Dataset.from_arrays([[0.0], [1.0]], ["a", "b"], [[0.5]], ["a"])
    monkeypatch.setitem(LOADERS, "mine", lambda data_home: mine)
    assert load_dataset("mine") is mine


def bbc_like(**changes) -> dict[str, np.ndarray]:
    x = np.random.default_rng(0).normal(size=(500, 6)).astype(np.float16)
    return dict(x=x, y=np.repeat(np.arange(5), 100).astype(np.int8)) | changes


@pytest.fixture
def bbc(empty, monkeypatch) -> Path:
    """A small file of embeddings, whose hash is pinned, in a folder of its own."""
    small(
        monkeypatch, "bbc", rows=500, counts=(100,) * 5, digest=loaders._arrays_digest(bbc_like())
    )
    (empty / "home").mkdir()
    np.savez(empty / "home" / "bbc_minilm.npz", **bbc_like())
    return empty / "home" / "bbc_minilm.npz"


def test_a_pinned_hash_wins_over_the_files_own(bbc):
    other = bbc_like(x=np.ones((500, 6), np.float16))
    for own in (
        {},
        dict(digest=loaders._arrays_digest(other)),
        dict(digest=""),
        dict(digest=np.array(["a", "b"])),
        dict(digest=np.nan),
    ):
        np.savez(bbc, **other, **own)
        with pytest.raises(
            ValueError,
            match="bbc_minilm.npz has content with the hash .*was expected.* Delete or replace",
        ):
            load_dataset("bbc", data_home=bbc.parent, pca=None)
    np.savez(bbc, **bbc_like(), digest="0" * 16)  # nor is it missed
    assert len(load_dataset("bbc", data_home=bbc.parent, pca=None).X_train) == 300


@pytest.mark.parametrize("name", ["magic", "miniboone"])
def test_tables_with_a_hash_of_their_own(empty, monkeypatch, name):
    """The pinned one wins; where none is pinned, null is none that fits."""
    frame = miniboone_like()
    if name == "magic":
        frame = pd.DataFrame(
            frame.iloc[:, :10].to_numpy(), columns=list(SOURCES[name].columns[:-1])
        ).assign(**{"class": np.where(np.arange(6000) < 4500, "g", "h")})
    small(
        monkeypatch,
        name,
        rows=6000,
        counts=(4500, 1500),
        digest=table_digest(frame) if name == "magic" else None,
    )
    frame.to_parquet(empty / f"{name}.parquet")
    expected = load_dataset(name, data_home=empty).digest()
    frame.iloc[3, 2] += 1
    refused = [None, 3, "0" * 16, [table_digest(frame)]] + (
        [table_digest(frame)] if name == "magic" else []
    )
    for own in refused:
        frame.attrs = dict(digest=own)
        frame.to_parquet(empty / f"{name}.parquet")
        with pytest.raises(ValueError, match=f"{name}.parquet has content with the hash"):
            load_dataset(name, data_home=empty)
    frame.attrs = dict(digest=table_digest(frame))
    frame.to_parquet(empty / f"{name}.parquet")
    if name == "miniboone":
        assert load_dataset(name, data_home=empty).digest() != expected


def test_a_fetched_table_keeps_its_columns_names(empty, monkeypatch):
    frame = miniboone_like()
    sent = types.SimpleNamespace(
        data=frame.drop(columns="signal"), target=frame["signal"].astype(str).astype("category")
    )
    monkeypatch.setattr("sklearn.datasets.fetch_openml", lambda **options: sent)
    small(monkeypatch, "miniboone", rows=6000, counts=(4500, 1500))
    expected = load_dataset("miniboone", data_home=empty)
    kept = pd.read_parquet(empty / "miniboone.parquet")
    attrs, swapped = (
        kept.attrs,
        kept.rename(columns={"ParticleID_0": "ParticleID_1", "ParticleID_1": "ParticleID_0"}),
    )
    swapped.attrs = attrs
    swapped.to_parquet(
        empty / "miniboone.parquet"
    )  # the hash of the rows is the same, in the order of the file
    with pytest.raises(ValueError, match="miniboone.parquet has content with the hash"):
        load_dataset("miniboone", data_home=empty)
    renamed = kept.rename(columns={"ParticleID_0": "q"})
    renamed.attrs = attrs
    renamed.to_parquet(empty / "miniboone.parquet")
    with pytest.raises(ValueError, match="miniboone.parquet has no column 'ParticleID_0'"):
        load_dataset("miniboone", data_home=empty)
    kept.to_parquet(empty / "miniboone.parquet")
    assert load_dataset("miniboone", data_home=empty).digest() == expected.digest()


def test_a_download_that_openml_does_not_confirm_is_told_with_the_datasets_name(empty, monkeypatch):
    def damaged(**options):
        raise ValueError("md5 checksum of local file does not match description")

    monkeypatch.setattr("sklearn.datasets.fetch_openml", damaged)
    with pytest.raises(
        FileNotFoundError,
        match=(
            "'magic' is not in .* fetching it failed .*OpenML 1120: md5 checksum of local file "
            "does not match"
        ),
    ):
        load_dataset("magic")


X, Y, T = bbc_like()["x"], bbc_like()["y"], np.arange(500) >= 300


@pytest.mark.parametrize(
    "changes, message",
    [
        (
            dict(x=X[:, 0]),
            (
                r"holds x of type float16 and shape \(500,\): it must be numbers of shape \(rows, "
                r"features\)"
            ),
        ),
        (
            dict(x=X[:5]),
            (
                r"holds y of type int8 and shape \(500,\): it must be whole numbers of shape "
                r"\(5,\), as x has rows"
            ),
        ),
        (dict(x=X[:0], y=Y[:0]), r"holds x of type float16 and shape \(0, 6\)"),
        (dict(x=X.astype(str)), "holds x of type <U"),
        (dict(x=X > 0), "holds x of type bool"),
        (dict(y=Y[:, None]), r"holds y of type int8 and shape \(500, 1\)"),
        (dict(y=Y.astype(float)), "holds y of type float64"),
        (dict(y=np.array(3)), r"holds y of type int64 and shape \(\)"),
        (dict(y=Y - 1), "holds y with codes from -1 to 3, but there are 5 classes"),
        (dict(is_test=T.astype(int)), "holds is_test of type int64 .*: it must be True and False"),
        (dict(is_test=T.astype(int) * 3), "holds is_test of type int64"),
        (dict(is_test=T.astype(float)), "holds is_test of type float64"),
        (dict(is_test=T[:7]), r"holds is_test of type bool and shape \(7,\)"),
        (dict(is_test=T[:, None]), r"holds is_test of type bool and shape \(500, 1\)"),
        (dict(x=X[:400], y=Y[:400]), "has 400 rows, but 500 were expected"),
    ],
)
@pytest.mark.parametrize("own", [False, True])
def test_arrays_of_another_form_are_named(bbc, monkeypatch, changes, message, own):
    small(monkeypatch, "bbc", digest=None)
    arrays = bbc_like(**changes)
    np.savez(bbc, **arrays, **(dict(digest=loaders._arrays_digest(arrays)) if own else {}))
    with pytest.raises(ValueError, match=f"bbc_minilm.npz {message}"):
        load_dataset("bbc", data_home=bbc.parent, pca=None)


def test_what_was_embedded_here_is_known_from_a_note_in_the_cache(empty, monkeypatch):
    """Its vectors differ from the pinned ones in the last digits;
    a file that merely claims so is refused."""
    small(monkeypatch, "bbc", rows=500, counts=(100,) * 5, digest="0" * 16)
    monkeypatch.setattr(loaders, "embed_text", letters)
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        dict(
            category=np.repeat(SOURCES["bbc"].classes, 100),
            text=["".join(rng.choice(list("aeiou "), 40)) for _ in range(500)],
        )
    )
    table.to_csv(empty / "bbc-text.csv", index=False)
    data = load_dataset("bbc", data_home=empty, pca=None)
    assert load_dataset("bbc", data_home=empty, pca=None).digest() == data.digest()
    note = empty / "cache" / "scaling_values" / "bbc.digest"
    whole = note.read_bytes()
    for content in (b"", b"\xff", whole.swapcase() if whole.swapcase() != whole else b"x", None):
        note.unlink() if content is None else note.write_bytes(content)
        with pytest.raises(
            ValueError,
            match=(
                "bbc_minilm.npz has content with the hash .* If it was embedded on another "
                "machine, copy .*bbc.digest from there"
            ),
        ):
            load_dataset("bbc", data_home=empty, pca=None)
    note.write_bytes(whole)
    assert load_dataset("bbc", data_home=empty, pca=None).digest() == data.digest()


def test_blocks_go_when_all_is_embedded_and_nothing_else_does(empty, monkeypatch):
    small(monkeypatch, "bbc", rows=500, counts=(100,) * 5)

    def count(texts):
        return np.array(
            [[text.count(letter) for letter in "aeiou"] for text in texts], dtype=np.float32
        )

    embed = loaders.embed_text
    monkeypatch.setattr(
        loaders, "embed_text", lambda texts, store: embed(texts, count, store=store)
    )
    table = pd.DataFrame(
        dict(
            category=np.repeat(SOURCES["bbc"].classes, 100),
            text=[f"text {row}" for row in range(500)],
        )
    )
    table.to_csv(empty / "bbc-text.csv", index=False)
    blocks = empty / "bbc_blocks"
    blocks.mkdir()
    (blocks / "mine.txt").write_text("mine")
    with pytest.raises(ValueError, match="bbc_blocks.* is a folder with other files in it"):
        load_dataset("bbc", data_home=empty, pca=None)
    assert [file.name for file in blocks.iterdir()] == ["mine.txt"]
    (blocks / "mine.txt").rename(blocks / ".mine")
    load_dataset("bbc", data_home=empty, pca=None)
    assert [file.name for file in blocks.iterdir()] == [".mine"]
    (empty / "bbc_minilm.npz").unlink()
    (blocks / ".mine").unlink()
    load_dataset("bbc", data_home=empty, pca=None)
    assert not blocks.exists() and sorted(left_behind(empty)) == ["bbc-text.csv", "bbc_minilm.npz"]


@pytest.fixture
def projection(bbc) -> tuple[Path, np.ndarray]:
    """The file with the projection of a small set, and what it holds."""
    X = load_dataset("bbc", data_home=bbc.parent, pca=2).X_train
    [kept] = (bbc.parents[1] / "cache" / "scaling_values").glob("bbc_pca2_*")
    return kept, X


def flips(file: Path, count: int):
    """The file with one bit flipped, so many times, and whole again."""
    whole, rng = file.read_bytes(), np.random.default_rng(0)
    for bit in rng.choice(8 * len(whole), count, replace=False):
        content = bytearray(whole)
        content[bit // 8] ^= 1 << bit % 8
        file.write_bytes(content)
        yield bit
    file.write_bytes(whole)


def test_a_bit_flipped_anywhere_in_a_projection_is_noticed_or_without_effect(empty):
    x, pool, noticed = bbc_like()["x"][:40], np.arange(30), 0
    expected = loaders._project("bbc", x, pool, 2, "digest")
    [kept] = (empty / "cache" / "scaling_values").iterdir()
    for _ in flips(kept, 150):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            np.testing.assert_array_equal(loaders._project("bbc", x, pool, 2, "digest"), expected)
        noticed += any(kept.name in str(warning.message) for warning in told)
    assert noticed > 100


def test_a_bit_flipped_anywhere_in_a_data_file_is_noticed_or_without_effect(bbc, monkeypatch):
    small(monkeypatch, "bbc", rows=50, counts=(10,) * 5, digest=None)
    small(monkeypatch, "spambase", rows=60, counts=(40, 20), digest=None)
    arrays = {name: array[::10] for name, array in bbc_like().items()}
    np.savez(bbc, **arrays, digest=loaders._arrays_digest(arrays))
    table = pd.DataFrame(
        {"x": X[:60, 0].astype(float), "word": ["a", "b", "c"] * 20, "class": [0, 0, 1] * 20}
    )
    table.attrs = dict(digest=table_digest(table), columns=list(table))
    table.to_parquet(bbc.parent / "spambase.parquet")

    def obtain_arrays():
        return loaders._obtain_arrays("bbc", None, bbc.parent)

    def obtain_table():
        return {
            name: column.to_numpy()
            for name, column in loaders.obtain_table("spambase", 44, bbc.parent).items()
        }

    for file, obtain, count in (
        (bbc, obtain_arrays, 250),
        (bbc.parent / "spambase.parquet", obtain_table, 120),
    ):
        expected, noticed = obtain(), 0
        for _ in flips(file, count):
            try:
                found = obtain()
            except ValueError as error:
                assert file.name in str(error)
                noticed += 1
                continue
            assert {"x", "y", "word", "class"} & set(found) == {"x", "y", "word", "class"} & set(
                expected
            )
            for name in {"x", "y", "word", "class"} & set(expected):
                np.testing.assert_array_equal(found[name], expected[name])
        assert noticed > count / 4


def test_projections_that_were_changed_are_computed_again(bbc, projection):
    kept, X = projection

    def load():
        return load_dataset("bbc", data_home=bbc.parent, pca=2).X_train

    whole, sevens = kept.read_bytes(), np.full((500, 2), 7.0)
    load_dataset("bbc", data_home=bbc.parent, pca=3)
    [three] = kept.parent.glob("bbc_pca3_*")
    damaged = [b"", b"text", whole[:-1], three.read_bytes()]
    for arrays in (
        dict(projected=sevens),
        dict(projected=sevens, checksum="0" * 16),
        dict(checksum="0" * 16),
        dict(projected=sevens.astype(str), checksum=""),
        dict(projected=sevens, checksum=loaders.fingerprint(sevens)),
    ):
        np.savez(kept, **arrays)
        damaged.append(kept.read_bytes())
    for content in damaged:
        kept.write_bytes(content)
        with pytest.warns(UserWarning, match="the projection is computed again"):
            np.testing.assert_array_equal(load(), X)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            np.testing.assert_array_equal(load(), X)  # and kept again
    kept.unlink()
    kept.mkdir()
    (kept / "mine.txt").write_text("mine")
    with pytest.warns(UserWarning, match="the projection of 'bbc' is not kept"):
        np.testing.assert_array_equal(load(), X)
    assert (kept / "mine.txt").read_text() == "mine" and not list(kept.parent.glob(".*.tmp"))


def test_a_cache_that_cannot_be_written_is_no_reason_to_stop(bbc, monkeypatch):
    (bbc.parent / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(bbc.parent / "file" / "cache"))  # as below /dev/null
    with pytest.warns(UserWarning, match="the projection of 'bbc' is not kept"):
        assert load_dataset("bbc", data_home=bbc.parent, pca=2).X_train.shape == (300, 2)
    bbc.unlink()
    with pytest.raises(
        OSError, match="pass data_home, or set XDG_CACHE_HOME, a folder that can be written to"
    ):
        load_dataset("bbc")


def test_drafts_of_killed_writers_are_swept(bbc, projection):
    kept, _ = projection
    old, fresh, other = (
        kept.parent / name
        for name in (f".{kept.stem}-abc.npz.tmp", f".{kept.stem}-abd.npz.tmp", ".notes.tmp")
    )
    for file in (old, fresh, other):
        file.write_text("half")
    for file in (old, other):
        os.utime(file, (0, 0))
    kept.unlink()
    load_dataset("bbc", data_home=bbc.parent, pca=2)
    assert not old.exists() and fresh.exists() and other.exists()


def test_folders_that_are_none_are_named(bbc, monkeypatch):
    for call, error, message in (
        (
            lambda: load_dataset("bbc", "~nobody_here/x"),
            ValueError,
            "data_home='~nobody_here/x': there is no such home folder; write the path in full",
        ),
        (
            lambda: load_dataset("bbc", bbc),
            ValueError,
            "data_home='.*bbc_minilm.npz' is a file: pass the folder that it is in",
        ),
        (lambda: load_dataset("bbc", 3), TypeError, "data_home=3 must be the path of a folder"),
    ):
        with pytest.raises(error, match=message):
            call()
    for name in ("SCALING_VALUES_DATA", "XDG_CACHE_HOME"):
        with monkeypatch.context() as patch:
            patch.setenv(name, "~nobody_here/x")
            with pytest.raises(
                ValueError, match=f"{name}='~nobody_here/x': there is no such home folder"
            ):
                data_folders()


def test_a_user_without_a_home(bbc, monkeypatch, tmp_path):
    """No HOME, and a number that has no name: as in containers."""
    import pwd

    def unknown(uid):
        raise KeyError(uid)

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    [cache] = data_folders()
    assert cache == tmp_path / f"scaling_values-{os.getuid()}" and not cache.exists()
    assert (
        len(load_dataset("digits").X_train)
        and len(load_dataset("bbc", data_home=bbc.parent, pca=None).X_train) == 300
    )
    assert not cache.exists()
    load_dataset("bbc", data_home=bbc.parent, pca=2)
    assert [file.suffix for file in cache.iterdir()] == [".npz"]
    with pytest.raises(ValueError, match="data_home='~/data': there is no such home folder"):
        data_folders("~/data")
    monkeypatch.setattr(os, "getuid", lambda: 54321)
    cache.rename(tmp_path / "scaling_values-54321")
    with pytest.raises(
        ValueError,
        match=(
            "there is no home folder, and .*scaling_values-54321 belongs to somebody else: set "
            "XDG_CACHE_HOME"
        ),
    ):
        data_folders()
