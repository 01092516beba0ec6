"""Files from anywhere, to anywhere: none is ever unpickled, any name will do, and where nothing
can be written one line says so."""

import ast
import io
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_cli import houses
from test_laws import make_laws

import scaling_values.cli as cli
from scaling_values import Contributions, Dataset, ScalingLaws, load_dataset, write_report
from scaling_values.contributions import Store, read_manifest
from scaling_values.embedding import embed_text
from scaling_values.experiments.evidence import Evidence
from scaling_values.support import read_arrays, save_report, whole_file
from scaling_values.tables import read_table

LIBRARY = Path(__file__).parent.parent / "scaling_values"
OPENED = []  # what a pickle that was loaded has put there


def spring(word: str) -> None:
    OPENED.append(word)


class Trap:
    """What a pickle could do: whoever loads it runs this."""

    def __reduce__(self):
        return spring, (
            "loaded",
        )  # a function that is found by name: a bound method would bring a list of its own


def traps() -> Iterator[tuple[str, bytes]]:
    """Pickles in all the clothes in which NumPy, pandas and torch would load them."""
    yield "a pickle", pickle.dumps(Trap())
    np.save(plain := io.BytesIO(), np.array([Trap()], object), allow_pickle=True)
    yield "an array of objects", plain.getvalue()
    names = ("x", "y", "k", "delta", "points", "meta", "draws", "sizes", "mean")
    np.savez(several := io.BytesIO(), **{name: np.array([Trap()], object) for name in names})
    yield "arrays of objects", several.getvalue()
    pd.DataFrame({"a": [1]}).to_pickle(frame := io.BytesIO(), compression=None)
    yield "a pickled table", frame.getvalue() + pickle.dumps(Trap())


def embed(path: Path) -> None:
    def encode(texts):
        return np.ones((len(texts), 2))

    embed_text(["a text"], encode, store=path.parent / "blocks")
    shutil.copy(path, next((path.parent / "blocks").glob("block-*.npy")))
    embed_text(["a text"], encode, store=path.parent / "blocks")


def store(path: Path) -> None:
    made = Store(path.parent / "run", dict(seed=0))
    shutil.copy(path, path.parent / "run" / "draws-00000000-00000000.npz")
    made.read(1)


def manifest(path: Path) -> None:
    shutil.copy(path, path.parent / "manifest.json")
    read_manifest(path.parent)


def dataset(name: str, file: str) -> Callable[[Path], None]:
    def load(path: Path) -> None:
        shutil.copy(path, path.parent / file)
        load_dataset(name, path.parent)

    return load


LOADS = {
    "contributions": ("npz", Contributions.load),
    "laws": ("parquet", ScalingLaws.load),
    "a CSV file": ("csv", read_table),
    "a Parquet file": ("parquet", read_table),
    "a packed table": ("csv.gz", read_table),
    "arrays": ("npz", read_arrays),
    "evidence": ("npz", Evidence.load),
    "a store's block": ("npz", store),
    "a manifest": ("npz", manifest),
    "embeddings": ("npy", embed),
    "a dataset of arrays": ("bin", dataset("bbc", "bbc_minilm.npz")),
    "a dataset's table": ("bin", dataset("magic", "magic.parquet")),
    "a user's table": ("parquet", lambda path: Dataset.from_frame(path, "a")),
}


@pytest.mark.parametrize("load", LOADS)
@pytest.mark.parametrize(
    "trap, content", [*traps()], ids=lambda value: value if isinstance(value, str) else ""
)
def test_no_pickle_is_ever_loaded(trap, content, load, tmp_path):
    suffix, function = LOADS[load]
    (path := tmp_path / f"a trap.{suffix}").write_bytes(content)
    with pytest.raises(ValueError) as error:
        function(path)
    assert not OPENED
    assert str(tmp_path) in str(error.value), error.value


def test_the_traps_would_work():
    np.load(io.BytesIO(dict(traps())["arrays of objects"]), allow_pickle=True)["x"]
    pickle.loads(dict(traps())["a pickle"])
    assert OPENED == ["loaded", "loaded"]
    OPENED.clear()


