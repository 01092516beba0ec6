# Made from the module beside it by docs/make_stubs.py: do not edit.
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from matplotlib.axes import Axes

__all__ = []

class Html(str):
    """HTML already; every other string is escaped where it is put in."""

def html_tag(_name: str, *content: Any, **attributes: Any) -> Html: ...
def html_join(parts: Iterable[str]) -> Html: ...
def power_of_ten(values: Any) -> int:
    """The power of ten that a table's numbers are written in; 0 for ordinary ones."""

def power_name(power: int) -> str: ...
def number_text(value: float, power: int = 0, digits: int = 2) -> str: ...
def interval_text(low: float, high: float, power: int = 0, digits: int = 2) -> str: ...
def cell_text(value: Any, longest: int = 60) -> str:
    """A value of the user's table as a person would write it."""

def short_number(value: float) -> str:
    """A number in running text: three significant digits."""

INK: str
BEST: str
WORST: str
DULL: str

def html_picture(
    name: str,
    alt: str,
    draw: Callable[[Axes], Any],
    caption: Any = "",
    size: tuple[float, float] = (4.2, 2.9),
    places: np.ndarray | None = None,
) -> Html: ...
def html_stroke(value: float, low: float, high: float, least: float, most: float) -> Html:
    """A small picture of a number and its interval between the table's ends."""

def html_table(
    caption: Any,
    head: Iterable[Any],
    body: Iterable[Iterable[Any]],
    label: str,
    kinds: Iterable[str | None] = (),
) -> Html:
    """A table that scrolls inside its box."""

def html_section(name: str, title: str, *content: Any) -> Html: ...
def html_paragraph(*content: Any) -> Html: ...
def html_page(title: str, lead: str, parts: list[Html]) -> str: ...
