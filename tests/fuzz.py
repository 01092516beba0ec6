"""Damaged tables: for every kind of damage a function from a random generator to a file.

`damaged(number, folder)` writes input `number` there; the same number always gives the same bytes.
Kinds take turns, so that any run of as many inputs as there are `KINDS` has each of them once.
"""

import gzip
import io
import pickle
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

HOSTILE = [
    "<script>alert(1)</script>",
    "</td></table>\"'>",
    "$\\frac{$",
    "東京 Ålesund 🙂",
    " ",
    "x" * 3000,
    "a\nb\tc",
    "%s{0}{x}",
    "'; DROP TABLE t; --",
    "\u202eabc",
    "=1+1",
    "nan",
    "_",
    "#",
]

ANY_PLACE = (
    r"column|line \d|row \d|\d+ rows?\b|byte|class '|--\w+|\w+=|is not a file|holds nothing|is "
    r"neither|could not be read as (csv|tsv|parquet|Excel)"
)
"""What counts as a place: a column, a line, a row, a byte, a class, an argument, the whole file."""


@dataclass
class Input:
    """One call of `sv_run` with a table that may be damaged."""

    kind: str
    file: Path
    target: str = "label"
    options: dict = field(default_factory=dict)  # what else the command is given
    place: str = ANY_PLACE  # what an error must name, as a regular expression

    def named(self) -> str:
        """The file's name as it stands in a message of one line."""
        return " ".join(self.file.name.split())


@dataclass
class Content:
    """What a kind of damage makes."""

    data: bytes | None  # None: a folder
    name: str = "table.csv"
    target: str = "label"
    options: dict = field(default_factory=dict)
    place: str = ANY_PLACE


KINDS: dict[str, Callable[[np.random.Generator], Content]] = {}


def kind(function: Callable) -> Callable:
    KINDS[function.__name__] = function
    return function


def damaged(number: int, folder: Path) -> Input:
    """Input `number`, written to the folder."""
    name = [*KINDS][number % len(KINDS)]
    made = KINDS[name](np.random.default_rng([number, 7]))
    file = folder / made.name
    file.mkdir() if made.data is None else file.write_bytes(made.data)
    return Input(name, file, made.target, made.options, made.place)


def whole(rng: np.random.Generator, n: int | None = None) -> pd.DataFrame:
    """A table with nothing wrong."""
    n = int(rng.integers(36, 60)) if n is None else n
    frame = pd.DataFrame(
        {
            "a": rng.normal(size=n),
            "b": rng.integers(0, 9, n),
            "word": rng.choice(["red", "green", "blue"], n),
        }
    )
    return frame.assign(label=np.where(frame.a + rng.normal(size=n) > 0, "yes", "no"))


def csv(frame: pd.DataFrame, encoding: str = "utf-8", **options) -> bytes:
    return frame.to_csv(index=False, **options).encode(encoding)


def parquet(frame: pd.DataFrame | pa.Table) -> bytes:
    file = io.BytesIO()
    frame.to_parquet(file) if isinstance(frame, pd.DataFrame) else pq.write_table(frame, file)
    return file.getvalue()


def some(rng: np.random.Generator, n: int) -> np.ndarray:
    """A few places below n."""
    return rng.choice(n, min(n, int(rng.integers(1, 6))), replace=False)


def flip(rng: np.random.Generator, data: bytes, start: int = 0) -> bytes:
    changed = bytearray(data)
    for place in rng.integers(start, len(data), int(rng.integers(1, 20))):
        changed[place] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def insert(rng: np.random.Generator, data: bytes, what: bytes) -> bytes:
    for _ in range(int(rng.integers(1, 4))):
        place = int(rng.integers(len(data)))
        data = data[:place] + what + data[place:]
    return data


def with_values(rng: np.random.Generator, column: str, values: list) -> pd.DataFrame:
    """Some values put into a column that then holds any kind."""
    frame = whole(rng)
    frame[column] = frame[column].astype(object)
    for place in some(rng, len(frame)):
        frame.loc[place, column] = values[int(rng.integers(len(values)))]
    return frame


# Bytes of a CSV file


@kind
def csv_truncated(rng):
    data = csv(whole(rng))
    return Content(data[: int(rng.integers(len(data)))])


@kind
def csv_flipped(rng):
    return Content(flip(rng, csv(whole(rng))))


@kind
def csv_flipped_header(rng):
    header, rest = csv(whole(rng)).split(b"\n", 1)
    return Content(flip(rng, header) + b"\n" + rest)