def test_nothing_in_the_library_could_load_one():
    for file in LIBRARY.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [name.name for name in node.names] + [getattr(node, "module", "") or ""]
                assert not {"pickle", "cloudpickle", "dill", "shelve", "marshal"} & {
                    part for name in names for part in name.split(".")
                }, f"{file.name} imports {names}"
            if not isinstance(node, ast.Call):
                continue
            called, options = (
                ast.unparse(node.func),
                {word.arg: ast.unparse(word.value) for word in node.keywords},
            )
            assert called not in (
                "joblib.load",
                "eval",
                "exec",
                "pd.read_hdf",
            ) and not called.endswith("read_pickle"), f"{file.name}:{node.lineno} calls {called}"
            if called == "np.load":
                assert options.get("allow_pickle", "False") == "False", f"{file.name}:{node.lineno}"
            if called == "torch.load":
                assert options.get("weights_only") == "True", f"{file.name}:{node.lineno}"


NAMES = [
    "with spaces",
    "東京 🙂",
    "Ålesund",
    "$x & <y>'\"",
    "%s{0}",
    "-dash",
    "ends in a dot.",
    "n" * 180,
]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_will_do(name, tmp_path, capsys, request, one_family):
    if "$" not in name:  # which matplotlib would read as mathematics
        request.getfixturevalue("no_pictures")
    folder = tmp_path / name
    folder.mkdir()
    houses(60).drop(columns="price").to_csv(table := folder / f"{name}.csv", index=False)
    cli.sv_run(str(table), target="dear", draws=12, points=4, jobs=1, out=str(folder / "out"))
    assert str(folder / "out" / "report.html") in capsys.readouterr().out
    laws, again = ScalingLaws.load(folder / "out" / "laws.parquet"), folder / f"{name}.parquet"
    laws.save(again)
    np.testing.assert_array_equal(ScalingLaws.load(again).c, laws.c)
    with whole_file(folder / name) as file:
        file.write_text("here")
    assert (folder / name).read_text() == "here" and sorted(
        p.name for p in folder.iterdir()
    ) == sorted([name, "out", f"{name}.csv", f"{name}.parquet"])


WRITES = {
    "laws": lambda path: make_laws(3).save(path / "laws.parquet"),
    "contributions": lambda path: Contributions(
        k=np.array([1, 2]), delta=np.ones((2, 1)), points=np.array([0])
    ).save(path / "samples.npz"),
    "a report": lambda path: save_report({}, path / "report.json", "a command"),
    "embeddings": lambda path: embed_text(
        ["a text"], lambda texts: np.ones((len(texts), 2)), store=path / "blocks"
    ),
    "a store": lambda path: Store(path / "run", dict(seed=0)),
}


@pytest.mark.parametrize("what", WRITES)
def test_a_file_where_a_folder_should_be_is_named(what, tmp_path):
    (tmp_path / "occupied").write_text("a file")
    with pytest.raises((OSError, ValueError), match="occupied"):
        WRITES[what](tmp_path / "occupied")
    assert (tmp_path / "occupied").read_text() == "a file"


def read_only(folder: Path) -> tuple[str, ...]:
    """What to put before a command for which the folder is to be read-only, also for root;
    nothing where the system does not allow it."""
    shell = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
    prefix = ("unshare", "-rm", "sh", "-c", shell, str(folder))
    works = (
        shutil.which("unshare")
        and subprocess.run([*prefix, "true"], capture_output=True).returncode == 0
    )
    return prefix if works else ()


EACH = """
import contextlib, io, json, sys
from scaling_values.cli import sv_demo, sv_run
from scaling_values.experiments.reproduce import sv_reproduce

done = {}
for name, call in json.loads(sys.argv[1]).items():
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try: code = eval(call) or 0
        except SystemExit as end: code = end.code
    done[name] = dict(code=code, out=out.getvalue(), err=err.getvalue())
print(json.dumps(done))
"""


