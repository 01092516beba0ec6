"""The commands as a user types them; each is started once at least, and where no start is needed it
runs here, since a start takes longer than most work."""

import io
import itertools
import json
import os
import re
import runpy
import shlex
import shutil
import signal
import subprocess
import sys
import time
import warnings
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from conftest import draw_no_pictures_in_reports, fit_one_family
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier
from test_laws import make_laws

import scaling_values.cli as cli
from scaling_values import (
    Contributions,
    Dataset,
    MaximumLikelihood,
    Membership,
    ScalingLaws,
    Utility,
    load_dataset,
    sample_contributions,
    sample_utilities,
)
from scaling_values.cli import LEARNERS
from scaling_values.fitting import fit_estimator

BIN = Path(sys.executable).parent


def command(
    name: str, *arguments: object, ok: bool = True, cwd: Path | None = None
) -> subprocess.CompletedProcess:
    done = subprocess.run(
        [str(BIN / name), *map(str, arguments)], capture_output=True, text=True, cwd=cwd
    )
    assert (done.returncode == 0) == ok, done.stderr
    return done


def here(
    name: str, *arguments: object, ok: bool = True, encoding: str = "utf-8"
) -> SimpleNamespace:
    """The command's own script, run in this process."""
    out, err = (
        io.TextIOWrapper(io.BytesIO(), encoding, errors)
        for errors in ("strict", "backslashreplace")
    )
    with (
        patch.object(sys, "argv", [name, *map(str, arguments)]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(BIN / name), run_name="__main__")
        code = ended.value.code or 0
        if not isinstance(code, int):
            print(code, file=sys.stderr)  # as Python does when it ends
    texts = [(each.flush(), each.buffer.getvalue().decode(encoding))[1] for each in (out, err)]
    done = SimpleNamespace(
        returncode=code if isinstance(code, int) else 1, stdout=texts[0], stderr=texts[1]
    )
    assert (done.returncode == 0) == ok, done.stderr
    return done


def houses(n: int = 90) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "area": rng.uniform(40, 200, n),
            "rooms": rng.integers(1, 7, n),
            "garden": rng.choice(["yes", "no"], n),
            "note": None,
        }
    )
    frame["price"] = 3.0 * frame.area + 30 * (frame.garden == "yes") + rng.normal(0, 30, n)
    frame["dear"] = np.where(frame.price > frame.price.median(), "dear", "cheap")
    frame.loc[5, ["area", "garden"]] = None
    return frame


def test_demo_writes_what_it_says(tmp_path, monkeypatch):
    """With one worker: what several compute is the same (test_sampling.py), and each of them
    imports everything first."""
    arguments = ["--draws", 12, "--out", tmp_path / "out", "--jobs", 1]
    done = command("sv_demo", "--points", 12, *arguments)
    assert (
        "The 10 most valuable of 12 points:" in done.stdout
        and str(tmp_path / "out" / "laws.parquet") in done.stdout
    )
    assert f"To read, in any browser: {tmp_path / 'out' / 'report.html'}" in done.stdout
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "alpha.png",
        "crossings.png",
        "draws",
        "law.png",
        "laws.parquet",
        "report.html",
        "summary.json",
        "values.csv",
        "values.png",
    ]
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (
        summary["points"] == 12
        and summary["draws"] == 12
        and set(summary["split_half"])
        == {"what", "r2", "pearson", "ceiling", "pearson_ceiling", "by_size"}
    )
    laws, values = (
        ScalingLaws.load(tmp_path / "out" / "laws.parquet"),
        pd.read_csv(tmp_path / "out" / "values.csv", index_col=0),
    )
    assert values.value.dropna().is_monotonic_decreasing and set(values["pool_row"]) == set(
        laws.points
    )
    the_stored_samples_are_those_of_the_library(tmp_path / "out")
    draw_no_pictures_in_reports(monkeypatch)
    monkeypatch.setattr(cli, "_suspects_of", lambda *_: None)  # who are not printed
    again = here(
        "sv_demo", "--points", 12, *arguments
    )  # nothing is left to compute, and nothing changes
    assert again.stdout == done.stdout
    refused = here("sv_demo", "--points", 13, *arguments, ok=False)
    assert (
        refused.stderr.startswith("sv_demo: store=")
        and "points was '12 rows" in refused.stderr
        and "Traceback" not in refused.stderr
    )


def the_stored_samples_are_those_of_the_library(out: Path) -> None:
    laws = ScalingLaws.load(out / "laws.parquet")
    utility = Utility(LEARNERS["logreg"]["classification"](), load_dataset("digits"), "log_loss")
    arguments = dict(points=np.sort(laws.points), sizes=(50, 500), draws=12, random_state=0)
    stored = sample_contributions(utility, **arguments, store=out / "draws")
    np.testing.assert_array_equal(stored.delta, sample_contributions(utility, **arguments).delta)
    np.testing.assert_array_equal(fit_estimator(None, stored).laws_.mu, laws.mu)


@pytest.mark.parametrize(
    "suffix, target, learner, metric",
    [
        ("csv", "price", "ridge", "squared_error"),
        ("parquet", "dear", "logreg", "log_loss"),
        ("csv.gz", "dear", "knn", "log_loss"),
    ],
)
def test_run_values_a_users_table(
    tmp_path, suffix, target, learner, metric, no_pictures, one_family
):
    file = tmp_path / f"my houses.{suffix}"
    frame = houses().drop(columns="dear" if target == "price" else "price")
    frame.to_parquet(file) if suffix == "parquet" else frame.to_csv(file, index=False)
    cli.sv_run(
        str(file),
        target=target,
        learner=learner,
        sizes=(8, 20),
        draws=12,
        points=10,
        out=str(tmp_path / "out"),
        jobs=1,
    )
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (
        summary["run"]["metric"] == metric
        and summary["run"]["sizes"] == [8, 20]
        and summary["points"] == 10
    )
    assert len(pd.read_csv(tmp_path / "out" / "values.csv")) == 10
    report = (tmp_path / "out" / "report.html").read_text()
    again = shlex.split(unescape(re.search(r"<pre><code>(.*?)</code>", report)[1]))
    assert again[:4] == ["sv_run", str(file), "--target", target] and again[
        again.index("--sizes") :
    ][:3] == ["--sizes", "8", "20"]
    assert ">garden</th>" in report and "(missing)" not in report  # rows as they stand in the table


