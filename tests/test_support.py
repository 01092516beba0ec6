"""Files, sets of files, progress and ends of commands, as the system may have them:
killed, closed, redirected."""

import io
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import scaling_values.support as support
from scaling_values.support import (
    Progress,
    one_line_errors,
    progress_bar,
    sweep,
    whole_file,
    whole_set,
)

NAMES = ["summary.json", "values.csv", "report.html"]
posix = pytest.mark.skipif(os.name != "posix", reason="no such thing there")


def write_set(folder: Path, content: str) -> None:
    with whole_set(folder, NAMES, ["draws"]) as new:
        for name in NAMES:
            with whole_file(new / name) as file:
                file.write_text(content)


def hidden(folder: Path) -> list[str]:
    return [file.name for file in folder.rglob(".*")]


@pytest.fixture
def clock(monkeypatch, capsys) -> SimpleNamespace:
    """A clock that stands until it is set, and what was written to a stream that is no terminal."""
    now = SimpleNamespace(seconds=0.0, lines=lambda: capsys.readouterr().err.splitlines())
    monkeypatch.setattr(support, "time", SimpleNamespace(monotonic=lambda: now.seconds))
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    return now


def test_without_a_terminal_lines_come_now_and_then(clock):
    with progress_bar(1000, "contributions", seconds=500) as bar:
        for _ in range(1000):
            clock.seconds += 0.5
            bar.update()
    lines = clock.lines()
    assert lines[0] == "contributions: 0 of 1,000 draws, about 8.3 min"
    assert lines[1] == "contributions: 4 of 1,000 draws, 2 s so far, about 8.3 min left"
    assert [re.search(r"([\d,]+) of", line)[1] for line in lines] == [
        "0",
        "4",
        "20",
        "60",
        "120",
        "240",
        "480",
        "960",
        "1,000",
    ]
    assert lines[-1] == "contributions: 1,000 of 1,000 draws, in 8.3 min"


@pytest.mark.parametrize("how", ["short", "show=False", "TQDM_DISABLE", "worker"])
def test_where_it_is_not_wanted_nothing_is_said(clock, monkeypatch, how):
    if how == "TQDM_DISABLE":
        monkeypatch.setenv("TQDM_DISABLE", "1")
    if how == "worker":
        monkeypatch.setattr(
            "multiprocessing.current_process", lambda: SimpleNamespace(name="LokyProcess-1")
        )
    with progress_bar(
        10, "contributions", seconds=1 if how == "short" else 100, show=how != "show=False"
    ) as bar:
        for _ in range(10):
            clock.seconds += 0.1 if how == "short" else 100
            bar.update()
    assert clock.lines() == [] and bar.n == 10


def test_bars_within_bars_are_silent(clock):
    with pytest.raises(RuntimeError), progress_bar(3, "outer", unit="cell", seconds=60) as outer:
        with progress_bar(10, "inner", seconds=60) as inner:
            inner.update(5)
        outer.update()
        raise RuntimeError
    assert (
        clock.lines() == ["outer: 0 of 3 cells, about 60 s", "outer: 1 of 3 cells, in 0 s"]
        and Progress.outer is None
    )


def test_continued_work_is_estimated_by_what_is_new(clock):
    with progress_bar(100, "contributions", initial=90) as bar:
        clock.seconds = 10
        bar.update()
    assert clock.lines()[0] == "contributions: 91 of 100 draws, 10 s so far, about 1.5 min left"


def test_importing_says_nothing():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import scaling_values.support"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and done.stderr == "", done.stderr


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_a_file_keeps_its_rights_and_a_link_stays(tmp_path, mode):
    (there := tmp_path / "there").mkdir()
    (there / "file").write_text("old")
    (there / "file").chmod(mode)
    (tmp_path / "link").symlink_to(there / "file")
    with whole_file(tmp_path / "link") as file:
        file.write_text("new")
    assert (tmp_path / "link").is_symlink() and (there / "file").read_text() == "new"
    assert (there / "file").stat().st_mode & 0o7777 == mode and not hidden(tmp_path)


@posix
def test_drafts_of_dead_writers_are_swept_and_those_of_the_living_stay(tmp_path):
    dead, folder, other = (
        tmp_path / ".values-abcd1234.csv.tmp",
        tmp_path / ".new-abcd1234.tmp",
        tmp_path / ".values-mine.csv.tmp",
    )
    for file in (dead, other):
        file.write_text("half")
    folder.mkdir()
    with whole_file(tmp_path / "values.csv") as living:
        sweep(tmp_path)
        assert living.exists() and not dead.exists() and not folder.exists() and other.exists()
        with whole_file(tmp_path / "values.csv") as file:
            file.write_text("second")
        living.write_text("first")
    assert (tmp_path / "values.csv").read_text() == "first" and hidden(tmp_path) == [other.name]


