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
    """The one integer from which the generators of all draws are spawned."""

def is_integer(value: Any) -> bool:
    """Whether `value` is an integer of Python or NumPy (True and False are not)."""

def spawn_generator(seed: int, *key: int) -> np.random.Generator:
    """The generator of one draw, the same for every worker and in every order."""

def one_line(text: Any, longest: int = 600) -> str:
    """A message as one line of printable characters."""

def shown(thing: Any, longest: int = 150) -> str:
    """The repr for a message: one line, not too long, even if the object's `__repr__` fails."""

def nearest_name(name: str, options: Iterable[str]) -> str:
    """A hint with the option nearest to `name`, if one is near. It ends the sentence."""

def check_choice(value: Any, options: Sequence[str], argument: str) -> str:
    """Return `value` if it is one of `options`; otherwise raise an error with the nearest one."""

@contextmanager
def naming(source: Any) -> Iterator[None]:
    """Put the name of a file before the messages of errors inside the block."""

@contextmanager
def one_line_errors(command: str) -> Iterator[None]:
    """End the program with one line after an error or a signal inside the block."""

def check_sizes(sizes: Sequence[int], argument: str = "sizes") -> tuple[int, int]:
    """Check for two integers, `1 <= smallest <= largest`."""

def to_array(value: Any, argument: str, dtype: Any = None) -> np.ndarray:
    """An array of `value`, or an error, as for lists of unequal lengths."""

def check_kind(value: Any, kind: type, argument: str) -> None:
    """Raise an error that names the argument, unless `value` is of the kind."""

def check_share(value: Any, argument: str) -> float:
    """Check for a number between 0 and 1, both excluded."""

def plain(value: Any) -> Any:
    """A NumPy scalar as a Python value, so that a message has 'cat' and not np.str_('cat')."""

def check_count(value: Any, argument: str, least: int = 1) -> int:
    """Check for an integer of at least `least`."""

class Progress:
    """The progress of some work, shown where and when it helps."""

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
    def __enter__(self) -> Progress: ...
    def __exit__(self, *_: object) -> None: ...
    def update(self, n: int = 1) -> None:
        """Report that more units are finished."""

    def close(self) -> None:
        """Report that the work has ended, finished or not."""

def progress_bar(
    total: int,
    label: str,
    unit: str = "draw",
    seconds: float | None = None,
    initial: int = 0,
    show: bool = True,
) -> Progress:
    """A progress bar, or lines from time to time.

    Long work shows its estimate at once; work under two seconds shows nothing."""

def format_seconds(seconds: float) -> str:
    """A duration in a readable unit."""

@contextmanager
def whole_file(path: str | os.PathLike, folder: bool = True) -> Iterator[Path]:
    """Write to the yielded path; the file appears at `path` only if the block ends without an error."""

def take_rights(name: str | os.PathLike, path: str | os.PathLike) -> None:
    """Give a file the owner, group and permissions of the file that it will replace.

    If there is none, it gets the permissions of a new file."""

def sweep(folder: str | os.PathLike, names: str = ...) -> None:
    """Remove temporary files and folders of `whole_file` and `whole_set` whose processes ended."""

@contextmanager
def whole_set(
    folder: str | os.PathLike, names: Sequence[str], beside: Sequence[str] = ()
) -> Iterator[Path]:
    """Write to the yielded folder.

    Its files appear in `folder` together, and only if the block ends without an error."""

@contextmanager
def one_thread() -> Iterator[None]:
    """One thread for BLAS, OpenMP and torch inside the block; afterwards as many as before."""

@contextmanager
def library_defaults() -> Iterator[None]:
    """Defaults of torch and NumPy inside the block.

    Afterwards the user's settings are restored, also after an error."""

def within(*contexts: Callable) -> Callable[[Callable], Callable]:
    """Run a function inside blocks."""

@contextmanager
def in_turn() -> Iterator[Callable[[int], None]]:
    """Run one thread at a time; restore the global generators of Python, NumPy, torch at the end."""

def read_arrays(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """All arrays of a file; an error names the file if it is damaged or contains pickles."""

def fingerprint(*arrays: np.ndarray | None) -> str:
    """A hash of the arrays' types, shapes and bytes."""

def object_identity(thing: Any, argument: str = "thing") -> str:
    """A hash of an object and of all user code behind it, the same in every process."""

def without_addresses(text: str) -> str:
    """The text with single spaces and without memory addresses, which differ between processes."""

def machine() -> dict[str, Any]:
    """The machine and the versions of a measurement."""

def save_report(report: dict[str, Any], path: str | os.PathLike, command: str) -> None:
    """Write a report with the command that made it and the machine it ran on."""