@pytest.mark.parametrize("folds", [0, 5])
def test_the_reports_rows_are_the_pools(tmp_path, folds):
    frame = (
        houses().drop(columns="price").set_index(np.repeat(["twice", "thrice", "once"], 30))
    )  # an index that names no row
    frame.to_parquet(tmp_path / "houses.parquet")
    table = cli._read(tmp_path / "houses.parquet")
    prepared, learner = cli._prepare(table, "dear")
    split = cli._split(table, prepared, folds, 4)
    data = cli._table_utility(prepared, learner, split).data
    rows = table.iloc[prepared.rows[split.pool]]
    assert list(rows.index) == list(data.index) and list(rows.dear) == list(data.y_train)
    area = data.X_train[:, data.feature_names.index("area")]
    assert np.corrcoef(area[rows.area.notna()], rows.area.dropna())[0, 1] > 0.999999


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--target", "prise"], "column 'prise' is not in the table; did you mean 'price'?"),
        ([], "--target is needed"),
        (
            ["--target", "price", "--learner", "rigde"],
            "learner='rigde' is unknown; did you mean 'ridge'?",
        ),
        (
            ["--target", "price", "--learner", "logreg"],
            "learner='logreg' is for classification and not for regression, and column 'price' "
            "holds fractions: leave --learner out, or use --learner ridge",
        ),
        (
            ["--target", "dear", "--task", "regression", "--learner", "logreg"],
            "not for --task regression: leave --learner out, or use --learner ridge",
        ),
        (
            ["--target", "price", "--task", "classification"],
            "for numbers pass --task regression --learner ridge",
        ),
        (
            ["--target", "price", "--drop", "area, garten"],
            "--drop='garten' is unknown; did you mean 'garden'?",
        ),
        (["--target", "price", "--index", "price"], "column 'price' is not in the table"),
        (
            ["--target", "price", "--learner", "ridge", "--sizes", 10, 5000],
            "the largest preceding set that leaves out a point has 56",
        ),
        (["--target", "price", "--learner", "ridge", "--draws", 1], "draws=1 is too few"),
        (["--target", "dear", "--metric", "logloss"], "did you mean 'log_loss'?"),
    ],
)
def test_run_ends_bad_calls_in_one_line(tmp_path, arguments, message):
    houses().to_csv(tmp_path / "houses.csv", index=False)
    done = here("sv_run", tmp_path / "houses.csv", *arguments, "--out", tmp_path / "out", ok=False)
    assert (
        done.stderr.startswith("sv_run: ")
        and done.stderr.count("\n") == 1
        and message in done.stderr
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["sv_demo", "sv_run", "sv_bench"])
def test_help_explains_every_argument(name):
    text = here(name, "--help").stdout
    options = [line for line in text.splitlines() if line.startswith("  --")]
    assert options and all(len(line.split(maxsplit=2)) == 3 for line in options), text


@pytest.mark.parametrize(
    "name, rows, says",
    [
        ("costs", 4, "exponent"),
        pytest.param("laws_freedoms", 16, "one kind of points", marks=pytest.mark.slow),
        pytest.param("laws_noise", 9, "random signs", marks=pytest.mark.slow),
    ],
)
def test_bench_writes_a_report(tmp_path, name, rows, says):
    done = here("sv_bench", name, "--quick", "--json", tmp_path / "bench.json")
    report = json.loads((tmp_path / "bench.json").read_text())
    assert (
        len(report["rows"]) == rows
        and report["command"].startswith(f"sv_bench {name}")
        and report["protocol"]["quick"]
    )
    assert says in done.stdout


def test_an_unknown_benchmark_is_named():
    assert "did you mean 'likelihood'?" in here("sv_bench", "likelyhood", ok=False).stderr


@pytest.mark.parametrize("draws", [2, 3])
def test_very_few_draws_give_laws_that_say_so(tmp_path, draws, no_pictures, one_family):
    """Nothing can be held out; the laws are nearly their prior, which the last lines and the report
    say."""
    utility = Utility(LogisticRegression(), load_dataset("digits"))
    values, summary = cli.value_to_folder(utility, tmp_path, points=5, sizes=(50, 300), draws=draws)
    words = (
        f"{draws} draws are too few to hold some out: the laws say little more than what all "
        f"points have in common"
    )
    assert (
        words in cli._describe(values, summary, tmp_path)
        and words in (tmp_path / "report.html").read_text()
    )
    assert (
        np.isfinite(values[["value", "low", "high"]]).all(axis=None)
        and values.monte_carlo.isna().all()
    )
    assert summary["split_half"]["r2"] is None


def test_contributions_of_nothing_are_one_line(tmp_path):
    constant = DummyClassifier(strategy="constant", constant=0)
    with pytest.raises(
        ValueError,
        match=(
            r"no point has a law: all contributions of draws=6 at sizes=\(50, 300\) are zero or "
            r"missing; draw more"
        ),
    ):
        cli.value_to_folder(
            Utility(constant, load_dataset("digits"), "error_rate"),
            tmp_path,
            points=5,
            sizes=(50, 300),
            draws=6,
        )


def test_a_ceiling_that_nothing_tells_is_unknown():
    assert "(ceiling unknown)" in cli._trust_line(dict(r2=0.1, ceiling=None), 4)


def test_a_time_budget_ends_the_run(utility, tmp_path, monkeypatch, no_pictures, one_family):
    """By a clock that is half a second later whenever the run looks at it: as it begins, and after
    each block of 16 draws."""
    clock = itertools.count(0, 0.5)
    monkeypatch.setattr(
        "scaling_values.sampling.time", SimpleNamespace(monotonic=lambda: next(clock))
    )
    _, summary = cli.value_to_folder(
        utility, tmp_path, points=5, sizes=(10, 60), draws=100_000, seconds=2
    )
    assert summary["run"]["stopped_by"] == "seconds" and summary["draws"] == 64


def test_the_column_decides_the_learner(tmp_path, no_pictures, one_family):
    frame = (
        houses(60)
        .drop(columns="dear")
        .assign(id=[f"H{i}" for i in range(60)], sold="2020-01-01", stars=[1, 2, 3] * 20)
    )
    frame.to_csv(tmp_path / "houses.tsv", sep="\t", index=False)
    done = here(
        "sv_run",
        tmp_path / "houses.tsv",
        "--target",
        "price",
        "--index",
        "id",
        "--drop",
        "sold,note",
        "--sizes",
        5,
        15,
        "--draws",
        10,
        "--points",
        8,
        "--jobs",
        1,
        "--out",
        tmp_path / "out",
    )
    assert done.stdout.startswith(
        "column 'price' holds fractions: regression, with --learner ridge; --task overrules\n"
    )
    assert ".py:" not in done.stderr  # warnings, of few samples say, are for users
    values = pd.read_csv(tmp_path / "out" / "values.csv", index_col=0)
    assert values.index.str.startswith("H").all()
    report = (tmp_path / "out" / "report.html").read_text()
    assert (
        '<th scope="row">H' in report
        and "--drop sold,note" in report
        and "judged by every other fold" in report
    )
    utility = _utility_of(frame, "stars", drop=["id", "sold", "note"])
    assert utility.data.target == "classification" and not any(
        name.startswith(("id", "sold")) for name in utility.data.feature_names
    )
    assert _utility_of(frame, "stars", "ridge").data.target == "regression"