@kind
def csv_other_delimiter(rng):
    return Content(csv(whole(rng), sep=rng.choice([";", "\t", "|", "^"])), place="column 'label'")


@kind
def csv_decimal_commas(rng):
    return Content(csv(whole(rng), sep=";", decimal=","))


@kind
def csv_open_quote(rng):
    return Content(insert(rng, csv(whole(rng)), b'"'))


@kind
def csv_latin1(rng):
    return Content(
        csv(with_values(rng, str(rng.choice(["word", "label"])), ["Zürich", "Ålesund"]), "latin-1")
    )


@kind
def csv_utf16(rng):
    return Content(csv(whole(rng), rng.choice(["utf-16", "utf-16-le", "utf-32"])))


@kind
def csv_bom(rng):
    return Content(csv(whole(rng)[["label", "a", "b"]], "utf-8-sig"))


@kind
def csv_mixed_encodings(rng):
    return Content(
        csv(with_values(rng, "word", ["Zürich"]), "latin-1")
        + csv(with_values(rng, "word", ["東京"]), header=False)
    )


@kind
def csv_nul_bytes(rng):
    return Content(insert(rng, csv(whole(rng)), b"\0"))


@kind
def csv_ragged(rng):
    return Content(insert(rng, csv(whole(rng)), b",,,"))


@kind
def csv_short_lines(rng):
    lines = csv(whole(rng)).split(b"\n")
    for place in some(rng, len(lines) - 2):
        lines[place + 1] = lines[place + 1].rsplit(b",", int(rng.integers(1, 4)))[0]
    return Content(b"\n".join(lines))


@kind
def csv_line_ends(rng):
    return Content(
        csv(whole(rng)).replace(
            b"\n", rng.choice([b"\r", b"\r\n", b"\n\n", b"\n \n", b"\r\r\n", b"\n#\n"])
        )
    )


@kind
def csv_noise(rng):
    return Content(rng.bytes(int(rng.integers(1, 2000))))


@kind
def csv_empty(rng):
    return Content(
        [b"", b"\n", b"   \n  ", b"\xef\xbb\xbf", b"a,b,label\n", b"label", b",,,\n", b"\0" * 40][
            int(rng.integers(8))
        ]
    )


@kind
def csv_no_header(rng):
    return Content(csv(whole(rng), header=False), place="column 'label'")


@kind
def csv_twice(rng):
    return Content(csv(whole(rng)) * 2)


@kind
def csv_pickle(rng):
    return Content(pickle.dumps(whole(rng)))


@kind
def csv_is_parquet(rng):
    return Content(parquet(whole(rng)))


@kind
def csv_is_npz(rng):
    np.savez(file := io.BytesIO(), x=np.array([{"a": 1}], object))
    return Content(file.getvalue())


@kind
def csv_packed(rng):
    data, zipped = csv(whole(rng)), io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as file:
        for name in "ab"[: int(rng.integers(3))]:
            file.writestr(name, data)
    packed = gzip.compress(data)
    return [
        Content(packed[: int(rng.integers(len(packed)))], "table.csv.gz"),
        Content(data, "table.csv.gz"),
        Content(flip(rng, packed), "table.csv.gz"),
        Content(zipped.getvalue(), "table.csv.zip"),
        Content(packed, "table.csv.xz"),
        Content(packed, "table.csv.gz"),
    ][int(rng.integers(6))]


# What a table says


@kind
def columns_twice(rng):
    return Content(csv(whole(rng).rename(columns={"b": rng.choice(["a", "label", "word"])})))


@kind
def columns_without_names(rng):
    return Content(
        csv(whole(rng).rename(columns={"a": "", "b": rng.choice(["", " ", "Unnamed: 0"])}))
    )


@kind
def columns_hostile(rng):
    names = rng.choice(HOSTILE, 4, replace=False)
    return Content(csv(whole(rng).set_axis(names, axis=1)), target=str(names[3]))


@kind
def columns_many(rng):
    frame = pd.DataFrame(rng.normal(size=(40, 300))).assign(label=rng.choice(["x", "y"], 40))
    return Content(csv(frame))


@kind
def column_alone(rng):
    return Content(csv(whole(rng)[["label"]]), place="column 'label'")


@kind
def target_missing(rng):
    return Content(
        csv(whole(rng)), target=str(rng.choice([*HOSTILE, "lable", "Label", "0"])), place="column "
    )


@kind
def target_hostile(rng):
    return Content(
        csv(whole(rng).replace({"label": {"yes": rng.choice(HOSTILE), "no": rng.choice(HOSTILE)}}))
    )


