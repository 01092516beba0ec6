"""Datasets by name: what the files must hold, what is said when they do not, and that nothing half-written stays behind."""

import gzip
import os
import sys
import types
import urllib.error
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import scaling_values.loaders as loaders
from scaling_values import Dataset, LOADERS, SOURCES, data_folders, load_dataset, simulate, table_digest

BESIDE = Path(__file__).parents[2] / "shared" / "data"
DATA = Path(os.environ.get("SCALING_VALUES_DATA") or BESIDE)
real = pytest.mark.skipif(not (DATA / "adult.csv.gz").is_file(), reason="needs the data files: set SCALING_VALUES_DATA to their folder")


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
    """No data anywhere, and no network: what is fetched fails as it does on a machine that is cut off."""
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
        ("cifar10", (20000, 256), {"airplane": 2397, "automobile": 2405, "bird": 2419, "cat": 2411, "deer": 2372, "dog": 2398, "frog": 2436, "horse": 2406, "ship": 2380, "truck": 2376}),
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
    [kept] = (module_cache / "scaling_values").glob("imdb_pca8_*.npy")
    kept.write_bytes(b"damaged")
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
        with pytest.raises(ValueError, match=f"{file} could not be read.*[Dd]elete .* put a whole copy"):
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
    with pytest.raises(ValueError, match="magic.csv.gz has content with the hash .*, but .* was expected: it is damaged, or another version. Delete"):
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
    with pytest.raises(FileNotFoundError, match=f"'{name}' is not in .*home or .*fetching it failed.*put the file {SOURCES[name].files[0]}.* into .*home") as caught:
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
    assert data.X_train.shape == (3800, 50) and data.counts().loc["all"].tolist() == [3800, 1000, 1200]
    assert set(data.classes) == {"signal", "background"} and data.counts().loc["signal"].sum() == 1500
    failed = np.isin(data.index, np.arange(30))
    assert failed.any() and np.abs(data.X_train).max() < 10  # -999 is a gap, not a number
    np.testing.assert_allclose(data.X_train[failed], np.broadcast_to(data.X_train[failed][0], data.X_train[failed].shape))


def test_wave_energy_on_a_small_file_of_the_same_form(empty, monkeypatch):
    small(monkeypatch, "wave_energy", rows=6000)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.uniform(0, 566, (6000, 48)), columns=[f"{a}{i}" for a in "xyp" for i in range(16)])
    frame["energy_total"] = 4e6 + 100 * frame.sum(axis=1) + rng.normal(size=6000)
    frame.to_parquet(empty / "wave_energy.parquet")
    data = load_dataset("wave_energy", data_home=empty)
    assert data.target == "regression" and data.X_train.shape == (3800, 48)
    assert abs(data.y_train.mean()) < 1e-9 and abs(data.y_train.std() - 1) < 1e-9
    np.testing.assert_allclose(data.y_train * frame.loc[data.index, "energy_total"].std(ddof=0) + frame.loc[data.index, "energy_total"].mean(), frame.loc[data.index, "energy_total"])


def letters(texts: list[str], store=None) -> np.ndarray:
    return np.array([[text.count(letter) for letter in "aeiou"] for text in texts], dtype=np.float32)