def _utility_of(frame, column, learner=None, folds=5, **columns):
    prepared, learner = cli._prepare(frame, column, learner, **columns)
    return cli._table_utility(prepared, learner, cli._split(frame, prepared, folds, 0))


def test_the_last_line_and_the_report_agree(tmp_path, no_pictures, one_family):
    values, summary = cli.value_to_folder(
        Utility(LogisticRegression(), load_dataset("digits")),
        tmp_path,
        points=8,
        sizes=(50, 300),
        draws=12,
    )
    check, report = summary["split_half"], (tmp_path / "report.html").read_text()
    assert (
        f"{check['r2']:.2f}".replace("-", "−")
        + f", ceiling {check['ceiling']:.2f}".replace("-", "−")
        in report
    )
    assert (
        ("no better than one number" in cli._describe(values, summary, tmp_path))
        == (check["r2"] <= 0)
        == ("no better than one number for all points; draw more" in report)
    )


def test_lines_of_crossings_say_which_rows_they_are():
    import matplotlib.pyplot as plt

    from scaling_values import plot_crossings

    k = np.random.default_rng(0).integers(10, 101, 40)
    delta = np.array([3.0, 2.0, -1.0]) * k[:, None] ** -np.array(
        [1.5, 1.0, 0.5]
    ) + 1e-3 * np.random.default_rng(1).normal(size=(40, 3))
    laws = (
        MaximumLikelihood()
        .fit(Contributions(k, delta, np.arange(3), index=np.array(["Ada", "東京", "Cai"])))
        .laws_
    )
    ax = plot_crossings(laws, quantiles=(0, 0.5, 1))
    assert [line.get_label().partition(",")[0] for line in ax.lines] == [
        "row Cai",
        "pool row 1",
        "row Ada",
    ]
    plt.close(ax.figure)


SMALL = dict(points=4, sizes=(10, 60), draws=12)


@pytest.fixture(scope="module")
def finished(utility, tmp_path_factory) -> Path:
    """A folder that a run has written."""
    with pytest.MonkeyPatch.context() as patch:
        make_light(patch)
        cli.value_to_folder(utility, out := tmp_path_factory.mktemp("finished") / "out", **SMALL)
    return out


def make_light(patch: pytest.MonkeyPatch) -> None:
    """Runs whose files are all there, with nothing drawn twice and one family of curves."""
    draw_no_pictures_in_reports(patch)
    fit_one_family(patch)


@pytest.fixture
def result(finished, tmp_path, monkeypatch) -> Path:
    make_light(monkeypatch)
    return shutil.copytree(finished, tmp_path / "out")


@pytest.mark.parametrize("name", cli.WRITTEN)
def test_what_a_user_has_changed_is_replaced_by_force_only(utility, result, name):
    (result / name).write_bytes(b"mine" + (result / name).read_bytes())
    with pytest.raises(
        ValueError,
        match=(
            f"holds .*{name}.*, which no earlier run has written there, or not as it is now: .* "
            f"force=True"
        ),
    ):
        cli.value_to_folder(utility, result, **SMALL)
    assert (result / name).read_bytes().startswith(b"mine")


def test_force_replaces_and_an_own_set_needs_none(utility, result):
    (result / "report.html").write_text("mine")
    cli.value_to_folder(utility, result, **SMALL, force=True)
    (result / "law.png").chmod(0o600)
    values, summary = cli.value_to_folder(utility, result, **SMALL | dict(draws=16))
    assert json.loads((result / "summary.json").read_text()) == summary and set(
        summary["files"]
    ) == set(cli.WRITTEN[1:])
    assert sorted(file.name for file in result.iterdir()) == sorted([*cli.WRITTEN, "draws"])
    assert (result / "law.png").stat().st_mode & 0o777 == 0o600 or os.name != "posix"


def test_the_table_is_never_replaced(tmp_path, monkeypatch, capsys):
    houses(60).drop(columns="price").to_csv(tmp_path / "values.csv", index=False)
    before = (tmp_path / "values.csv").read_bytes()
    monkeypatch.chdir(tmp_path)
    for table, out in (("values.csv", "."), (tmp_path / "values.csv", tmp_path)):
        with pytest.raises(
            SystemExit,
            match=(
                "has the table itself in it, as values.csv, which would be replaced: choose "
                "another folder"
            ),
        ):
            cli.sv_run(str(table), target="dear", out=str(out), force=True)
    assert (tmp_path / "values.csv").read_bytes() == before and [*tmp_path.iterdir()] == [
        tmp_path / "values.csv"
    ]


@pytest.mark.parametrize(
    "given, found",
    [
        ("a,d", ["a", "d"]),
        ("b, c", ["b, c"]),
        (["b, c", "a"], ["b, c", "a"]),
        ('"b, c",a, d', ["b, c", "a", "d"]),
        (["a,d", "a"], ["a", "d"]),
        ('say "x", y', ['say "x", y']),
        (None, []),
        ("", []),
        (" a , d ", ["a", "d"]),
    ],
)
def test_columns_are_dropped_whatever_their_names(given, found):
    frame = pd.DataFrame(columns=["a", "b, c", "d", 'say "x", y'])
    assert cli._dropped(frame, given) == found
    assert cli._dropped(frame, cli._as_list(found)) == found  # as the report says it


def test_a_rows_own_columns_stand_beside_its_value():
    laws, rows = (
        replace(make_laws(4), index=np.array(list("abcd"))),
        pd.DataFrame({"value": [1, 2, 3, 4], "=note": ["=1+1", "x", "y", "z"]}),
    )
    values = pd.DataFrame(
        {"pool_row": laws.points[[2, 0, 3, 1]], "value": [0.4, 0.3, 0.2, 0.1]},
        index=pd.Index(list("cadb"), name="index"),
    )
    found = cli._for_spreadsheets(cli._beside(values, rows, laws))
    assert found.columns.tolist() == ["pool_row", "value", "column value", "'=note"]
    assert found["column value"].tolist() == [3, 1, 4, 2] and found["'=note"].tolist() == [
        "y",
        "'=1+1",
        "z",
        "x",
    ]
    assert cli._beside(values, None, laws) is values


def test_what_could_be_two_columns_or_one_is_asked_back():
    frame = pd.DataFrame(columns=["b", "c", "b, c"])
    with pytest.raises(ValueError, match="which is a column of the table, and so are 'b' and 'c'"):
        cli._dropped(frame, "b, c")
    assert cli._dropped(frame, '"b, c"') == ["b, c"] and cli._dropped(
        frame, ["b", "c"]
    ) == cli._dropped(frame, "b,c") == ["b", "c"]


