# Made from the module beside it by docs/make_stubs.py: do not edit.
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["embed_text", "embed_images"]
BATCHES_A_BLOCK: int

def sweep_files(folder: Path, *patterns: str) -> None: ...
def remove_store(folder: Path) -> None:
    """A store's own files, and the folder if nothing else is in it."""

MINILM: str
EFFICIENTNET: str

def embed_text(
    texts: Sequence[str],
    encoder: Any = None,
    *,
    batch_size: int = 32,
    device: str | None = None,
    store: str | os.PathLike | None = None,
) -> np.ndarray:
    """One vector per text, by a frozen encoder."""

IMAGENET: Any
LITE0: Any

def embed_images(
    images: Sequence[Any],
    encoder: Any = None,
    *,
    transform: Callable | None = None,
    batch_size: int = 32,
    device: str | None = None,
    store: str | os.PathLike | None = None,
) -> np.ndarray:
    """One vector per image, by a frozen encoder."""