def test_bbc_from_raw_text_and_from_its_embeddings(empty, monkeypatch):
    small(monkeypatch, "bbc", rows=500, counts=(100,) * 5)
    monkeypatch.setattr(loaders, "embed_text", letters)
    topics = list(SOURCES["bbc"].classes)
    rng = np.random.default_rng(0)
    table = pd.DataFrame(dict(category=np.repeat(topics, 100), text=["".join(rng.choice(list("aeiou "), 40)) for _ in range(500)]))
    table.to_csv(empty / "bbc-text.csv", index=False)
    data = load_dataset("bbc", data_home=empty, pca=3)
    assert data.counts().loc["all"].tolist() == [300, 100, 100] and data.X_train.shape == (300, 3)
    assert list(data.y_train) == [topics[row // 100] for row in data.index]
    assert sorted(left_behind(empty))[:2] == ["bbc-text.csv", "bbc_minilm.npz"]
    (empty / "bbc-text.csv").unlink()
    assert load_dataset("bbc", data_home=empty, pca=3).digest() == data.digest()


def test_a_fetched_copy_carries_its_hash(empty, monkeypatch):
    small(monkeypatch, "bbc", rows=500, counts=(100,) * 5)
    arrays = dict(x=np.random.default_rng(0).normal(size=(500, 6)).astype(np.float16), y=np.repeat(np.arange(5), 100).astype(np.int8))
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
    ours = pd.DataFrame(rng.normal(size=(6000, 10)), columns=list(SOURCES["magic"].columns[:-1])).assign(**{"class": np.where(np.arange(6000) < 4000, "g", "h")})
    small(monkeypatch, "magic", rows=6000, counts=(4000, 2000), digest=table_digest(ours))
    sent = types.SimpleNamespace(data=ours.drop(columns="class").rename(columns=lambda name: name + ":"), target=ours["class"].astype("category").rename("class:"))
    monkeypatch.setattr("sklearn.datasets.fetch_openml", lambda **options: sent if options["data_id"] == 1120 else None)
    fetched = load_dataset("magic", data_home=empty / "new")
    assert left_behind(empty) == ["magic.parquet"] and fetched.feature_names == SOURCES["magic"].columns[:-1]
    monkeypatch.setattr("sklearn.datasets.fetch_openml", lambda **options: pytest.fail("fetched twice"))
    assert load_dataset("magic", data_home=empty / "new").digest() == fetched.digest()
    ours.to_csv(empty / "magic.csv.gz", index=False)
    assert load_dataset("magic", data_home=empty).digest() == fetched.digest()


def test_a_source_that_changed_is_refused_and_nothing_is_kept(empty, monkeypatch):
    frame = miniboone_like()
    sent = types.SimpleNamespace(data=frame.drop(columns="signal"), target=frame["signal"].astype(str).astype("category"))
    monkeypatch.setattr("sklearn.datasets.fetch_openml", lambda **options: sent)
    with pytest.raises(ValueError, match="what OpenML 41150 sends has 6000 rows, but 130064 were expected. The source has changed"):
        load_dataset("miniboone", data_home=empty)
    assert left_behind(empty) == []
    small(monkeypatch, "miniboone", rows=6000, counts=(4500, 1500))
    assert set(load_dataset("miniboone", data_home=empty).classes) == {"signal", "background"}


class Split(dict):
    """Enough of a Hugging Face dataset: columns by name, rows by number."""

    def __getitem__(self, key):
        return {name: column[key] for name, column in self.items()} if isinstance(key, int) else super().__getitem__(key)


def test_hub_datasets_are_embedded_kept_and_not_fetched_twice(empty, monkeypatch):
    rng = np.random.default_rng(0)
    text = lambda: "".join(rng.choice(list("aeiou "), 30)) + "<br />"
    splits = {split: Split(text=[text() for _ in range(n)], label=list(np.arange(n) % 2)) for split, n in (("train", 300), ("test", 2400))}
    asked = []
    hub = types.SimpleNamespace(load_dataset=lambda path, split: asked.append((path, split)) or splits[split])
    monkeypatch.setitem(sys.modules, "datasets", hub)
    monkeypatch.setattr(loaders, "embed_text", lambda texts, store: letters(texts) if not any("<br" in t for t in texts) else pytest.fail("markup"))
    small(monkeypatch, "imdb", rows=2500)
    monkeypatch.setattr(loaders, "_official_split", lambda path, column, label, counts, f=loaders._official_split: f(path, column, label, (300, 2200)))
    data = load_dataset("imdb", data_home=empty, pca=None)
    assert asked == [("stanfordnlp/imdb", "train"), ("stanfordnlp/imdb", "test")]
    assert data.counts().loc["all"].tolist() == [300, 1000, 1200] and data.counts()["test"].tolist() == [600, 600, 1200]
    assert load_dataset("imdb", data_home=empty, pca=None).digest() == data.digest() and len(asked) == 2
    pictures = {split: Split(img=[rng.integers(0, 256, (32, 32, 3), dtype=np.uint8) for _ in range(n)], label=list(np.arange(n) % 10)) for split, n in (("train", 300), ("test", 2400))}
    hub.load_dataset = lambda path, split: pictures[split]
    monkeypatch.setattr(loaders, "embed_images", lambda images, store: np.array([image.mean((0, 1)) for image in images]))
    small(monkeypatch, "cifar10", rows=2500)
    assert load_dataset("cifar10", data_home=empty, pca=2).counts().loc["all"].tolist() == [300, 1000, 1200]


def test_simulated_data_come_from_the_coefficients_they_name(empty):
    X, y, coefficients = simulate("classification", n=20000, d=3, random_state=1)
    from sklearn.linear_model import LogisticRegression
    fitted = LogisticRegression(C=1e9, solver="newton-cholesky", tol=1e-9, fit_intercept=False).fit(X, y)
    p = fitted.predict_proba(X)[:, 1]
    error = np.sqrt(np.diag(np.linalg.inv((X * (p * (1 - p))[:, None]).T @ X)))
    assert (np.abs(fitted.coef_[0] - coefficients) < 4 * error).all()
    data = load_dataset("simulated_linear")
    assert data.target == "regression" and [len(data.X_train), len(data.X_val), len(data.X_test)] == [10000, 1000, 1000]
    np.testing.assert_array_equal(data.X_train, simulate("regression")[0][data.index])
    assert load_dataset("simulated_logistic", n=300, d=4, random_state=2).counts().loc["all"].tolist() == [180, 60, 60]
    with pytest.raises(ValueError, match="target='clasification' is unknown"):
        simulate("clasification")


def test_a_folder_of_the_users_is_never_written_to_by_reading(empty, monkeypatch):
    small(monkeypatch, "bbc", rows=500, counts=(100,) * 5)
    home = empty / "home"
    home.mkdir()
    arrays = dict(x=np.random.default_rng(0).normal(size=(500, 6)).astype(np.float16), y=np.repeat(np.arange(5), 100).astype(np.int8))
    np.savez(home / "bbc_minilm.npz", **arrays)
    monkeypatch.setenv("SCALING_VALUES_DATA", str(home))
    load_dataset("bbc", pca=2)
    load_dataset("bbc", data_home=home, pca=2)
    assert left_behind(home) == ["bbc_minilm.npz"] and data_folders()[0] == home


def test_a_loader_of_ones_own_can_be_registered(monkeypatch):
    mine = Dataset.from_arrays([[0.0], [1.0]], ["a", "b"], [[0.5]], ["a"])
    monkeypatch.setitem(LOADERS, "mine", lambda data_home: mine)
    assert load_dataset("mine") is mine
