"""A store under fire: whatever happens to the process, the disk or a file, finished draws are
there, the result is the same to the bit, and damage is named.

`FIRE=40 pytest tests/test_fire.py` runs forty times as many kills, races and draws.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import fire
import numpy as np
import pytest

from scaling_values.contributions import Store, read_manifest

FIRE = int(os.environ.get("FIRE", 1))


def start(*inside: str) -> subprocess.Popen:
    """A process that does tasks of `fire.py`, which it is told line by line."""
    environment = os.environ | dict(OMP_NUM_THREADS="1")
    return subprocess.Popen(
        [*inside, sys.executable, fire.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


def found(process: subprocess.Popen, task: str, store: Path, n: int = 0) -> str:
    """What a task has found."""
    process.stdin.write(f"{task}\t{store}\t{n}\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


@pytest.fixture(scope="module")
def process():
    """One for all tasks, since its start takes longer than most of them."""
    with start() as process:
        yield process


def test_killed_again_and_again(process, tmp_path):
    assert (
        found(process, "killed", tmp_path / "run", 24 * FIRE)
        == f"same after {24 * FIRE} kills, {12 * FIRE} before a rename"
    )


def test_two_writers(process, tmp_path):
    assert found(process, "raced", tmp_path / "run", 3 * FIRE) == f"same in {3 * FIRE} rounds"


def small_disk(folder: Path) -> tuple[str, ...]:
    """What to put before a command so that it has a small disk there; nothing where the system
    does not allow it."""
    folder.mkdir()
    shell = 'mount -t tmpfs -o size=160k tmpfs "$0" && shift 0 && exec "$@"'
    prefix = ("unshare", "-rm", "sh", "-c", shell, str(folder))
    works = (
        shutil.which("unshare")
        and subprocess.run([*prefix, "true"], capture_output=True).returncode == 0
    )
    return prefix if works else ()


@pytest.mark.parametrize("disk", ["a small disk", "short files"])
def test_a_full_disk(disk, process, tmp_path):
    """On a file system of 160 KiB, or, where that cannot be mounted (and always as well), with
    files that may not grow."""
    inside = small_disk(tmp_path / "disk") if disk == "a small disk" else ()
    (tmp_path / "disk").mkdir(exist_ok=True)
    if inside:
        with start(*inside) as process:
            said = found(process, "starved", tmp_path / "disk" / "run")
    else:
        said = found(process, "starved", tmp_path / "disk" / "run")
    assert said.startswith("same: True; "), said
    assert re.search(
        r"(No space left on device|File too large).*finished draws are kept.*"
        r"draws-\d+-\d+-\w+\.npz",
        said,
    ), said


def test_memory_stays_flat(process, tmp_path):
    third, end = map(float, found(process, "remembered", tmp_path / "run", 300 * FIRE).split())
    samples = 300 * FIRE * (15 * 8 + 100) / 2**20  # what it returns
    assert end - third < 4 + 4 * samples, (third, end)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("fire") / "run"
    fire.run(str(path), draws=4)
    return path


def read(store: Path):
    return Store(store, read_manifest(store)).read(4)


def damaged(store: Path, file: Path, content: bytes) -> bool:
    """Whether the damage was named; if not, nothing may have changed."""
    whole, (done, arrays) = file.read_bytes(), read(store)
    try:
        file.write_bytes(content)
        try:
            now, found = read(store)
        except ValueError as error:
            assert str(file) in str(error) and (
                "damaged" in str(error) or "not a store's manifest" in str(error)
            ), error
            return True
        np.testing.assert_array_equal(now, done)
        for name in arrays:
            np.testing.assert_array_equal(found[name], arrays[name])
        return False
    finally:
        file.write_bytes(whole)


def test_a_changed_byte_is_found(store):
    """Every byte of a block, or every third, in turn."""
    block, rng = sorted(store.glob("draws-*.npz"))[0], np.random.default_rng(0)
    content, found = block.read_bytes(), []
    for place in range(0, len(content), 1 if FIRE > 1 else 3):
        changed = bytearray(content)
        changed[place] ^= 1 << int(rng.integers(8))
        found.append(damaged(store, block, bytes(changed)))
    assert all(found)


def test_a_truncated_block_is_found(store):
    block = sorted(store.glob("draws-*.npz"))[1]
    content = block.read_bytes()
    assert all(damaged(store, block, content[:n]) for n in range(0, len(content), 23))


def test_a_changed_manifest_is_found(store):
    file, rng = store / "manifest.json", np.random.default_rng(1)
    content = file.read_bytes()
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1 << int(rng.integers(7))
        damaged(store, file, bytes(changed))


def test_files_of_dead_writers_do_not_stay(store):
    old, young = (
        store / ".draws-00000000-00000001-abc.npz.tmp",
        store / ".draws-00000002-00000003-def.npz.tmp",
    )
    for file in (old, young):
        file.write_bytes(b"half")
    os.utime(old, (0, 0))
    fire.run(str(store), draws=4)
    assert not old.exists() and young.exists()
    young.unlink()