@kind
def target_one_class(rng):
    return Content(
        csv(whole(rng).assign(label=rng.choice(["yes", "1", "2.5", "True"]))),
        place="column 'label'|target=",
    )


@kind
def target_rare_class(rng):
    return Content(csv(with_values(rng, "label", ["maybe"])))


@kind
def target_all_classes(rng):
    return Content(
        csv(whole(rng).assign(label=lambda f: [f"id {i}" for i in range(len(f))])),
        place="class 'id ",
    )


@kind
def target_gaps(rng):
    return Content(csv(with_values(rng, "label", ["", "NA", "null", None])), place="column 'label'")


@kind
def target_numbers(rng):
    values = [
        rng.normal(size=40),
        rng.normal(size=40) * 1e300,
        rng.integers(0, 3, 40),
        rng.choice([1.0, 2.0], 40),
        rng.choice([0, 10**30], 40),
        rng.choice([-(2**63), 2**63 - 1], 40),
        rng.choice([np.inf, 1.5], 40),
        rng.normal(size=40) * 1e-310,
        rng.choice([True, False], 40),
        np.full(40, 1.5),
    ][int(rng.integers(10))]
    task = str(rng.choice(["", "classification", "regression"]))
    return Content(
        csv(whole(rng, 40).assign(label=values)),
        options=dict(
            learner=str(
                rng.choice(
                    ["ridge", "knn", "linear"] if task != "classification" else ["knn", "logreg"]
                )
            ),
            task=task,
        ),
    )


@kind
def target_mixed(rng):
    return Content(
        csv(
            whole(rng).assign(
                label=lambda f: rng.choice(
                    np.array(["1", "1.0", " 1", "yes", "YES", "tRuE"]), len(f)
                )
            )
        )
    )


@kind
def target_dates(rng):
    return Content(csv(whole(rng).assign(label=lambda f: pd.date_range("2020", periods=len(f)))))


@kind
def rows_few(rng):
    return Content(csv(whole(rng, int(rng.integers(0, 16)))))


@kind
def rows_alike(rng):
    return Content(csv(pd.concat([whole(rng)[:1]] * 20 + [whole(rng)[1:2]] * 20)))


@kind
def constant_columns(rng):
    return Content(csv(whole(rng).assign(a=rng.choice([0, 1e300, -5]), b="same", word="same")))


@kind
def infinities(rng):
    return Content(
        csv(with_values(rng, "a", [np.inf, -np.inf, "Infinity", "1e999"])), place="column 'a'"
    )


@kind
def gaps(rng):
    frame = whole(rng).astype(object)
    return Content(
        csv(
            frame.assign(
                **{
                    name: frame[name].where(rng.random(len(frame)) < rng.choice([0, 0.05, 0.5]))
                    for name in ("a", "b", "word")
                }
            )
        )
    )


@kind
def numbers_with_commas(rng):
    return Content(csv(whole(rng).assign(a=lambda f: [f"{v:,.2f}" for v in 1e6 * f.a])))


@kind
def dates(rng):
    return Content(
        csv(whole(rng).assign(a=lambda f: pd.date_range("1900-01-01", periods=len(f), freq="37h")))
    )


@kind
def huge_integers(rng):
    return Content(csv(with_values(rng, "b", [2**63, 10**30, -(2**64), 2**63 - 1, 10**400])))


@kind
def huge_floats(rng):
    return Content(csv(with_values(rng, "a", [1e308, -1e308, 1e200, 1e-320, 5e-324])))


@kind
def wide_scales(rng):
    return Content(
        csv(whole(rng).assign(a=lambda f: f.a * 10.0 ** rng.integers(-150, 150, len(f))))
    )


@kind
def long_fields(rng):
    return Content(csv(with_values(rng, "word", ["y" * 200_000, "🙂" * 50_000, '"' * 30_000])))


@kind
def mixed_types(rng):
    return Content(
        csv(
            with_values(
                rng,
                str(rng.choice(["a", "b"])),
                ["red", "1e3", "0x10", "True", "-", "1/2", "1_000", "٣", "½"],
            )
        )
    )


@kind
def hostile_words(rng):
    return Content(csv(with_values(rng, "word", HOSTILE)))


@kind
def nested_quotes(rng):
    return Content(
        csv(with_values(rng, "word", ['say "hello"', "two\nlines", "a,b", "\r", "\\", '\\n"', "'"]))
    )


@kind
def booleans(rng):
    return Content(csv(with_values(rng, "b", [True, False, "yes"]).assign(word=lambda f: f.a > 0)))