def test_the_end_of_all_is_what_seconds_bounds(monkeypatch):
    """By a clock on which the rehearsed fit of laws takes two seconds."""
    clock = iter([10.0, 12.0])
    monkeypatch.setattr(cli, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    monkeypatch.setattr(cli, "fit_estimator", lambda *_: None)
    assert cli._time_to_draw(60, 5.0, 10) == 60 - 7 - 2 * cli._FITS - cli._CHECK
    clock = iter([10.0, 12.0])
    assert cli._time_to_draw(20, 5.0, 10) == 0.1


def test_what_comes_after_the_draws_is_tried_and_reckoned(monkeypatch, utility):
    """By a clock on which some labels take three seconds, and a model a twentieth of one."""

    def by(*steps):
        clock = iter(np.cumsum(steps))
        monkeypatch.setattr(cli, "time", SimpleNamespace(perf_counter=lambda: next(clock)))

    judged = []
    monkeypatch.setattr(cli, "label_suspects", lambda X, y: judged.append(len(y)))
    data = utility.data
    total, some = len(data.y_train) + len(data.y_val), min(len(data.y_train), cli._JUDGED)
    by(1.0, 3.0)
    assert cli._label_seconds(utility) == pytest.approx(3.0 * total / some) and judged == [some]
    tested = Utility(utility.learner, replace(data, X_test=data.X_val, y_test=data.y_val))
    by(1.0, 0.05)
    assert cli._refit_seconds(tested, 30.0) == pytest.approx(min(cli._REFITS, 0.05 * cli._MODELS))
    by(1.0, 5.0)
    assert cli._refit_seconds(tested, 9.0) == 3.0
    assert (
        cli._refit_seconds(Utility(utility.learner, replace(data, X_test=None, y_test=None)), 9.0)
        == 0.0
    )


def test_a_terminal_of_ascii_alone_will_do(tmp_path):
    houses(60).rename(columns={"dear": "größe"}).iloc[:5].to_csv(
        tmp_path / "houses.csv", index=False
    )
    arguments = ["houses.csv", "--target", "größe"]
    done = subprocess.run(
        [str(BIN / "sv_run"), *arguments],
        capture_output=True,
        cwd=tmp_path,
        env=os.environ | dict(PYTHONIOENCODING="ascii", LANG="C"),
    )
    assert (
        done.returncode == 1
        and done.stderr.startswith(b"sv_run: ")
        and done.stderr.count(b"\n") == 1
    ), done.stderr


@pytest.mark.parametrize(
    "name, arguments",
    [
        ("sv_run", ["größe.csv", "--target", "größe"]),
        ("sv_demo", ["--points", -1]),
        ("sv_bench", ["größe"]),
        ("sv_reproduce", ["größe"]),
    ],
)
def test_any_command_ends_in_one_line_of_ascii(name, arguments):
    done = here(name, *arguments, ok=False, encoding="ascii")
    assert (
        done.returncode == 1
        and done.stderr.startswith(f"{name}: ")
        and done.stderr.count("\n") == 1
    ), done.stderr


WORK = """
import os, time
import numpy as np
from sklearn.dummy import DummyClassifier
from scaling_values import Dataset, Utility
from scaling_values.cli import value_to_folder
from scaling_values.support import one_line_errors

class Slow(DummyClassifier):
    main = os.getpid()

    def fit(self, X, y):
        if os.getpid() != self.main:
            open(f"worker-{os.getpid()}", "w").close()
            time.sleep(600)
        return super().fit(X, y)

X, y = np.arange(60.0)[:, None], np.arange(60) % 2
with one_line_errors("sv_run"):
    utility = Utility(Slow(), Dataset.from_arrays(X, y, X, y))
    value_to_folder(utility, "out", 4, (10, 20), 12, n_jobs=2)
"""


@pytest.mark.skipif(os.name != "posix", reason="no such signals")
def test_workers_end_with_the_command(tmp_path):
    (tmp_path / "work.py").write_text(WORK)
    process = subprocess.Popen(
        [sys.executable, "work.py"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    try:
        while not (workers := [int(file.name[7:]) for file in tmp_path.glob("worker-*")]):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        said = process.communicate()[1]
    finally:
        process.kill()
    assert (
        process.returncode == 143
        and "sv_run: ended by SIGTERM; what is finished is kept" in said
        and "Traceback" not in said
    ), said
    assert not any(running(worker) for worker in workers)


def running(process: int) -> bool:
    """Whether a process still works: one that has ended may wait for its parent to see it."""
    status = Path(f"/proc/{process}/status")
    try:
        return not re.search(r"^State:\s+[ZX]", status.read_text(), re.M)
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_warnings_speak_of_the_table_too(capsys):
    def work():
        with cli._in_the_tables_words("price"):
            warnings.warn(
                "half of the rows of X_val stand in X_train; y_val holds more classes than "
                "X_test could",
                stacklevel=1,
            )
        warnings.warn("X_val again", stacklevel=1)
        return "done"

    cli._finish("sv_run", work)
    said = capsys.readouterr()
    assert said.out == "done\n"
    assert said.err.splitlines() == [
        "sv_run: half of the rows of the validation set stand in the pool; column 'price' holds "
        "more classes than the test set could",
        "sv_run: X_val again",
    ]


OUTSIDE = """
import numpy as np

class Means:
    "The class, or the response, of the nearest mean, as in a package without scikit-learn."
    def __init__(self, power=1.0, words=("a", "b")): self.power, self.words = power, words
    def get_params(self, deep=True): return dict(power=self.power, words=self.words)
    def set_params(self, **given):
        self.__dict__.update(given)
        return self
    def fit(self, X, y):
        self.classes_ = np.unique(y) if y.dtype.kind != "f" else np.quantile(y, [0.2, 0.5, 0.8])
        near = np.searchsorted(self.classes_, y)
        if y.dtype.kind == "f":
            near = abs(y[:, None] - self.classes_).argmin(1)
        groups = [near == i for i in range(len(self.classes_))]
        means = [X[group].mean(0) if group.any() else X.mean(0) for group in groups]
        self.means = np.array(means)
        return self
    def predict(self, X): return self.classes_[self.predict_proba(X).argmax(1)]
    def predict_proba(self, X):
        weight = np.exp(-self.power * abs(X[:, None] - self.means).sum(2)) + 1e-3
        return weight / weight.sum(1, keepdims=True)

class Sums(Means): _estimator_type = "classifier"
class Codes(Means):
    def fit(self, X, y):
        if np.unique(y).tolist() != list(range(len(np.unique(y)))):
            raise ValueError("classes must be 0, 1, 2")
        return super().fit(X, y)
class Groups(Means): _estimator_type = "clusterer"
class Strict(Means):
    def __init__(self, power):
        if power < 0: raise RuntimeError("power is below 0\\nand must not be")
        super().__init__(power)
    def get_params(self, deep=True): return dict(power=self.power)
class Bare: pass
def function(): pass
"""


@pytest.fixture
def outside(tmp_path, monkeypatch) -> Path:
    """Modules of a third party's."""
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "outside_.py").write_text(OUTSIDE)
    (folder / "needs_another_.py").write_text("import surely_missing_")
    (folder / "broken_.py").write_text("1 / 0")
    (folder / "leaves_.py").write_text("raise SystemExit(3)")
    monkeypatch.syspath_prepend(folder)
    return folder


@pytest.mark.parametrize(
    "text, says",
    [
        (
            "surely_missing_:Class",
            "module 'surely_missing_' is not installed here: install its package with pip, or "
            "set PYTHONPATH",
        ),
        ("surely_missing_.part:Class", "module 'surely_missing_' is not installed here"),
        (
            "needs_another_:Class",
            "module 'surely_missing_', which needs_another_ needs, is not installed",
        ),
        (
            "sklearn.ensembel:RandomForestClassifier",
            "package 'sklearn' has no module 'ensembel'; did you mean 'ensemble'?",
        ),
        (
            "broken_:Class",
            "importing broken_ ends with ZeroDivisionError: division by zero; repair the module",
        ),
        ("leaves_:Class", "importing leaves_ ends with SystemExit: 3"),
        (".relative:Class", "importing .relative ends with TypeError"),
        (
            "sklearn.ensemble:RandomForestClasifier",
            "sklearn.ensemble has no class 'RandomForestClasifier'; did you mean "
            "'RandomForestClassifier'?",
        ),
        (
            "outside_:Zebra",
            "outside_ has no class 'Zebra'. Some that it has: Means, Sums, Codes, Groups, Strict",
        ),
        ("outside_:Bare", "Bare is no estimator: a class with fit, predict and get_params"),
        ("outside_:function", "function is no estimator"),
        ("sklearn.preprocessing:StandardScaler", "StandardScaler is no estimator"),
        ("sklearn.base:BaseEstimator", "BaseEstimator is no estimator"),
        (
            "sklearn.cluster:KMeans",
            "KMeans is a clusterer, and a classifier or a regressor is needed",
        ),
        ("outside_:Groups", "Groups is a clusterer"),
        ("outside_:Means(depth=3)", "Means cannot be made with these arguments: "),
        ("outside_:Strict", "Strict cannot be made with these arguments: "),
        (
            "outside_:Strict(power=-1)",
            "power is below 0 and must not be; see the arguments that outside_.Strict takes",
        ),
        (
            "outside_:Means(3)",
            "an argument has no name; write arguments as (n_estimators=50, criterion='gini')",
        ),
        ("outside_:Means(power=)", "the arguments cannot be read"),
        ("outside_:Means(power=1", "is not of the form module:Class"),
        ("outside_:Means()()", "the arguments cannot be read"),
        ("outside_:Means(power=1)+(1)", "the arguments cannot be read"),
        ("outside_:Means(power=1) or (1)", "the arguments cannot be read"),
        ("outside_:Means(**{'power': 1})", "each must be named once"),
        ("outside_:Means(power=1, power=2)", "the arguments cannot be read"),
        ("outside_:Means(power=print)", "power is no plain value"),
        (
            "outside_:Means(power=__import__('os').getcwd())",
            "power is no plain value: numbers, 'texts', True, False, None and lists",
        ),
        ("outside_:Means(power=" + "[" * 300 + "]" * 300 + ")", "the arguments cannot be read"),
        ("outside_:Means(power=lambda: 1)", "power is no plain value"),
        ("outside_:", "is not of the form module:Class"),
        (":Means", "is not of the form"),
        ("outside_:Means:Sums", "is not of the form"),
        ("out side_:Means", "is not of the form"),
        ("sklearn.svm.SVC", "has a dot, and no colon: write sklearn.svm:SVC"),
        (
            "randomforest",
            "learner='randomforest' is unknown; did you mean 'random_forest'? Known: 'logreg'",
        ),
        (
            "sklearn.svm:SVR",
            "is for regression and not for classification, and column 'dear' holds no numbers: "
            "leave --learner out, or use --learner logreg",
        ),
    ],
)
def test_a_text_that_is_no_learner_ends_in_one_line(outside, text, says):
    houses().to_csv(outside / "houses.csv", index=False)
    done = here(
        "sv_run",
        outside / "houses.csv",
        "--target",
        "dear",
        "--learner",
        text,
        "--out",
        outside / "out",
        ok=False,
    )
    assert (
        done.stderr.startswith("sv_run: ")
        and done.stderr.count("\n") == 1
        and says in done.stderr
        and not (outside / "out").exists()
    ), done.stderr


@pytest.mark.parametrize(
    "text, parameters",
    [
        ("outside_:Means", dict(power=1.0)),
        (" outside_:Means() ", dict(power=1.0)),
        ("outside_:Means(power=-2.5e-1)", dict(power=-0.25)),
        (
            "outside_:Means(words=['a)', \"b,(\", {'c': None}], power=2,)",
            dict(words=["a)", "b,(", {"c": None}], power=2),
        ),
        ("outside_:Means(\n power = 3\n)", dict(power=3)),
    ],
)
def test_arguments_are_read_as_they_are_written(outside, text, parameters):
    made = cli._make_learner(text)
    assert (
        type(made).__name__ == "Means"
        and {name: made.get_params()[name] for name in parameters} == parameters
    )


@pytest.mark.parametrize(
    "text, targets",
    [
        ("outside_:Means", {"classification", "regression"}),
        ("outside_:Sums", {"classification"}),
        ("sklearn.svm:SVR()", {"regression"}),
        ("hist_gradient_boosting", {"classification", "regression"}),
    ],
)
def test_a_learner_says_what_it_predicts_or_the_task_does(outside, text, targets):
    assert set(cli._learner_targets(text)) == targets


@pytest.mark.parametrize(
    "labels", [["cheap", "dear"], [1, 2], [-1, 1], [True, False], [0, 1]], ids=str
)
def test_learners_that_know_classes_by_number_get_numbers(outside, labels):
    frame = houses()[["area", "rooms", "dear"]]
    frame["dear"] = np.where(frame.dear == "dear", *labels)
    coded, plain = (
        _utility_of(frame, "dear", f"outside_:{name}(power=0.5)", folds=0, task="classification")
        for name in ("Codes", "Means")
    )
    assert (
        type(coded.learner).__name__ == ("Codes" if set(labels) == {0, 1} else "_Coded")
        and type(plain.learner).__name__ == "Means"
    )
    assert coded.loss(np.arange(30)) == plain.loss(np.arange(30)) and list(
        coded.data.y_train
    ) == list(plain.data.y_train)


@pytest.mark.filterwarnings("ignore:.*fewer than one fit")
@pytest.mark.parametrize(
    "target, options",
    [
        ("dear", {}),
        ("price", dict(task="regression")),
        ("kind", dict(design="membership", points=20)),
    ],
    ids=["classes", "numbers", "three"],
)
def test_run_makes_whole_fits_for_learners_of_others(
    outside, tmp_path, capsys, request, target, options
):
    if target != "kind":
        request.getfixturevalue("no_pictures")  # one of them with pictures
    frame = houses()
    frame["kind"] = np.array(["low", "middle", "high"])[
        np.digitize(frame.price, frame.price.quantile([0.3, 0.6]))
    ]
    frame = frame[["area", "rooms", target]]
    frame.to_csv(tmp_path / "houses.csv", index=False)
    cli.sv_run(
        str(tmp_path / "houses.csv"),
        target=target,
        learner="outside_:Means(power=0.5)",
        sizes=(8, 25),
        fits=100,
        out=str(tmp_path / "out"),
        jobs=1,
        **options,
    )
    said, summary = capsys.readouterr(), json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (
        "Values by two halves of the fits correlate with r = " in said.out
        and "monte_carlo" not in said.out
        and "nan" not in said.out.lower().split()
    )
    assert (
        summary["fits"] == 100
        and "draws" not in summary
        and set(summary["split_half"])
        == {"what", "pearson", "r2", "reliability", "predicted", "by_size"}
    )
    values, report = (
        pd.read_csv(tmp_path / "out" / "values.csv", index_col=0),
        (tmp_path / "out" / "report.html").read_text(),
    )
    assert (
        len(values) == summary["points"] == options.get("points", 72)
        and values.value.is_monotonic_decreasing
        and values[["low", "high", "label"]].notna().all(axis=None)
    )
    again = shlex.split(unescape(re.search(r"<pre><code>(.*?)</code>", report)[1]))
    assert (
        again[again.index("--learner") + 1] == "outside_:Means(power=0.5)"
        and again[again.index("--fits") + 1] == "100"
        and "--draws" not in again
    )
    if target == "kind":
        assert sorted(file.name for file in (tmp_path / "out").iterdir()) == sorted(
            [*cli.WRITTEN, "fits"]
        )


def trees(n: int = 40) -> Utility:
    X = np.random.default_rng(0).normal(size=(n + 30, 3))
    y = (X[:, 0] + X[:, 1] > 0).astype(int)
    return Utility(
        DecisionTreeClassifier(min_samples_leaf=2, random_state=0),
        Dataset.from_arrays(X[:n], y[:n], X[n:], y[n:], name="trees"),
    )


@pytest.fixture
def light(monkeypatch) -> None:
    """Files that are not what a test is about are not made."""
    monkeypatch.setattr(cli, "fits_trust_table", lambda *_: pd.DataFrame())
    monkeypatch.setattr(cli, "_save_pictures", lambda *_: [])
    draw_no_pictures_in_reports(monkeypatch)


@pytest.mark.filterwarnings("ignore:.*fewer than one fit", "ignore:.*has no fast engine")
@pytest.mark.parametrize(
    "asked, kind",
    [
        (dict(), "fits"),
        (dict(points=14), "fits"),
        (dict(points=13), "draws"),
        (dict(draws=12, points=5), "draws"),
        (dict(points=5, fits=44), "fits"),
        (dict(design="grid", points=3, draws=4), "draws"),
    ],
    ids=str,
)
def test_the_folder_holds_what_the_rule_says(tmp_path, monkeypatch, light, one_family, asked, kind):
    monkeypatch.setattr(cli, "DEFAULT_DRAWS", 6)
    monkeypatch.setattr("scaling_values.utilities.default_fits", lambda n: 44)
    values, summary = cli.value_to_folder(trees(), tmp_path, sizes=(8, 20), **asked)
    assert (
        (tmp_path / kind).is_dir()
        and not (tmp_path / dict(fits="draws", draws="fits")[kind]).exists()
        and len(values) == asked.get("points", 40)
    )
    assert kind in summary


@pytest.mark.filterwarnings("ignore:.*fewer than one fit")
def test_whole_fits_go_on_after_an_interruption(tmp_path, monkeypatch, light):
    written, write = [], cli.sample_utilities.__globals__["_write"]

    def stops(store, part):
        if len(written) == 2:
            raise KeyboardInterrupt
        write(store, part)
        written.append(len(part.numbers))

    def run(out):
        return cli.value_to_folder(trees(), tmp_path / out, sizes=(8, 20), fits=80)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setitem(cli.sample_utilities.__globals__, "_write", stops)
        run("out")
    assert 0 < sum(written) < 80 and not (tmp_path / "out" / "summary.json").exists()
    kept = {file: file.stat().st_mtime_ns for file in (tmp_path / "out" / "fits").rglob("*.np*")}
    values, summary = run("out")
    assert (
        kept
        and all(file.stat().st_mtime_ns == when for file, when in kept.items())
        and summary["fits"] == 80
    )
    pd.testing.assert_frame_equal(values, run("fresh")[0])
    laws = (
        Membership()
        .fit(sample_utilities(trees(), (8, 20), 80, random_state=0), trees().data.X_train)
        .laws_
    )
    np.testing.assert_array_equal(laws.values()["value"][values.pool_row], values.value)


@pytest.mark.filterwarnings("ignore:.*fewer than one fit")
@pytest.mark.parametrize(
    "step, fits", [(0.5, range(50, 1000)), (1e3, [cli.LEAST_FITS])], ids=["some", "least"]
)
def test_a_time_budget_ends_whole_fits_but_not_before_laws_can_be_made(
    tmp_path, monkeypatch, light, step, fits
):
    clock = itertools.count(0, step)
    monkeypatch.setattr(
        "scaling_values.sampling.time", SimpleNamespace(monotonic=lambda: next(clock))
    )
    _, summary = cli.value_to_folder(trees(), tmp_path, sizes=(8, 20), fits=100_000, seconds=3)
    assert summary["fits"] in fits and summary["run"]["stopped_by"] == (
        "seconds" if step < 1 else "fits"
    )


def test_laws_of_whole_fits_get_half_of_the_time_at_most(monkeypatch):
    """By a clock on which rehearsed laws of 200 fits take half a second, and all that are wanted
    would take a minute."""
    utility, clock = trees(), iter([10.0, 10.5] * 3)
    monkeypatch.setattr(cli, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    fits, left = cli._time_to_fit(60, 5.0, utility, 100_000)
    assert cli.LEAST_FITS <= fits < 800 and 30 - 5.5 < left < 60 - 5.5
    assert cli._time_to_fit(3600, 5.0, utility, 400)[0] == 400
    assert cli._time_to_fit(0.2, 5.0, utility, 400) == (cli.LEAST_FITS, 0.1)


def test_fits_of_nothing_are_one_line(tmp_path):
    constant = DummyClassifier(strategy="constant", constant=0)
    with pytest.raises(
        ValueError,
        match=(
            r"no point has a law: all 40 fits at sizes=\(50, 300\) have the same losses; fit at "
            r"other sizes"
        ),
    ):
        cli.value_to_folder(
            Utility(constant, load_dataset("digits"), "error_rate"),
            tmp_path,
            sizes=(50, 300),
            fits=40,
        )


@pytest.mark.parametrize(
    "arguments, says",
    [
        (
            ["--draws", 5, "--fits", 50],
            "draws=5 belongs to contributions, and --design membership or --fits asks for whole "
            "fits: leave one out",
        ),
        (["--design", "member"], "--design member is unknown; did you mean 'membership'?"),
        (["--fits", -1], "fits=-1"),
        (["--design", "grid", "--fits", 50], "belongs to contributions"),
        (["--fits", 10], "fits=10 are shared by 2 folds: at least 40 are needed"),
    ],
)
def test_run_ends_mixtures_in_one_line(tmp_path, arguments, says):
    houses().drop(columns=["note", "price"]).to_csv(tmp_path / "houses.csv", index=False)
    done = here(
        "sv_run",
        tmp_path / "houses.csv",
        "--target",
        "dear",
        "--learner",
        "sklearn.naive_bayes:GaussianNB",
        "--jobs",
        1,
        *arguments,
        "--out",
        tmp_path / "out",
        ok=False,
    )
    assert (
        done.stderr.startswith("sv_run: ") and done.stderr.count("\n") == 1 and says in done.stderr
    ), done.stderr


def test_the_choice_and_both_prices_are_one_line(tmp_path, monkeypatch):
    houses().drop(columns=["note", "price"]).to_csv(tmp_path / "houses.csv", index=False)
    monkeypatch.setattr(cli, "value_to_folder", lambda *_, **__: ("", ""))
    monkeypatch.setattr(cli, "_describe", lambda *_: "")
    told = here(
        "sv_run",
        tmp_path / "houses.csv",
        "--target",
        "dear",
        "--learner",
        "random_forest",
        "--out",
        tmp_path / "out",
    )
    assert (
        told.stderr.count("\n") == 1
        and told.stderr.startswith("sv_run: ")
        and told.stderr.endswith("(--design uniform)\n")
    ), told.stderr
    assert (
        "RandomForestClassifier() has no fast engine: 300 whole fits, about" in told.stderr
        and "refitting it for 200 draws of 72 points would be 14,600 fits, about" in told.stderr
    )


@pytest.mark.parametrize(
    "check, fits, says",
    [
        (
            dict(pearson=0.5, reliability=0.667, predicted=0.1),
            300,
            "have a reliability of 0.67; one half's laws predict the other half's fits with R² = "
            "0.10 beyond their sizes.",
        ),
        (
            dict(pearson=0.1, reliability=0.2, predicted=-0.1),
            300,
            "no better than their sizes alone",
        ),
        (dict(pearson=None), 300, "make more to know"),
        (dict(pearson=None), 30, "30 fits are too few"),
    ],
)
def test_the_last_line_of_whole_fits(check, fits, says):
    assert says in cli._fits_line(check, fits)


def test_a_table_from_a_spreadsheet_is_read_and_the_command_says_how(
    tmp_path, capsys, no_pictures, one_family
):
    frame = houses(60).drop(columns=["dear", "note"]).assign(HouseId=range(100, 160))
    frame["sold"] = [f"{i % 28 + 1}.{i % 12 + 1}.2020" for i in range(60)]
    frame.to_csv(
        table := tmp_path / "houses.csv", index=False, sep=";", decimal=",", encoding="cp1252"
    )
    cli.sv_run(
        str(table),
        target="price",
        keep="HouseId",
        sep=";",
        sizes=(5, 15),
        draws=10,
        points=6,
        out=str(tmp_path / "out"),
        jobs=1,
    )
    said = capsys.readouterr().out.splitlines()
    assert "columns 'area', 'price': numbers with decimal commas" in said and any(
        line.startswith("column 'sold': dates (day first)") for line in said
    ), said
    again = shlex.split(
        unescape(
            re.search(r"<pre><code>(.*?)</code>", (tmp_path / "out" / "report.html").read_text())[1]
        )
    )
    assert again[again.index("--keep") + 1] == "HouseId" and again[again.index("--sep") + 1] == ";"


@pytest.mark.parametrize(
    "options, says",
    [
        (
            [],
            [
                "column 'HouseId': left out, an identifier: 90 different numbers in 90 rows; "
                "--keep HouseId takes it as a feature",
                "column 'the view': left out, free text; --text 'the view' makes features of it",
            ],
        ),
        (["--keep", "HouseId", "--drop", "the view"], ["as asked for"]),
        (
            ["--header", "yes", "--decimal", ".", "--encoding", "utf-8"],
            ["draws of 72 points: about"],
        ),
    ],
    ids=["none", "keep", "reading"],
)
def test_a_dry_run_says_what_it_would_do_and_writes_nothing(tmp_path, options, says):
    frame = (
        houses()
        .drop(columns=["price", "note"])
        .assign(
            HouseId=range(100, 190),
            **{"the view": [f"a view of the hill and of {i} trees" for i in range(90)]},
        )
    )
    frame.to_csv(tmp_path / "houses.csv", index=False)
    done = here(
        "sv_run",
        tmp_path / "houses.csv",
        "--target",
        "dear",
        *options,
        "--dry-run",
        "--out",
        tmp_path / "out",
    )
    assert (
        not (tmp_path / "out").exists()
        and "Nothing was written" in done.stdout
        and "number with gaps" in done.stdout
        and "keep=" not in done.stdout
    )
    for line in says:
        assert line in done.stdout


@pytest.mark.parametrize(
    "options, says",
    [
        (["--header", "maybe"], "--header='maybe' is unknown"),
        (["--sep", ";;"], "--sep ';;' must be one character"),
        (["--encoding", "klingon"], "--encoding klingon is unknown"),
        (["--keep", "aera"], "--keep='aera' is unknown; did you mean 'area'?"),
        (["--text", "dear"], "--text names 'dear'"),
        (["--decimal", "x"], "is unknown"),
        (["--draws", "-3", "--dry-run"], "--draws=-3 is too few"),
        (["--points", "-3"], "--points=-3 is too few"),
        (["--time", "dear"], "--time names 'dear', which is the column to predict"),
        (["--group", "dear"], "--group names 'dear', which is the column to predict"),
    ],
)
def test_wrong_options_of_reading_end_in_one_line(tmp_path, options, says):
    houses().to_csv(tmp_path / "houses.csv", index=False)
    done = here(
        "sv_run",
        tmp_path / "houses.csv",
        "--target",
        "dear",
        *options,
        "--out",
        tmp_path / "out",
        ok=False,
    )
    assert (
        done.stderr.startswith("sv_run: ") and done.stderr.count("\n") == 1 and says in done.stderr
    ), done.stderr


@pytest.mark.parametrize("sizes", [["50", "5"], ["5", "1000"]])
def test_a_dry_run_refuses_sizes_that_cannot_be_drawn(tmp_path, sizes):
    houses().to_csv(tmp_path / "houses.csv", index=False)
    options = ["--target", "dear", "--sizes", *sizes, "--dry-run", "--out", tmp_path / "out"]
    done = here("sv_run", tmp_path / "houses.csv", *options, ok=False)
    assert f"sizes=({sizes[0]}, {sizes[1]})" in done.stderr


def test_rows_of_a_group_and_of_a_time_stay_on_one_side():
    frame = houses().assign(
        street=np.arange(90) // 5,
        sold=pd.date_range("2020-01-01", periods=90)[::-1].strftime("%d %b %Y"),
    )
    prepared, learner = cli._prepare(frame, "price", drop=["street", "sold"])
    by_street = cli._split(frame, prepared, 4, 0, group="street")
    side = np.full(90, -1)
    side[by_street.pool] = by_street.folds
    assert (pd.Series(side).groupby(frame.street).nunique() == 1).all()
    by_time = cli._split(frame, prepared, 4, 0, time="sold")
    assert list(by_time.test) == list(range(18)) and list(by_time.folds) == sorted(
        by_time.folds, reverse=True
    )
    for wrong, words in (
        (dict(group="street", time="sold"), "exclude each other"),
        (dict(time="note"), "neither a number nor a date"),
    ):
        with pytest.raises(ValueError, match=words):
            cli._split(frame.assign(note="soon"), prepared, 4, 0, **wrong)
    with pytest.raises(ValueError, match="leave --folds 0 out"):
        cli._split(frame, prepared, 0, 0, group="street")


@pytest.mark.parametrize(
    "learner, column, name, value",
    [
        ("logreg", "dear", "C", 0.5),
        ("ridge", "price", "alpha", 2.0),
        ("svm", "dear", "estimator__C", 0.5),
        ("svm", "price", "C", 0.5),
    ],
)
def test_a_penalty_is_set_or_chosen(learner, column, name, value):
    frame, said = houses()[["area", "rooms", column]], []
    utility = _utility_of(frame, column, learner)
    assert (
        cli._with_penalty(learner, utility.learner, "0.5", utility.data, said.append).get_params()[
            name
        ]
        == value
        and not said
    )
    chosen = cli._with_penalty(
        learner, utility.learner, "cv", utility.data, said.append
    ).get_params()[name]
    assert chosen in (10.0 ** np.arange(-3, 4)) and f"={chosen:g} has the least loss" in said[0]
    for C in ("0", "-1", "nan", "inf", "much"):
        with pytest.raises(ValueError, match="must be a number above 0, or cv"):
            cli._with_penalty(learner, utility.learner, C, utility.data, said.append)
    with pytest.raises(ValueError, match="is for logreg, svm, ridge"):
        cli._with_penalty("knn", utility.learner, "1", utility.data, said.append)


def test_every_row_but_the_test_is_valued(tmp_path, no_pictures, one_family):
    houses().drop(columns="dear").to_csv(tmp_path / "houses.csv", index=False)
    done = here(
        "sv_run",
        tmp_path / "houses.csv",
        "--target",
        "price",
        "--C",
        "cv",
        "--group",
        "rooms",
        "--folds",
        2,
        "--sizes",
        5,
        12,
        "--draws",
        8,
        "--jobs",
        1,
        "--out",
        tmp_path / "out",
    )
    values, summary = (
        pd.read_csv(tmp_path / "out" / "values.csv"),
        json.loads((tmp_path / "out" / "summary.json").read_text()),
    )
    assert (
        "--C cv: alpha=" in done.stdout and summary["run"]["folds"] == 2 and summary["draws"] == 16
    )
    assert 50 <= len(values) <= 85 and values.value.notna().all()
    assert "--folds 2" in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.parametrize(
    "words",
    [
        (True, False),
        (1.0, 0.0),
        ("yes", "no"),
        ("Validation", "train"),
        ("val", None),
        ("test", "train"),
    ],
)
def test_a_column_says_who_judges(words):
    said = pd.Series([words[i % 3 > 0] for i in range(30)], name="who")
    judging = cli._judging_column(said)
    assert (
        judging.judges.tolist() == [i % 3 == 0 for i in range(30)]
        and judging.test is None
        and judging.column == "who"
    )


@pytest.mark.parametrize("by_file", [False, True])
def test_rows_that_are_said_to_judge_are_not_valued(tmp_path, by_file, no_pictures, one_family):
    frame = (
        houses()
        .drop(columns=["dear", "note"])
        .assign(who=np.where(np.arange(90) < 30, "val", "train"))
    )
    if by_file:
        frame[:30].drop(columns="who").to_csv(tmp_path / "judges.csv", index=False)
    (frame[30:].drop(columns="who") if by_file else frame).to_csv(
        tmp_path / "houses.csv", index=False
    )
    here(
        "sv_run",
        tmp_path / "houses.csv",
        "--target",
        "price",
        "--validation",
        tmp_path / "judges.csv" if by_file else "who",
        "--sizes",
        5,
        20,
        "--draws",
        8,
        "--jobs",
        1,
        "--out",
        tmp_path / "out",
    )
    values, page = (
        pd.read_csv(tmp_path / "out" / "values.csv"),
        (tmp_path / "out" / "report.html").read_text(),
    )
    assert sorted(values["index"]) == (list(range(60)) if by_file else list(range(30, 90)))
    assert "these 24 validation rows" in page and "--validation" in page
    np.testing.assert_allclose(values.set_index("index").area.sort_index(), frame.area[30:])


@pytest.mark.parametrize(
    "options, says",
    [
        (
            ["--validation", "rom"],
            "neither a column of the table nor a file; did you mean 'rooms'?",
        ),
        (
            ["--validation", "area"],
            "cannot say who judges: write yes and no, or train, val and test",
        ),
        (
            ["--validation", "few.csv"],
            "--validation='few.csv' has no column 'rooms', which the table has",
        ),
        (
            ["--validation", "garden", "--group", "rooms"],
            "--group is for folds: leave --validation out",
        ),
        (["--validation", "garden", "--folds", 3], "--folds=3 and --validation exclude each other"),
        (["--validation", "."], "is not a file"),
        (["--validation", "one"], "says of no row that it judges"),
    ],
)
def test_judges_that_cannot_be_end_in_one_line(tmp_path, monkeypatch, options, says):
    monkeypatch.chdir(tmp_path)
    frame = houses().assign(one="no")
    frame.to_csv("houses.csv", index=False)
    frame[["area", "price"]].to_csv("few.csv", index=False)
    done = here("sv_run", "houses.csv", "--target", "price", *options, "--out", "out", ok=False)
    assert (
        done.stderr.startswith("sv_run: ") and done.stderr.count("\n") == 1 and says in done.stderr
    ), done.stderr