def each(calls: dict[str, str], folder: Path, inside: tuple[str, ...] = ()) -> dict[str, dict]:
    """How commands end in a process of their own, one after another: the message or 0, and what
    they print."""
    done = subprocess.run(
        [*inside, sys.executable, "-c", EACH, json.dumps(calls)],
        capture_output=True,
        text=True,
        cwd=folder,
        env=os.environ | dict(PYTHONPATH=str(LIBRARY.parent)),
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def calls(table: Path, out: Path) -> dict[str, str]:
    return dict(
        sv_run=f"sv_run({str(table)!r}, target='dear', draws=12, points=4, jobs=1, "
        f"out={str(out)!r})",
        sv_demo=f"sv_demo(draws=12, points=4, jobs=1, out={str(out)!r})",
        sv_reproduce=f"sv_reproduce(['table1', '--out', {str(out)!r}])",
    )


def check_refused(found: dict[str, dict], place: Path) -> None:
    for name, end in found.items():
        assert all(
            "--task overrules" in line or "left out" in line for line in end["out"].splitlines()
        ), end  # how the table was read, and no work
        assert (
            end["code"].startswith(f"{name}: ")
            and "\n" not in end["code"]
            and str(place) in end["code"]
            and not end["err"]
        ), end


def test_where_nothing_can_be_written_a_command_says_so_before_any_work(tmp_path):
    """And a table may lie there."""
    (place := tmp_path / "read only").mkdir()
    houses(60).drop(columns="price").to_csv(table := place / "houses.csv", index=False)
    inside = read_only(place)
    if not inside:
        if os.geteuid() == 0:
            pytest.skip("no mount name spaces here, and permissions do not bind root")
        place.chmod(0o555)
    found = each(
        calls(table, place / "out") | dict(elsewhere=calls(table, tmp_path / "out")["sv_run"]),
        tmp_path,
        inside,
    )
    there = found.pop("elsewhere")
    check_refused(found, place)
    assert there["code"] == 0 and (tmp_path / "out" / "report.html").is_file(), there
    assert [file.name for file in place.iterdir()] == ["houses.csv"]


def test_a_file_where_results_should_be_written_is_named_before_any_work(tmp_path, capsys):
    houses(60).drop(columns="price").to_csv(table := tmp_path / "houses.csv", index=False)
    (place := tmp_path / "a file").write_text("a file")
    with pytest.raises(SystemExit) as end:
        cli.sv_run(str(table), target="dear", draws=12, points=4, jobs=1, out=str(place))
    said = capsys.readouterr()
    check_refused(dict(sv_run=dict(code=end.value.code, out=said.out, err=said.err)), place)


def test_a_report_of_nowhere_is_named(tmp_path):
    (tmp_path / "occupied").write_text("")
    laws = make_laws(12)
    rng = np.random.default_rng(0)
    k = rng.integers(100, 1000, 30)
    samples = Contributions(
        k=k, delta=laws.contribution(k).T * rng.normal(1, 0.1, (30, 12)), points=laws.points
    )
    with pytest.raises(OSError, match="occupied"):
        write_report(tmp_path / "occupied" / "report.html", laws, samples)


def test_files_of_others_are_never_overwritten(tmp_path):
    from sklearn.linear_model import LogisticRegression

    from scaling_values import Utility, load_dataset
    from scaling_values.cli import value_to_folder

    (tmp_path / "values.csv").write_text("mine")
    with pytest.raises(
        ValueError, match="holds values.csv, which no earlier run has written there"
    ):
        value_to_folder(
            Utility(LogisticRegression(), load_dataset("digits")),
            tmp_path,
            points=3,
            sizes=(50, 100),
            draws=4,
        )
    assert (tmp_path / "values.csv").read_text() == "mine" and [
        file.name for file in tmp_path.iterdir()
    ] == ["values.csv"]


def test_formulas_and_escape_codes_in_labels_do_nothing():
    from scaling_values.cli import _for_spreadsheets, _printable

    labels = ["=1+1", "+cmd", "-x", "@SUM(1)", "\tx", "-5", "1e3", "plain", "\x1b[2Jred"]
    frame = pd.DataFrame(
        dict(label=labels, value=np.arange(9.0)), index=pd.Index(labels, name="index")
    )
    safe = _for_spreadsheets(frame)
    assert (
        safe["label"].tolist()
        == safe.index.tolist()
        == ["'=1+1", "'+cmd", "'-x", "'@SUM(1)", "'\tx", "-5", "1e3", "plain", "\x1b[2Jred"]
    )
    assert (safe["value"] == frame["value"].to_numpy()).all() and safe.index.name == "index"
    assert "\x1b" not in _printable(frame).to_string()
    numbers = pd.DataFrame(dict(value=[1.0, -2.0]), index=pd.Index([3, -4], name="index"))
    pd.testing.assert_frame_equal(_for_spreadsheets(numbers), numbers)


@pytest.mark.parametrize(
    "label",
    [
        r"$\frac$",
        "$x_$",
        "cost $5 to $10",
        r"$\notacommand{1}$",
        "line\nbreak",
        "x" * 5000,
        "a\\$b$c$",
    ],
)
def test_labels_are_no_mathematics(label):
    from matplotlib.figure import Figure

    from scaling_values import plot_values

    figure = Figure()
    plot_values(pd.Series([1.0, -1.0], index=[label, "other"], name=label), ax=figure.subplots())
    figure.draw_without_rendering()