def killed_at(step: int, folder: Path, content: str) -> None:
    """Writes a set in a process that is killed before its rename of that number."""
    if (process := os.fork()) == 0:
        count = [0]

        def kill(real):
            def rename(*arguments, **options):
                count[0] += 1
                if count[0] == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*arguments, **options)

            return rename

        for name in ("replace", "rename", "unlink", "link"):
            setattr(os, name, kill(getattr(os, name)))
        support._exchange = kill(support._exchange)
        try:
            write_set(folder, content)
        finally:
            os._exit(0)
    os.waitpid(process, 0)


@posix
@pytest.mark.parametrize("place", ["its own", "shared"])
def test_a_killed_set_is_never_a_mixture(tmp_path, place):
    states = set()
    for step in range(1, 19):
        (folder := tmp_path / f"{step}" / "run" / "draws").mkdir(parents=True)
        (folder / "block").write_text("draws")
        folder = folder.parent
        if place == "shared":
            (folder / "a user's").write_text("mine")
        write_set(folder, "old")
        killed_at(step, folder, "new")
        found = [
            (folder / name).read_text() if (folder / name).exists() else "gone" for name in NAMES
        ]
        states.add(tuple(found))
        assert len(set(found) - {"gone"}) <= 1 and (place == "shared" or "gone" not in found), found
        write_set(folder, "next")
        assert [(folder / name).read_text() for name in NAMES] == ["next"] * 3 and not hidden(
            folder.parent
        )
        assert (folder / "draws" / "block").read_text() == "draws" and [
            file.name for file in folder.parent.iterdir()
        ] == ["run"]
    assert {("old",) * 3, ("new",) * 3} <= states


@posix
def test_a_set_keeps_rights_links_and_what_is_beside(tmp_path):
    folder = tmp_path / "run"
    write_set(folder, "old")
    folder.chmod(0o2750)
    (folder / "values.csv").chmod(0o600)
    write_set(folder, "new")
    assert (
        folder.stat().st_mode & 0o7777 == 0o2750
        and (folder / "values.csv").stat().st_mode & 0o777 == 0o600
    )
    (folder / "report.html").rename(tmp_path / "elsewhere.html")
    (folder / "report.html").symlink_to(tmp_path / "elsewhere.html")
    write_set(folder, "newer")
    assert (folder / "report.html").is_symlink() and (
        tmp_path / "elsewhere.html"
    ).read_text() == "newer"
    with pytest.raises(OSError, match="disk full"), whole_set(folder, NAMES) as new:
        (new / "values.csv").write_text("half")
        raise OSError("disk full")
    assert {(folder / name).read_text() for name in NAMES} == {"newer"} and not hidden(tmp_path)


@posix
def test_the_folder_one_works_in_stays_the_same(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = tmp_path.stat().st_ino
    for content in ("old", "new"):
        write_set(Path("."), content)
    assert (
        tmp_path.stat().st_ino == before
        and {Path(name).read_text() for name in NAMES} == {"new"}
        and not hidden(tmp_path)
    )


@posix
@pytest.mark.parametrize("name, code", [("SIGTERM", 143), ("SIGHUP", 129), ("SIGINT", 130)])
def test_signals_end_a_command_in_one_line(name, code, capsys):
    number = getattr(signal, name)
    usual = (
        signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL
    )  # the tests themselves may run where signals are ignored
    before = signal.signal(number, usual)
    try:
        with pytest.raises(SystemExit) as end, one_line_errors("sv_run"):
            os.kill(os.getpid(), number)
            for _ in range(10**7):
                pass
        assert end.value.code == code and signal.getsignal(number) == usual
    finally:
        signal.signal(number, before)
    said = capsys.readouterr().err
    assert (
        said.startswith(
            f"sv_run: {'interrupted' if name == 'SIGINT' else 'ended by ' + name}; what is "
            "finished is kept"
        )
        and said.count("\n") == 1
    )


@posix
def test_what_nohup_ignores_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with one_line_errors("sv_run"):
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437"])
def test_a_terminal_of_few_characters_gets_others(monkeypatch, encoding):
    raw = io.BytesIO()
    with monkeypatch.context() as patched:
        patched.setattr("sys.stdout", stream := io.TextIOWrapper(raw, encoding=encoding))
        with one_line_errors("sv_run"):
            print("R² of 東京 \udcff")
        stream.flush()
        assert stream.errors == "strict"
    assert raw.getvalue().decode(encoding).startswith("R") and b"??" in raw.getvalue()
