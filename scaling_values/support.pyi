# Made from the module beside it by docs/make_stubs.py: do not edit.
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

__all__ = [
    "resolve_seed",
    "is_integer",
    "spawn_generator",
    "one_line",
    "shown",
    "nearest_name",
    "check_choice",
    "naming",
    "one_line_errors",
    "check_sizes",
    "to_array",
    "check_kind",
    "check_share",
    "plain",
    "check_count",
    "Progress",
    "progress_bar",
    "format_seconds",
    "whole_file",
    "take_rights",
    "sweep",
    "whole_set",
    "one_thread",
    "library_defaults",
    "within",
    "in_turn",
    "read_arrays",
    "fingerprint",
    "object_identity",
    "without_addresses",
    "machine",
    "save_report",
]

def resolve_seed(random_state: int | np.random.Generator | np.random.RandomState | None) -> int:
    """The one integer from which every draw's generator is spawned."""

def is_integer(value: Any) -> bool:
    """Whether `value` is an integer of Python's or NumPy's (True and False are not)."""

def spawn_generator(seed: int, *key: int) -> np.random.Generator:
    """The generator that belongs to one draw, whoever asks for it and in whatever order."""

def one_line(text: Any, longest: int = 600) -> str:
    """A message as one line of printable characters."""

def shown(thing: Any, longest: int = 150) -> str:
    """Its repr for a message: one line, not too long, whatever the object's own `__repr__` does."""

def nearest_name(name: str, options: Iterable[str]) -> str:
    """A hint that names the existing option nearest to `name`, if one is near; it ends the sentence."""

def check_choice(value: Any, options: Sequence[str], argument: str) -> str:
    """Return `value` if it is one of `options`; otherwise say which one was probably meant."""

@contextmanager
def naming(source: Any) -> Iterator[None]:
    """Errors inside the block say which file they are about."""

@contextmanager
def one_line_errors(command: str) -> Iterator[None]:
    """Errors inside the block end the program with one line; so do the signals that ask it to end."""

def check_sizes(sizes: Sequence[int], argument: str = "sizes") -> tuple[int, int]:
    """Two integers, `1 <= smallest <= largest`."""

def to_array(value: Any, argument: str, dtype: Any = None) -> np.ndarray:
    """An array of `value`, which there is not of lists of unequal lengths, say."""

def check_kind(value: Any, kind: type, argument: str) -> None:
    """An error that names the argument, unless `value` is of the kind."""

def check_share(value: Any, argument: str) -> float:
    """A number between 0 and 1, both excluded."""

def plain(value: Any) -> Any:
    """A NumPy scalar as Python's own, so that a message says 'cat' and not np.str_('cat')."""

def check_count(value: Any, argument: str, least: int = 1) -> int:
    """An integer of at least `least`."""

class Progress:
    """How far some work has come; shown where and when it helps."""

    outer: Progress | None = ...
    total: int
    unit: str
    n: int
    initial: int
    start: Any
    bar: Any
    marks: Iterator[float]
    label: str
    said: bool
    due: float

    def __init__(
        self, total: int, label: str, unit: str, seconds: float | None, initial: int, show: bool
    ) -> None: ...
    def update(self, n: int = 1) -> None:
        """So many units more are done."""

    def close(self) -> None:
        """The work has ended, done or not."""

    def __enter__(self) -> Progress: ...
    def __exit__(self, *_: object) -> None: ...

def progress_bar(
    total: int,
    label: str,
    unit: str = "draw",
    seconds: float | None = None,
    initial: int = 0,
    show: bool = True,
) -> Progress:
    """A progress bar, or lines now and then, at once with an estimate for long work; silent for work under two seconds."""

def format_seconds(seconds: float) -> str:
    """A duration as people say it."""

@contextmanager
def whole_file(path: str | os.PathLike, folder: bool = True) -> Iterator[Path]:
    """Write to the yielded path; the file appears at `path` only if the block ends without an error."""

def take_rights(name: str | os.PathLike, path: str | os.PathLike) -> None:
    """Give a file the owner, group and rights of what it is to replace; those of a new file if there is nothing."""

def sweep(folder: str | os.PathLike, names: str = ...) -> None:
    """Remove temporary files and folders of `whole_file` and `whole_set` whose writers are no more."""

@contextmanager
def whole_set(
    folder: str | os.PathLike, names: Sequence[str], beside: Sequence[str] = ()
) -> Iterator[Path]:
    """Write to the yielded folder; its files appear in `folder` together, only if the block ends without an error."""

@contextmanager
def one_thread() -> Iterator[None]:
    """One thread for BLAS, OpenMP and torch inside the block, and afterwards as many as before."""

@contextmanager
def library_defaults() -> Iterator[None]:
    """torch's and NumPy's own defaults inside the block; afterwards the user's settings, also after an error."""

def within(*contexts: Callable) -> Callable[[Callable], Callable]:
    """Run a function inside blocks."""

@contextmanager
def in_turn() -> Iterator[Callable[[int], None]]:
    """One thread at a time; the global generators of Python, NumPy and torch are put back at the end."""

def read_arrays(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """All arrays of a file, or an error that names it: if it is damaged, or holds what would have to be unpickled."""

def fingerprint(*arrays: np.ndarray | None) -> str:
    """A hash of the arrays' types, shapes and bytes."""

def object_identity(thing: Any, argument: str = "thing") -> str:
    """A hash of an object and of all code of the user's behind it, the same in every process."""

def without_addresses(text: str) -> str:
    """The text without addresses in memory, which are others in every process, and with single spaces."""

def machine() -> dict[str, Any]:
    """What a measurement was made on."""

def save_report(report: dict[str, Any], path: str | os.PathLike, command: str) -> None:
    """Write a report with the command that made it and the machine it ran on."""
