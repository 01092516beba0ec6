"""Damaged tables given to `sv_run`: each ends in a result, or in one line that names the file and
the place.

`FUZZ=500 pytest tests/test_fuzz.py -s` feeds 500 of them, with all pictures drawn, and says how
they ended; without it one of each kind is fed, laws are those of one family, and pictures are
drawn for those whose text reaches them. `FUZZ_FROM=1000` starts elsewhere, for other inputs.
`FUZZ_ONLY=17` runs one, in the folder that is kept.
"""

import contextlib
import io
import os
import re
import warnings
from collections import Counter
from pathlib import Path

import fuzz
import pandas as pd
import pytest
from test_report import Page, read

import scaling_values.cli as cli

MANY = int(os.environ.get("FUZZ", 0))
FIRST = int(os.environ.get("FUZZ_FROM", 0))
NUMBERS = (
    [int(os.environ["FUZZ_ONLY"])]
    if "FUZZ_ONLY" in os.environ
    else range(FIRST, FIRST + (MANY or len(fuzz.KINDS)))
)
DRAWN = ("hostile", "name_of_file")  # kinds whose text gets into pictures
ENDS: Counter[str] = Counter()


def drawn(given: fuzz.Input) -> bool:
    return any(part in given.kind for part in DRAWN)


def run(given: fuzz.Input, out: Path) -> str | None:
    """The command's last words, or None if it ended well."""
    draws = (
        12 if MANY or drawn(given) else 3
    )  # with three, too few to hold some out, a run takes half the time
    options = dict(draws=draws, points=4, jobs=1) | given.options
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        try:
            cli.sv_run(str(given.file), target=given.target, out=str(out), **options)
        except SystemExit as end:
            assert isinstance(end.code, str), f"ended with {end.code!r}"
            return end.code
    return None


def check_message(given: fuzz.Input, message: str) -> None:
    assert (
        message.startswith("sv_run: ") and len(message.splitlines()) == 1 and len(message) < 1000
    ), message
    of_argument = given.kind == "arguments" and re.search(
        r"\w+=|--\w+", message
    )  # wrong whatever the file
    assert given.named() in message or of_argument, message
    assert re.search(given.place, message.replace(given.named(), "")), message


def check_result(given: fuzz.Input, out: Path) -> None:
    theirs = (
        "nan" in cli.read_table(given.file).astype(object).to_csv(na_rep="").lower()
    )  # the table's own words may be shown
    Page((out / "report.html").read_text(encoding="utf-8")) if theirs else read(out / "report.html")
    values = pd.read_csv(out / "values.csv")
    assert len(values) and values["value"].notna().any()


@pytest.mark.parametrize(
    "number", NUMBERS, ids=lambda n: f"{n}-{[*fuzz.KINDS][n % len(fuzz.KINDS)]}"
)
def test_a_damaged_table_is_a_result_or_one_line(number, tmp_path, monkeypatch, request):
    monkeypatch.setenv("SV_TRACEBACK", "1")  # a fault of the library's own is to be seen as one
    given = fuzz.damaged(number, tmp_path)
    if not MANY:
        request.getfixturevalue("one_family")
        if not drawn(given):
            request.getfixturevalue("no_pictures")
    message = run(given, tmp_path / "out")
    check_message(given, message) if message is not None else check_result(given, tmp_path / "out")
    assert not [*tmp_path.rglob("*.tmp")]
    ENDS[
        "a result"
        if message is None
        else re.sub(r"'[^']*'|\"[^\"]*\"|[\d.]+", "…", message.replace(str(given.file), "FILE"))[
            :90
        ]
    ] += 1


def test_the_same_number_is_the_same_input(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
    for number in range(0, len(fuzz.KINDS), 7):
        first, second = (fuzz.damaged(number, tmp_path / name).file for name in "ab")
        assert (
            first.is_dir()
            or second.read_bytes() == first.read_bytes()
            or first.suffix in (".gz", ".xz", ".zip")
        )  # which hold the time


def test_how_they_ended():
    """Last, so that `-s` shows the counts."""
    for end, count in ENDS.most_common():
        print(f"{count:5d}  {end}")
    assert ENDS.total() < 100 or ENDS["a result"] > 20
