# Made from the module beside it by docs/make_stubs.py: do not edit.
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from .datasets import Dataset

__all__ = [
    "SOURCES",
    "Source",
    "table_digest",
    "data_folders",
    "load_adult",
    "load_magic",
    "load_miniboone",
    "load_wave_energy",
    "load_spambase",
    "load_diamonds",
    "load_breast_cancer",
    "load_wine",
    "load_imdb",
    "load_cifar10",
    "load_bbc",
    "simulate",
    "load_simulated_linear",
    "load_simulated_logistic",
]

@dataclass(frozen=True)
class Source:
    """Origin and licence of a dataset, and how to recognise it."""

    title: str
    origin: str
    licence: str
    files: tuple[str, ...]
    rows: int
    classes: tuple[str, ...] = ...
    counts: tuple[int, ...] = ...
    target: str = ...
    digest: str | None = ...
    columns: tuple[str, ...] = ...

SOURCES: dict[str, Source]

def table_digest(frame: pd.DataFrame) -> str:
    """A hash of a table's rows, whatever their order."""

def data_folders(data_home: str | os.PathLike | None = None) -> list[Path]:
    """The folders to search for data files, in this order: yours, then the cache."""

def obtain_table(name: str, data_id: int, data_home: str | os.PathLike | None) -> pd.DataFrame:
    """The table with its rows in the order of their hashes. The index has their places in the file."""

VALIDATION_ROWS: int

def load_adult(data_home: str | os.PathLike | None = None) -> Dataset:
    """Adult census income: 48,842 people, 14 columns, 108 features after one-hot encoding.

    The split is our own."""

def load_magic(data_home: str | os.PathLike | None = None) -> Dataset:
    """MAGIC gamma telescope: 19,020 events, 10 features."""

def load_miniboone(data_home: str | os.PathLike | None = None) -> Dataset:
    """MiniBooNE particle identification: 130,064 events, 50 features."""

def load_wave_energy(data_home: str | os.PathLike | None = None) -> Dataset:
    """Wave energy converters: 72,000 layouts, 48 features. Predicts power, standardised on the pool."""

def load_spambase(data_home: str | os.PathLike | None = None) -> Dataset:
    """Spam and other electronic mail: 4601 messages, 57 frequencies of words and signs."""

def load_diamonds(data_home: str | os.PathLike | None = None) -> Dataset:
    """53,940 round-cut diamonds: 26 features. Predicts the price, standardised on the pool."""

def load_breast_cancer(data_home: str | os.PathLike | None = None) -> Dataset:
    """Breast tumours, benign or malignant (W. Wolberg et al., 1995): 569 rows, 30 measures."""

def load_wine(data_home: str | os.PathLike | None = None) -> Dataset:
    """Wines of three cultivars (S. Aeberhard and M. Forina, 1991): 178 rows, 13 measures."""

def load_imdb(data_home: str | os.PathLike | None = None, pca: int | None = 256) -> Dataset:
    """IMDB film reviews, embedded by all-MiniLM-L6-v2: 25,000 in the pool, others held out."""

def load_cifar10(data_home: str | os.PathLike | None = None, pca: int | None = 256) -> Dataset:
    """CIFAR-10 embedded by EfficientNet-Lite0: 20,000 in the pool, validation and test held out."""

def load_bbc(data_home: str | os.PathLike | None = None, pca: int | None = 256) -> Dataset:
    """BBC news in five topics embedded by all-MiniLM-L6-v2: 2225 articles, split 60/20/20."""

def simulate(
    target: str,
    n: int = 12000,
    d: int = 50,
    *,
    noise: float = 1.0,
    random_state: int | np.random.Generator | None = 0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Linear or logistic data from known coefficients.

    The coefficients are normal with variance 4/d, so the variance of the signal is about 4."""

def load_simulated_linear(
    data_home: str | os.PathLike | None = None,
    n: int = 12000,
    d: int = 50,
    random_state: int | np.random.Generator | None = 0,
) -> Dataset:
    """Linear data with unit noise: 10,000 in the pool, 1000 for validation, 1000 for the test."""

def load_simulated_logistic(
    data_home: str | os.PathLike | None = None,
    n: int = 12000,
    d: int = 50,
    random_state: int | np.random.Generator | None = 0,
) -> Dataset:
    """Labels from a logistic model: 10,000 in the pool, 1000 for validation, 1000 for the test."""
