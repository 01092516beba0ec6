"""Tables as they come: each is read as a person would read it, and what was decided is told in a
line."""

import bz2
import datetime as dt
import gzip
import json
import lzma
import warnings
import zipfile
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets as sets

from scaling_values import Dataset
from scaling_values.tables import guess_task, prepare_columns, read_table, read_target

RNG = np.random.default_rng(0)
N = 60
INCOME = RNG.normal(30_000, 3_000, N).round(2)
SCORE = RNG.normal(size=N).round(3)
LABEL = np.where(INCOME + 3_000 * RNG.normal(size=N) > 30_000, "yes", "no")


def table(**columns) -> pd.DataFrame:
    return pd.DataFrame(dict(income=INCOME, score=SCORE, y=LABEL) | columns)


def written(
    frame: pd.DataFrame, folder: Path, encoding: str = "utf-8", name: str = "table.csv", **how
) -> Path:
    (path := folder / name).write_bytes(frame.to_csv(**dict(index=False) | how).encode(encoding))
    return path


def lines_of(*lines: str, folder: Path, name: str = "table.csv") -> Path:
    (path := folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def prepared(
    source, column: str = "y", task: str | None = None, reading: dict | None = None, **asked
):
    """The table's preparation, and all that was said."""
    said: list[str] = []
    frame = read_table(source, say=said.append, **reading or {})
    return prepare_columns(
        frame, read_target(frame, column, said.append), task, say=said.append, **asked
    ), said


def became(result) -> dict[str, str]:
    return dict(zip(result.columns.column, result.columns.became))


# How a text is written


@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("sep", [",", ";", "\t", "|"])
def test_any_separator_and_decimal_mark(tmp_path, sep, decimal):
    table_, said = table(), []
    frame = read_table(written(table_, tmp_path, sep=sep, decimal=decimal), say=said.append)
    pd.testing.assert_frame_equal(frame, table_, check_dtype=False)
    assert (sep == ",") == (not any(line.startswith("separator") for line in said)) and any(
        "decimal commas" in line for line in said
    ) == (decimal == ",")


@pytest.mark.parametrize("header", ["", "a   b   y\n"])
def test_columns_apart_by_spaces(tmp_path, header):
    rows = "\n".join(f"{a:9.2f}   {b}   {y}" for a, b, y in zip(INCOME, SCORE, LABEL))
    (path := tmp_path / "auto.data").write_text(header + rows)
    frame = read_table(path, say=[].append)
    assert frame.shape == (N, 3) and list(frame.columns) == (
        ["a", "b", "y"] if header else ["column_1", "column_2", "column_3"]
    )
    np.testing.assert_allclose(frame.iloc[:, 0], INCOME)


def test_a_separator_within_sentences_separates_nothing(tmp_path):
    notes = [f"well; so {i}, or | not" for i in range(N)]
    for sep in ",;|\t":
        frame = read_table(written(table(note=notes), tmp_path, sep=sep), say=[].append)
        assert frame.note.tolist() == notes and frame.shape == (N, 4)


@pytest.mark.parametrize(
    "encoding, words",
    [
        ("utf-8", "Köln"),
        ("utf-8-sig", "東京"),
        ("utf-16", "東京"),
        ("utf-16-le", "Köln"),
        ("utf-16-be", "Köln"),
        ("utf-32", "Köln"),
        ("cp1252", "5 €"),
        ("latin-1", "Tromsø"),
    ],
)
def test_any_encoding(tmp_path, encoding, words):
    said, city = [], np.where(np.arange(N) % 3, "Oslo", words)
    frame = read_table(written(table(city=city), tmp_path, encoding), say=said.append)
    assert frame.city.tolist() == city.tolist() and frame.columns[0] == "income"
    assert len(said) == (not encoding.startswith("utf-8"))


def test_an_encoding_is_taken_by_name_or_named_as_wrong(tmp_path):
    path = written(table(city="Łódź"), tmp_path, "cp1250")
    assert read_table(path, encoding="cp1250")["city"][0] == "Łódź"
    with pytest.raises(
        ValueError,
        match=(
            r"table.csv could not be read as csv: line 2 holds the byte 0x\w\w, which is not "
            r"utf-8 there"
        ),
    ):
        read_table(path, encoding="utf-8")
    with pytest.raises(ValueError, match="encoding='klingon' is unknown"):
        read_table(path, encoding="klingon")
    (tmp_path / "bytes.csv").write_bytes(b"a,b\n\x81\x8d,1\n")
    with pytest.raises(ValueError, match="line 2 holds the byte 0x81"):
        read_table(tmp_path / "bytes.csv")


@pytest.mark.parametrize("suffix, pack", [("gz", gzip.open), ("bz2", bz2.open), ("xz", lzma.open)])
def test_packed_files(tmp_path, suffix, pack):
    with pack(path := tmp_path / f"table.csv.{suffix}", "wb") as file:
        file.write(table().to_csv(index=False, sep=";").encode())
    assert read_table(path, say=[].append).shape == (N, 3)


def test_a_packed_file_is_one_table(tmp_path):
    with zipfile.ZipFile(path := tmp_path / "table.csv.zip", "w") as file:
        file.writestr("a.csv", table().to_csv(index=False))
    assert read_table(path).shape == (N, 3)
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("b.csv", "a,b\n1,2\n")
    with pytest.raises(ValueError, match="packs 2 files"):
        read_table(path)


@pytest.mark.parametrize(
    "frame",
    [
        table(),
        table()[["income", "y"]],
        table()[["income", "score"]],
        pd.DataFrame(RNG.choice(list("abc"), (N, 5))),
        pd.DataFrame(RNG.integers(0, 16, (N, 8))),
        table(when=pd.date_range("2020", periods=N).astype(str)),
        table(score=np.where(np.arange(N) % 4, SCORE.astype(str), "?")),
        table(y=["yes", "no"] * 30),
    ],
    ids=range(8),
)
def test_a_missing_header_is_seen(tmp_path, frame):
    said = []
    read = read_table(written(frame, tmp_path, header=False), say=said.append)
    assert (
        list(read.columns) == [f"column_{i + 1}" for i in range(frame.shape[1])]
        and len(read) == N
        and said[0].startswith("header: the first row looks like data")
    )
    kept = read_table(written(frame, tmp_path), say=said.append)
    assert [*kept.columns] == [str(name) for name in frame.columns] and len(kept) == N


@pytest.mark.parametrize(
    "names", [["1990", "2000", "2010"], ["0", "1", "2"], ["Oslo", "1990", "1991"], ["a", "b", "c"]]
)
def test_names_that_are_numbers_are_names(tmp_path, names):
    frame = pd.DataFrame(RNG.normal(size=(20, 3)), columns=names)
    assert list(read_table(written(frame, tmp_path), say=[].append).columns) == names


def test_options_overrule(tmp_path):
    path = written(table(), tmp_path, header=False, sep=";")
    assert len(read_table(path, header=True, say=[].append)) == N - 1
    assert read_table(path, sep="|", header=False, say=[].append).shape == (N, 1)
    odd = lines_of("a;b", *["1,234;1"] * 20, folder=tmp_path)
    assert (
        read_table(odd, say=[].append).a[0] == 1.234
        and read_table(odd, decimal=".", say=[].append).a[0] == 1234
    )
    assert read_table(written(table(), tmp_path, sep="\t"), sep="tab").shape == (N, 3)
    for wrong in (dict(sep=";;"), dict(sep=""), dict(decimal="x")):
        with pytest.raises(ValueError, match=f"^{[*wrong][0]}="):
            read_table(path, **wrong)
    table().to_parquet(parquet := tmp_path / "table.parquet")
    with pytest.raises(ValueError, match="sep=';' is for text files, and table.parquet is parquet"):
        read_table(parquet, sep=";")


@pytest.mark.parametrize(
    "name, index",
    [
        ("", list(range(N))),
        ("Unnamed: 0", list(range(5, 5 + N))),
        ("", [f"car {i}" for i in range(N)]),
    ],
)
def test_a_first_column_without_a_name_names_the_rows(tmp_path, name, index):
    path = written(table().set_axis(index, axis=0), tmp_path, index=True, index_label=name)
    result, said = prepared(path)
    assert (
        list(result.features.index) == index
        and list(result.features) == ["income", "score"]
        and "names the rows" in said[0]
    )
    kept, _ = prepared(path, keep="Unnamed: 0")
    assert "Unnamed: 0" in kept.features
    repeated = read_table(
        written(table(), tmp_path, index=True).with_name("table.csv"), say=[].append
    )
    assert repeated.index.name == "Unnamed: 0"


def test_an_index_in_memory_and_one_that_repeats_are_columns():
    frame = pd.concat([pd.Series(range(N), name="Unnamed: 0"), table()], axis=1)
    assert became(prepared(frame)[0])["Unnamed: 0"] == "left out"
    assert (
        became(prepared(frame.assign(**{"Unnamed: 0": [1, 2] * 30}))[0])["Unnamed: 0"] == "number"
    )


def test_spaces_comments_and_a_separator_too_many(tmp_path):
    path = lines_of(
        "# made by hand",
        " income , score, y ",
        *[f"{a}, {b}, {y} " for a, b, y in zip(INCOME, SCORE, LABEL)],
        folder=tmp_path,
    )
    pd.testing.assert_frame_equal(read_table(path, say=[].append), table(), check_dtype=False)
    path = lines_of(
        "income,score,y",
        *[f"{a},{b},{y}," for a, b, y in zip(INCOME, SCORE, LABEL)],
        folder=tmp_path,
    )
    pd.testing.assert_frame_equal(read_table(path, say=[].append), table(), check_dtype=False)
    path = lines_of(
        '"income" "score" "y"',
        *[f'"{i}" {a} {b} "{y}"' for i, (a, b, y) in enumerate(zip(INCOME, SCORE, LABEL))],
        folder=tmp_path,
    )
    pd.testing.assert_frame_equal(read_table(path, say=[].append), table(), check_dtype=False)


# Other files


def test_other_kinds_of_files(tmp_path):
    frame = table()
    frame.to_feather(tmp_path / "table.feather")
    frame.to_json(tmp_path / "table.jsonl", orient="records", lines=True)
    for name in ("table.feather", "table.jsonl"):
        pd.testing.assert_frame_equal(read_table(tmp_path / name), frame, check_dtype=False)
    for name in ("table.json", "table", "table.npz"):
        (tmp_path / name).write_text(json.dumps({}))
        with pytest.raises(ValueError, match="is neither .csv, .tsv nor .parquet"):
            read_table(tmp_path / name)


def test_a_reader_that_is_missing_is_named(tmp_path, monkeypatch):
    def missing(*_, **__):
        raise ImportError("`Import openpyxl` failed. Missing optional dependency 'openpyxl'.")

    monkeypatch.setattr(pd, "read_excel", missing)
    (tmp_path / "table.xlsx").write_bytes(b"PK")
    with pytest.raises(
        ValueError, match="the package 'openpyxl', is not installed here: pip install openpyxl"
    ):
        read_table(tmp_path / "table.xlsx")
    monkeypatch.setattr(
        pd, "read_excel", lambda *_, **__: table(rent=[f"${v:,}" for v in range(1000, 1000 + N)])
    )
    assert read_table(tmp_path / "table.xlsx", say=[].append).rent[5] == 1005


# Numbers


@pytest.mark.parametrize(
    "texts, value",
    [
        ([f"{v:,.2f}" for v in INCOME], INCOME),
        ([f"{v:,.2f}".translate(str.maketrans(",.", ".,")) for v in INCOME], INCOME),
        ([f"${v:,.2f}" for v in INCOME], INCOME),
        ([f"{v:.2f} €" for v in INCOME], INCOME),
        ([f"{v}%" for v in SCORE], SCORE),
        ([f"{v:,.2f}".replace(",", " ") for v in INCOME], INCOME),
        ([f"({-v})" if v < 0 else str(v) for v in SCORE], SCORE),
        ([str(v).replace(".", ",") for v in SCORE], SCORE),
        ([f" {v} " for v in SCORE], SCORE),
        ([f"{v:e}" for v in SCORE], SCORE),
        ([f"{int(v):,}" for v in INCOME], INCOME.astype(int)),
        ([f"{v:,.2f}".replace(",", "'") for v in INCOME], INCOME),
    ],
    ids=range(12),
)
@pytest.mark.parametrize("kind", ["csv", "frame", "parquet"])
def test_numbers_as_people_write_them(tmp_path, kind, texts, value):
    frame = table(rent=texts)
    if kind == "parquet":
        frame.to_parquet(source := tmp_path / "table.parquet")
    else:
        source = written(frame, tmp_path) if kind == "csv" else frame
    result, _ = prepared(source)
    assert became(result)["rent"] == "number"
    np.testing.assert_allclose(result.features.rent, value, rtol=1e-5)


@pytest.mark.parametrize(
    "word", ["?", "NA", "N/A", "-", " ", "", "n.a.", ".", "null", "None", "low"]
)
@pytest.mark.parametrize("kind", ["csv", "frame"])
def test_gaps_in_numbers(tmp_path, word, kind):
    values = [word if i in (4, 9) else str(v) for i, v in enumerate(SCORE)]
    result, said = prepared(
        written(table(score=values), tmp_path) if kind == "csv" else table(score=values)
    )
    assert became(result)["score"] == "number with gaps" and result.features.score.isna().sum() == 2
    if word in ("?", "-", "low"):
        assert any(f"'{word}' in 2 of 60 rows" in line for line in said)


def test_many_question_marks_are_gaps_but_many_words_are_words(tmp_path):
    half = ["?" if i % 2 else str(v) for i, v in enumerate(SCORE)]
    assert became(prepared(written(table(score=half), tmp_path))[0])["score"] == "number with gaps"
    low = ["low" if i % 2 else "3" for i in range(N)]
    result, said = prepared(written(table(score=low), tmp_path))
    assert became(result)["score"] == "words" and any(
        "numbers beside words" in line for line in said
    )


@pytest.mark.parametrize(
    "texts",
    [
        ["1.2.3", "1.3.0"],
        ["10.0.0.1", "10.0.0.2"],
        ["1,2,3", "2,3,4"],
        ["5%", "5"],
        ["$5", "€6"],
        ["1-2", "3-4"],
        ["0x10", "0x11"],
        ["1 km", "2 km"],
    ],
)
def test_what_is_no_number_stays_words(texts):
    assert became(prepared(table(code=texts * 30))[0])["code"] == "words"


@pytest.mark.parametrize(
    "values",
    [
        [Decimal(f"{v}") for v in SCORE],
        [10**22 + 7 * i**3 for i in range(N)],
        pd.array(range(3, 3 + N), "Int64"),
        [i % 2 == 0 for i in range(N)],
    ],
    ids=range(4),
)
def test_numbers_of_other_types(values):
    result, _ = prepared(table(thing=values), keep="thing")
    assert result.features.thing.dtype == float


# Dates


@pytest.mark.parametrize(
    "form",
    [
        "%Y-%m-%d",
        "%d.%m.%Y",
        "%m/%d/%Y",
        "%d/%m/%Y",
        "%d %B %Y",
        "%b %d, %Y",
        "%Y/%m/%d %H:%M",
        "%Y-%m-%dT%H:%M:%SZ",
        "%d-%b-%y",
        "%Y%m%d",
    ],
)
@pytest.mark.parametrize("kind", ["csv", "frame"])
def test_dates_are_days(tmp_path, form, kind):
    days = pd.date_range("2020-01-01", periods=N)
    frame = table(when=days.strftime(form))
    result, said = prepared(written(frame, tmp_path) if kind == "csv" else frame)
    assert became(result)["when"] == "days" and any(
        "days since 2020-01-01" in line for line in said
    )
    np.testing.assert_array_equal(result.features.when, np.arange(N))


DAYS = pd.date_range("2020-01-01", periods=N)


@pytest.mark.parametrize(
    "values",
    [
        DAYS,
        DAYS.tz_localize("Europe/Oslo"),
        DAYS.date,
        DAYS.to_period("D"),
        list(DAYS.to_pydatetime()),
        DAYS - DAYS[0],
        [dt.timedelta(days=i) for i in range(N)],
        (DAYS - DAYS[0]).astype(str),
        1_577_836_800 + 86400 * np.arange(N),
    ],
    ids=range(9),
)
def test_dates_of_any_type_are_the_same_days(values):
    result, _ = prepared(table(created=values))
    assert became(result)["created"] == "days"
    np.testing.assert_allclose(result.features.created, np.arange(N), atol=0.05)


@pytest.mark.parametrize(
    "values",
    [
        [f"{i % 24:02d}:30" for i in range(N)],
        [f"{(i % 24) % 12 or 12}:30 {'pm' if i % 24 > 11 else 'am'}" for i in range(N)],
        [f"{i % 24}:30:00" for i in range(N)],
        [dt.time(i % 24, 30) for i in range(N)],
    ],
    ids=range(4),
)
def test_times_of_day_are_hours(values):
    result, _ = prepared(table(at=values))
    assert became(result)["at"] == "hours"
    np.testing.assert_allclose(result.features["at"], np.arange(N) % 24 + 0.5)


def test_dates_with_gaps_and_dates_that_nothing_decides(tmp_path):
    frame = table(when=[None if i == 3 else f"{i % 12 + 1:02d}/05/2020" for i in range(N)])
    result, said = prepared(written(frame, tmp_path))
    assert (
        became(result)["when"] == "days"
        and result.features.when.isna().sum() == 1
        and any("month first, which nothing in the column decides" in line for line in said)
    )


# Identifiers, words, texts, pictures


@pytest.mark.parametrize(
    "name, values",
    [
        ("PassengerId", range(1, N + 1)),
        ("customer_id", 100_000 + 17 * np.arange(N)[::-1]),
        ("Id", np.random.default_rng(1).permutation(N)),
        ("ID", range(N)),
        ("zipcode", 10_000 + 31 * np.arange(N)),
        ("x", range(N)),
        ("number", 10**17 + 7919 * np.arange(N)),
        ("name", [f"Dr. Who {i}" for i in range(N)]),
        ("customerID", [f"{i:04d}-VHVEG" for i in range(N)]),
        ("huge_id", [10**22 + i for i in range(N)]),
        ("index", RNG.permutation(10 * N)[:N]),
        ("row_index", RNG.permutation(10 * N)[:N]),
    ],
)
def test_identifiers_are_left_out_and_can_be_kept(name, values):
    result, said = prepared(table(**{name: values}))
    assert (
        became(result)[name] == "left out"
        and any(f"keep={name!r} takes it as a feature" in line for line in said)
        and name not in result.features
    )
    assert name in prepared(table(**{name: values}), keep=[name])[0].features


@pytest.mark.parametrize(
    "name, values",
    [
        ("price", 100_000 + 37 * np.random.default_rng(0).permutation(N)),
        ("bmi_index", RNG.permutation(10 * N)[:N]),
        ("glycemic index", RNG.permutation(10 * N)[:N]),
        ("year", range(1960, 1960 + N)),
        ("population", RNG.integers(10**3, 10**7, N)),
        ("length", SCORE),
        ("day", range(N)),
        ("width", np.arange(N) / 7),
        ("idle_seconds", RNG.integers(0, 10**6, N)),
        ("paid", RNG.integers(0, 10**6, N)),
        ("grid", [1, 2, 3] * 20),
        ("humidity", RNG.integers(0, 10**6, N)),
        ("turnover", RNG.integers(10**9, 9 * 10**9, N)),
        ("class_id", [1, 2, 3] * 20),
        ("rank", np.random.default_rng(0).permutation(N) + 1),
    ],
)
def test_real_numbers_are_never_taken_for_identifiers(name, values):
    assert became(prepared(table(**{name: values}))[0])[name] == "number"


@pytest.mark.parametrize(
    "loader", ["load_wine", "load_breast_cancer", "load_diabetes", "load_iris"]
)
def test_nothing_is_lost_from_real_tables(tmp_path, loader):
    frame = getattr(sets, loader)(as_frame=True).frame
    for source in (frame, written(frame, tmp_path)):
        result, said = prepared(source, "target")
        assert result.features.shape == (len(frame), frame.shape[1] - 1) and not said


def test_identifiers_are_better_than_nothing():
    result, _ = prepared(pd.DataFrame(dict(x=range(N), y=LABEL)))
    assert list(result.features) == ["x"]
    with pytest.raises(
        ValueError,
        match=(
            r"nothing to learn from. Left out: 'name' \(an identifier: 60 different texts in 60 "
            r"rows; keep='name'\)"
        ),
    ):
        prepared(pd.DataFrame(dict(name=[f"n{i}" for i in range(N)], y=LABEL)))


def test_free_text_and_pictures_are_suggested_and_encoded(monkeypatch):
    frame = table(
        review=[f"film {i} was long, loud and not for me" for i in range(N)],
        photo=[f"pictures/{i}.JPG" for i in range(N)],
    )
    result, said = prepared(frame)
    assert any("free text; text='review' makes features of it" in line for line in said) and any(
        "paths of pictures; image='photo'" in line for line in said
    )
    monkeypatch.setattr(
        "scaling_values.embedding.embed_text",
        lambda texts: np.array([[len(text), 1, 2] for text in texts], np.float32),
    )
    monkeypatch.setattr(
        "scaling_values.embedding.embed_images",
        lambda paths: np.array([[len(path)] for path in paths]),
    )
    data = Dataset.from_frame(frame, "y", text="review", image=["photo"], say=[].append)
    assert data.feature_names == ("income", "score", "review_0", "review_1", "review_2", "photo_0")
    with pytest.raises(ValueError, match="image='photo' has no path at index 3"):
        prepared(frame.assign(photo=frame.photo.where(frame.index != 3)), image="photo")


@pytest.mark.parametrize("option", ["keep", "drop", "text", "image"])
def test_columns_that_are_not_there_are_named(option):
    with pytest.raises(ValueError, match=f"{option}='scoer' is unknown; did you mean 'score'?"):
        prepared(table(), **{option: "scoer"})
    with pytest.raises(ValueError, match=f"{option} names 'y', which is the column to predict"):
        prepared(table(), **{option: "y"})


def test_words_with_na_and_none():
    assert (
        prepared(table(region=["US", "NA", "EU"] * 20))[0]
        .columns.set_index("column")
        .gaps["region"]
        == 0
    )
    result, _ = prepared(table(kind=["?", "a", "b"] * 20))
    assert set(result.features.kind) == {"(missing)", "a", "b"}


def test_nested_columns_are_refused_and_empty_ones_left_out():
    with pytest.raises(ValueError, match="has lists in column 'pair'"):
        prepared(table(pair=[[1, 2]] * N))
    assert became(prepared(table(empty=np.nan, blank=" "))[0]) == dict(
        income="number", score="number", y="target", empty="left out", blank="left out"
    )


# The target


@pytest.mark.parametrize(
    "labels, classes",
    [
        (["yes", "yes ", "no", "no"], ["no", "yes"]),
        (["Yes", "yes", "yes", "no"], ["no", "yes"]),
        ([">50K.", ">50K", "<=50K", "<=50K"], ["<=50K", ">50K"]),
        (["new  york", "new york", "rome", "rome"], ["new york", "rome"]),
        (["a", "A", "b", "B"], ["A", "B", "a", "b"]),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "frame"])
def test_spellings_of_a_class_are_joined(tmp_path, labels, classes, kind):
    frame = table(y=labels * 15)
    result, said = prepared(written(frame, tmp_path) if kind == "csv" else frame)
    assert sorted(set(result.y)) == classes
    if kind == "frame":
        assert any("are one class" in line for line in said) == (len(classes) < 4)


@pytest.mark.parametrize("gap", [None, "", " ", "?", "NA"])
@pytest.mark.parametrize("kind", ["csv", "frame"])
def test_rows_without_a_target_are_left_out(tmp_path, gap, kind):
    y = LABEL.astype(object)
    y[[4, 9]] = gap
    frame = table(y=y)
    result, said = prepared(written(frame, tmp_path) if kind == "csv" else frame)
    assert list(result.rows) == [i for i in range(N) if i not in (4, 9)] and len(
        result.y
    ) == N - 2 == len(result.features)
    assert any("column 'y' is empty in 2 of 60 rows" in line for line in said)
    data = Dataset.from_frame(frame.set_axis([f"r{i}" for i in range(N)]), "y", say=[].append)
    assert {"r4", "r9"}.isdisjoint(data.index) and [
        LABEL[int(name[1:])] for name in data.index
    ] == data.y_train.tolist()


def test_na_is_a_class_among_codes_and_none_among_words(tmp_path):
    assert set(prepared(written(table(y=["US", "NA", "EU"] * 20), tmp_path))[0].y) == {
        "US",
        "NA",
        "EU",
    }
    assert set(prepared(written(table(y=["None", "Mild", "Severe"] * 20), tmp_path))[0].y) == {
        "None",
        "Mild",
        "Severe",
    }


@pytest.mark.parametrize(
    "values, task",
    [
        (RNG.poisson(4, N), "regression"),
        (
            RNG.choice([1800, 1900, 2000, 2100, 2200, 2300, 2400, 9000], N, p=[0.14] * 7 + [0.02]),
            "regression",
        ),
        ([0, 1, 2] * 20, "classification"),
        ([0, 1] * 29 + [2] * 2, "classification"),
        ([f"{v:,}" for v in range(100_000, 100_000 + N)], "regression"),
        ([f"{v}".replace(".", ",") for v in SCORE], "regression"),
        (DAYS.astype(str), "regression"),
        (DAYS, "regression"),
        (LABEL, "classification"),
        ([True, False] * 30, "classification"),
        ([Decimal(f"{v}") for v in SCORE], "regression"),
        ([1, 2, 3, 4, 5, 6] * 10, "classification"),
    ],
    ids=range(12),
)
def test_what_is_predicted_is_seen(tmp_path, values, task):
    result, _ = prepared(table(y=values))
    assert result.task == task
    if isinstance(values, list) and isinstance(values[0], str):
        assert prepared(written(table(y=values), tmp_path))[0].task == task
    Dataset.from_frame(table(y=values), "y", say=[].append)


def test_a_rare_class_is_left_out_with_a_note():
    result, said = prepared(table(y=["maybe", *LABEL[1:]]))
    assert (
        0 not in result.rows
        and set(result.y) == {"yes", "no"}
        and any("1 row of the class 'maybe' left out" in line for line in said)
    )
    many, _ = prepared(table(y=[f"c{i}" for i in range(40)] + ["a", "b"] * 10))
    assert len(many.y) == N  # most of the table is not left out
    assert "1 row of the class" in result.columns.set_index("column").note["y"]


def test_a_missing_column_and_a_missing_header_are_told(tmp_path):
    with pytest.raises(ValueError, match="did you mean 'score'?"):
        read_target(table(), "scroe")
    frame = read_table(written(table(), tmp_path, header=False), say=[].append)
    with pytest.raises(
        ValueError,
        match=(
            "the first row looks like data, not like names: header=True overrules. Columns: "
            "'column_1'"
        ),
    ):
        read_target(frame, "y")
    with pytest.raises(ValueError, match="two columns called 'a'"):
        read_target(pd.DataFrame([[1, 2]], columns=["a", "a"]), "a")
    assert guess_task(pd.Series([1.5, 2]))[1] == "holds fractions"


def test_what_is_decided_is_a_warning_unless_somebody_listens():
    with pytest.warns(UserWarning, match="keep='Id' takes it as a feature"):
        Dataset.from_frame(table(Id=range(N)), "y")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Dataset.from_frame(table(Id=range(N)), "y", say=[].append)


# Public tables as they are published, in small: what is said of each column


def rows_of(*columns) -> list[str]:
    return [",".join(str(value) for value in row) for row in zip(*columns)]


def titanic(folder):
    names = [f'"Braund, Mr. Owen {i}"' for i in range(N)]
    cabin = ["" if i % 4 else f"C{i}" for i in range(N)]
    rows = rows_of(
        range(1, N + 1),
        [i % 2 for i in range(N)],
        [1, 2, 3] * 20,
        names,
        ["male", "female"] * 30,
        ["" if i % 7 == 0 else 20 + i % 50 for i in range(N)],
        SCORE**2 + 7,
        cabin,
        list("SCQ") * 20,
    )
    return (
        lines_of(
            "PassengerId,Survived,Pclass,Name,Sex,Age,Fare,Cabin,Embarked", *rows, folder=folder
        ),
        "Survived",
        dict(
            PassengerId="left out",
            Survived="target",
            Pclass="number",
            Name="left out",
            Sex="words",
            Age="number with gaps",
            Fare="number",
            Cabin="left out",
            Embarked="words",
        ),
    )


def telco(folder):
    frame = pd.DataFrame(
        dict(
            customerID=[f"{i:04d}-VHVEG" for i in range(N)],
            SeniorCitizen=[0, 1] * 30,
            tenure=np.arange(N) % 30,
            TotalCharges=[" " if i in (3, 8) else f"{v}" for i, v in enumerate(INCOME)],
            Churn=LABEL,
        )
    )
    return (
        written(frame, folder),
        "Churn",
        dict(
            customerID="left out",
            SeniorCitizen="number",
            tenure="number",
            TotalCharges="number with gaps",
            Churn="target",
        ),
    )


def horse_colic(folder):
    rows = [
        (
            f"{i % 2 + 1} {'?' if i % 3 else 38.5} {530000 + 7 * i} {'?' if i % 2 else 66} "
            f"{i % 4 + 1} {1 + i % 2}"
        )
        for i in range(N)
    ]
    return (
        lines_of(*rows, folder=folder, name="horse-colic.data"),
        "column_6",
        {
            "column_1": "number",
            "column_2": "number with gaps",
            "column_3": "number",
            "column_4": "number with gaps",
            "column_5": "number",
            "column_6": "target",
        },
    )


def adult(folder):
    rows = [
        (
            f"{20 + i % 40}, {'?' if i % 9 == 0 else 'Private'}, {77516 + 31 * (i * i % 997)}, "
            f"{['HS-grad', 'Bachelors', '11th'][i % 3]}, "
            f"{['<=50K', '>50K'][i % 2]}{'.' if i % 5 == 0 else ''}"
        )
        for i in range(N)
    ]
    return (
        lines_of("age, workclass, fnlwgt, education, income", *rows, folder=folder),
        "income",
        dict(age="number", workclass="words", fnlwgt="number", education="words", income="target"),
    )


def adult_without_names(folder):
    path, _, known = adult(folder)
    path.write_text("\n".join(path.read_text().splitlines()[1:]))
    return path, "column_5", dict(zip([f"column_{i}" for i in range(1, 6)], known.values()))


def wine_quality(folder):
    frame = pd.DataFrame(
        {
            "fixed acidity": SCORE,
            "volatile acidity": INCOME,
            "quality": np.random.default_rng(0).choice(
                [3, 5, 6, 7, 8], N, p=[0.02, 0.4, 0.4, 0.1, 0.08]
            ),
        }
    )
    return (
        written(frame, folder, sep=";", quoting=2),
        "quality",
        {"fixed acidity": "number", "volatile acidity": "number", "quality": "target"},
    )


def bank_marketing(folder):
    frame = pd.DataFrame(
        dict(
            age=np.arange(N) % 40,
            job=["admin.", "unknown", "blue-collar"] * 20,
            day=np.arange(N) % 31 + 1,
            month=["may", "jun", "jul"] * 20,
            y=LABEL,
        )
    )
    return (
        written(frame, folder, sep=";", quoting=2),
        "y",
        dict(age="number", job="words", day="number", month="words", y="target"),
    )


def air_quality(folder):
    rows = [
        (f"{i % 28 + 1:02d}/03/2004;{i % 24:02d}.00.00;{SCORE[i]:.1f};{1000 + i};{INCOME[i]:.2f}")
        .replace(".", ",")
        .replace(",00,00", ".00.00")
        + ";;"
        for i in range(N)
    ]
    return (
        lines_of("Date;Time;CO(GT);PT08.S1(CO);C6H6(GT);;", *rows, folder=folder),
        "C6H6(GT)",
        {"Date": "days", "CO(GT)": "number", "PT08.S1(CO)": "number", "C6H6(GT)": "target"},
    )


def auto_mpg(folder):
    rows = [
        f"{18 + i % 9}.0   8   {300 + i}.0      {'?' if i % 20 == 3 else f'{130 + i % 30}.0'}      "
        f'{3504 + 13 * (i * i % 97)}.      12.{i % 9}   {70 + i % 12}  1\t"chevrolet chevelle {i}"'
        for i in range(N)
    ]
    return (
        lines_of(*rows, folder=folder, name="auto-mpg.data"),
        "column_1",
        {
            "column_1": "target",
            "column_4": "number with gaps",
            "column_5": "number",
            "column_9": "left out",
        },
    )


def house_prices(folder):
    frame = pd.DataFrame(
        dict(
            Id=range(1, N + 1),
            MSZoning=["RL", "RM"] * 30,
            LotFrontage=["NA" if i % 5 == 0 else i for i in range(N)],
            Alley=["NA", "NA", "Grvl"] * 20,
            YrSold=[2006, 2007, 2008] * 20,
            SalePrice=100_000 + 37 * np.arange(N)[::-1],
        )
    )
    return (
        written(frame, folder),
        "SalePrice",
        dict(
            Id="left out",
            MSZoning="words",
            LotFrontage="number with gaps",
            Alley="words",
            YrSold="number",
            SalePrice="target",
        ),
    )


def breast_cancer(folder):
    rows = [
        f"{842302 + 1713 * (i * i % 997)},{'MB'[i % 2]},{INCOME[i]},{SCORE[i]}," for i in range(N)
    ]
    return (
        lines_of('"id","diagnosis","radius_mean","texture_mean",', *rows, folder=folder),
        "diagnosis",
        dict(id="left out", diagnosis="target", radius_mean="number", texture_mean="number"),
    )


def cars_of_r(folder):
    frame = pd.DataFrame(
        dict(mpg=SCORE, cyl=[4, 6, 8] * 20, am=[0, 1] * 30),
        index=[f"Mazda RX{i}" for i in range(N)],
    )
    return (
        written(frame, folder, index=True, quoting=2),
        "am",
        dict(mpg="number", cyl="number", am="target"),
    )


def mushrooms(folder):
    frame = pd.DataFrame(np.random.default_rng(0).choice(list("xbsfy"), (N, 4))).assign(
        **{"0": ["p", "e"] * 30}
    )[["0", 0, 1, 2, 3]]
    return (
        written(frame, folder, header=False),
        "column_1",
        {"column_1": "target", "column_2": "words", "column_5": "words"},
    )


def houses_of_king_county(folder):
    frame = pd.DataFrame(
        dict(
            id=7_129_300_520 + 7 * np.arange(N),
            date=[f"2014{i % 12 + 1:02d}{i % 28 + 1:02d}T000000" for i in range(N)],
            price=INCOME,
            zipcode=[98178, 98125, 98028] * 20,
            lat=SCORE,
        )
    )
    return (
        written(frame, folder),
        "price",
        dict(id="left out", date="days", price="target", zipcode="number", lat="number"),
    )


@pytest.mark.parametrize(
    "public",
    [
        titanic,
        telco,
        horse_colic,
        adult,
        adult_without_names,
        wine_quality,
        bank_marketing,
        air_quality,
        auto_mpg,
        house_prices,
        breast_cancer,
        cars_of_r,
        mushrooms,
        houses_of_king_county,
    ],
)
def test_public_kinds_of_tables(tmp_path, public):
    path, target, known = public(tmp_path)
    result, said = prepared(path, target)
    found = became(result)
    assert {name: found.get(name) for name in known} == known, said
    assert (
        len(result.y) == N and len(Dataset.from_frame(path, target, say=said.append).y_train) == 36
    )


@pytest.mark.parametrize(
    "labels, classes",
    [
        (["+", "-"], ["+", "-"]),  # a minus is a gap elsewhere
        (["+", "0", "-"], ["+", "-", "0"]),
        (["yes", "no", "-"], ["no", "yes"]),
        (["AA", "Aa", "aa"], ["AA", "Aa", "aa"]),  # only capitals tell them apart
        (["Yes", "yes", "no"], ["Yes", "no"]),
    ],
)
def test_signs_and_capitals_are_classes_where_nothing_else_is(labels, classes, tmp_path):
    file = tmp_path / "table.csv"
    rows = [f"{i / 7:.3f},{labels[i % len(labels)]}" for i in range(60)]
    file.write_text("\n".join(["x,label", *rows]))
    said = []
    found = read_target(read_table(file), "label", say=said.append)
    assert sorted(found.values.unique()) == classes
    assert any("stay apart: 'AA', 'Aa', 'aa'" in line for line in said) == ("AA" in labels)


def test_rows_without_a_label_are_told_with_the_word(tmp_path):
    file = tmp_path / "table.csv"
    labels = ["drug", "placebo", "NA"]
    rows = [f"{i / 7:.3f},{labels[i % 3]}" for i in range(60)]
    file.write_text("\n".join(["x,arm", *rows]))
    said = []
    read_target(read_table(file), "arm", say=said.append)
    assert any("empty in 20 of 60 rows (or holds a word such as NA)" in line for line in said)


def test_a_column_that_never_changes_is_no_feature():
    frame = pd.DataFrame(dict(one=1, word="z", x=np.arange(60) / 7, y=["a", "b"] * 30))
    said = []
    result = prepare_columns(frame, read_target(frame, "y"), say=said.append)
    assert list(result.features) == ["x"]
    assert any("column 'one': left out, since it holds 1 in every row" in line for line in said)
    kept = prepare_columns(frame, read_target(frame, "y"), keep=["one"], say=said.append)
    assert list(kept.features) == ["one", "x"]
    with pytest.raises(ValueError, match="'word' \\(it holds 'z' in every row\\)"):
        alone = frame[["one", "word", "y"]]
        prepare_columns(alone, read_target(alone, "y"), say=said.append)