@kind
def every_word_once(rng):
    return Content(csv(whole(rng).assign(word=lambda f: [f"name {i}" for i in range(len(f))])))


# Files


@kind
def name_of_file(rng):
    name = rng.choice(
        [
            "with spaces",
            "東京 🙂",
            "two\nlines",
            "-dash",
            "%s{0}",
            "<b>&amp;",
            "a'b\"c",
            "dots.in.it",
            "n" * 200,
            "$x$",
        ]
    )
    frame = whole(rng) if rng.random() < 0.5 else whole(rng).drop(columns="label")
    return (
        Content(parquet(frame), f"{name}.parquet")
        if rng.random() < 0.5
        else Content(csv(frame), f"{name}.csv")
    )


@kind
def folder_for_file(rng):
    return Content(
        None, str(rng.choice(["table.csv", "table.parquet", "folder"])), place="is not a file"
    )


@kind
def other_suffix(rng):
    return Content(
        csv(whole(rng)),
        str(
            rng.choice(
                [
                    "table.txt",
                    "table",
                    "table.npz",
                    "table.pkl",
                    "table.xlsx",
                    ".csv",
                    "table.CSV",
                    "table.csv.bak",
                    "csv",
                ]
            )
        ),
    )


@kind
def pickled(rng):
    hidden = [pickle.dumps(whole(rng)), pickle.dumps({"a": 1}), b"cos\nsystem\n(S'exit 1'\ntR."][
        int(rng.integers(3))
    ]
    return Content(
        hidden,
        str(rng.choice(["table.parquet", "table.csv", "table.npz", "table.pq", "table.csv.gz"])),
    )


# Parquet


@kind
def parquet_truncated(rng):
    data = parquet(whole(rng))
    return Content(
        data[: int(rng.integers(len(data)))], "table.parquet", place="could not be read as parquet"
    )


@kind
def parquet_flipped(rng):
    return Content(flip(rng, parquet(whole(rng))), "table.parquet")


@kind
def parquet_flipped_footer(rng):
    data = parquet(whole(rng))
    return Content(flip(rng, data, len(data) - 60), "table.parquet")


@kind
def parquet_is_csv(rng):
    return Content(csv(whole(rng)), "table.parquet", place="could not be read as parquet")


@kind
def parquet_empty(rng):
    return Content(
        [
            b"",
            b"PAR1",
            b"PAR1PAR1",
            parquet(whole(rng, 0)),
            parquet(pd.DataFrame()),
            parquet(pd.DataFrame(index=range(40))),
        ][int(rng.integers(6))],
        "table.parquet",
    )


def column_of(rng: np.random.Generator, n: int, places: tuple[str, ...] = ()) -> pa.Array:
    """A column of a type that Parquet has and that a table of numbers and words does not expect."""
    days = [date(2020, 1, 1) + timedelta(days=int(d)) for d in rng.integers(0, 3, n)]
    choices = [
        lambda: pa.array([[int(v)] * (i % 3) for i, v in enumerate(rng.integers(0, 3, n))]),
        lambda: pa.array([{"x": int(v), "y": "z"} for v in rng.integers(0, 2, n)]),
        lambda: pa.array(
            [[("k", int(v))] for v in rng.integers(0, 2, n)], pa.map_(pa.string(), pa.int64())
        ),
        lambda: pa.array(days, pa.date32()),
        lambda: pa.array(pd.to_datetime(days).tz_localize("Europe/Berlin")),
        lambda: pa.array(pd.to_datetime(days)),
        lambda: pa.array(rng.integers(0, 1000, n), pa.time64("us")),
        lambda: pa.array(rng.integers(0, 1000, n), pa.duration("s")),
        lambda: pa.array([Decimal(int(v)).scaleb(-2) for v in rng.integers(0, 300, n)]),
        lambda: pa.array(
            [Decimal(10) ** 36 * int(v) for v in rng.integers(0, 2, n)], pa.decimal128(38, 0)
        ),
        lambda: pa.array([bytes([v, 255]) for v in rng.integers(0, 2, n).tolist()]),
        lambda: pa.nulls(n),
        lambda: pa.array(rng.integers(2**63, 2**63 + 2, n, dtype=np.uint64)),
        lambda: pa.array(rng.normal(size=n).astype(np.float16)),
        lambda: pa.array(rng.choice(["low", "high"], n)).dictionary_encode(),
        lambda: pa.array(rng.integers(0, 2, n)).dictionary_encode(),
        lambda: pa.array([None if v > 1 else bool(v) for v in rng.integers(0, 3, n)]),
        lambda: pa.array([None if v > 3 else int(v) % 2 for v in rng.integers(0, 5, n)]),
        lambda: pa.array(rng.choice([np.nan, np.inf, 1.0], n)),
        lambda: pa.array(rng.choice(["a\0b", "a\0c", "\ud7ff"], n)),
        lambda: pa.array(rng.choice(["x", "y"], n), pa.large_string()),
    ]
    return choices[int(rng.integers(len(choices)))]()


@kind
def parquet_odd_feature(rng):
    table = pa.Table.from_pandas(whole(rng))
    return Content(parquet(table.set_column(0, "a", column_of(rng, len(table)))), "table.parquet")


@kind
def parquet_odd_target(rng):
    table = pa.Table.from_pandas(whole(rng))
    options = [{}, {}, dict(learner="ridge"), dict(learner="knn", task="regression")][
        int(rng.integers(4))
    ]
    return Content(
        parquet(table.set_column(3, "label", column_of(rng, len(table)))),
        "table.parquet",
        options=options,
    )


@kind
def parquet_odd_both(rng):
    table = pa.Table.from_pandas(whole(rng))
    return Content(
        parquet(
            table.set_column(1, "b", column_of(rng, len(table))).set_column(
                3, "label", column_of(rng, len(table))
            )
        ),
        "table.parquet",
    )


@kind
def parquet_columns_twice(rng):
    table = pa.Table.from_pandas(whole(rng), preserve_index=False).replace_schema_metadata(None)
    return Content(
        parquet(table.rename_columns([*rng.choice(["a", "b", "label", ""], 3), "label"])),
        "table.parquet",
    )


@kind
def parquet_odd_index(rng):
    frame = whole(rng)
    index = [
        frame.label,
        pd.MultiIndex.from_frame(frame[["b", "word"]]),
        pd.date_range("2020", periods=len(frame)),
        pd.Index(["same"] * len(frame)),
        pd.Index([None] * len(frame)),
        pd.RangeIndex(5, 5 + len(frame)),
        pd.interval_range(0, len(frame)),
    ][int(rng.integers(6))]
    return Content(parquet(frame.set_index(index)), "table.parquet")


@kind
def parquet_odd_columns(rng):
    frame = whole(rng)
    columns = [
        [0, 1, 2, 3],
        pd.MultiIndex.from_tuples([("p", "a"), ("p", "b"), ("q", "c"), ("q", "label")]),
        ["a", "b", "c", "label"],
    ][int(rng.integers(3))]
    return Content(
        parquet(frame.set_axis(columns, axis=1)),
        "table.parquet",
        target=str(rng.choice(["3", "label", "('q', 'label')"])),
    )


@kind
def parquet_odd_metadata(rng):
    table = pa.Table.from_pandas(whole(rng))
    told = [
        {b"pandas": b"{"},
        {b"pandas": b"[]"},
        {b"PANDAS_ATTRS": b"[1]"},
        {b"pandas": re.sub(rb"int64|float64|object", b"madeup", table.schema.metadata[b"pandas"])},
    ][int(rng.integers(4))]
    return Content(
        parquet(table.replace_schema_metadata({**table.schema.metadata, **told})), "table.parquet"
    )


@kind
def parquet_nullable(rng):
    frame = whole(rng).convert_dtypes()
    frame.loc[some(rng, len(frame)), str(rng.choice(["a", "b", "word", "label"]))] = pd.NA
    return Content(parquet(frame), "table.parquet")


@kind
def parquet_categories(rng):
    frame = whole(rng).assign(
        b=lambda f: pd.Categorical(f.b, ordered=bool(rng.integers(2))),
        word=lambda f: pd.Categorical(f.word.where(f.word == "red"), ["red", "never"]),
    )
    frame["label"] = pd.Categorical(
        frame.label.where((frame.label == "yes") | (rng.random() < 0.7)), ["yes", "no", "never"]
    )
    return Content(parquet(frame), "table.parquet")


# Calls


@kind
def arguments(rng):
    choices = [
        dict(learner=str(rng.choice(["logrge", "ridge", "svm", ""]))),
        dict(metric=str(rng.choice(["roc_auc", "nonsense", "accuracy", "squared_error"]))),
        dict(task="regression"),
        dict(sizes=[int(v) for v in rng.integers(-3, 60, 2)]),
        dict(draws=int(rng.integers(-2, 6))),
        dict(points=int(rng.integers(-3, 99))),
        dict(seed=int(rng.integers(-3, 2))),
        dict(jobs=0),
    ]
    return Content(csv(whole(rng)), options=choices[int(rng.integers(len(choices)))])
