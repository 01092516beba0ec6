"""Runs that are killed, starved and raced. The process reads lines `TASK STORE N`, does each in a
fork of its own, and prints a line about what it found."""

import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, os.path.dirname(__file__))

import numpy as np
from conftest import make_arrays
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from scaling_values import Contributions, Dataset, Utility, sample_contributions
from scaling_values.engines import LogisticEngine

POINTS, DRAWS = range(15), 60
# Forked processes share tqdm's lock: one that is killed while it holds the lock would stop all
# others.
tqdm.set_lock(threading.RLock())
tqdm.monitor_interval = 0


class Slow(LogisticEngine):
    """The learner's engine, slow enough to be killed in the middle of a draw. How slow stands in
    the environment: a setting would be part of what a store compares."""

    def contributions(self, D, points, seed=0):
        time.sleep(float(os.environ.get("SLOW", 0)))
        return super().contributions(D, points, seed)


def run(
    store: str | None, wait: float = 0.0, block_size: int = 2, draws: int = DRAWS
) -> Contributions:
    data = Dataset.from_arrays(
        *make_arrays(120), *make_arrays(60, seed=1), *make_arrays(60, seed=2), name="small"
    )
    engine = Slow(Utility(LogisticRegression(), data))
    os.environ["SLOW"] = str(wait)
    return sample_contributions(
        engine.utility,
        POINTS,
        (10, 60),
        draws,
        random_state=7,
        store=store,
        engine=engine,
        block_size=block_size,
        progress=False,
    )


def same(samples: Contributions, other: Contributions) -> bool:
    return all(
        np.array_equal(getattr(samples, name), getattr(other, name), equal_nan=name == "delta")
        for name in ("k", "delta", "base_loss", "status")
    )


def blocks(store: str) -> dict[str, int]:
    return {file.name: file.stat().st_mtime_ns for file in Path(store).glob("draws-*.npz")}


def child(work) -> int:
    """A forked process that does the work; its number."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
            os._exit(0)
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
    return pid


def killed(store: str, kills: int) -> str:
    """Kill after kill: at random moments, and in every second run between a block's writing and its
    renaming."""
    rng, before, windows = random.Random(0), {}, 0
    reference = run(None)
    for turn in range(kills):
        told, tell = os.pipe()

        def work():
            def never(*args):
                os.write(tell, b"x")
                signal.pause()

            if turn % 2:
                os.replace = never
            run(store, wait=0.01, block_size=1)  # slow, so that most kills find it at work
            signal.pause()  # whoever was quicker waits to be killed

        pid = child(work)
        if turn % 2:
            os.read(told, 1)
            windows += 1
        else:
            time.sleep(rng.uniform(0.0, 0.12))
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        if not os.WIFSIGNALED(status):
            return f"run {turn} ended before it was killed"
        os.close(told), os.close(tell)
        now = blocks(store)
        if not before.items() <= now.items():
            return f"a finished block was lost or changed by kill {turn}"
        before = now
        if len(before) > DRAWS // 2:  # start again, or there is nothing left to kill
            if not same(run(store), reference):
                return f"after kill {turn} the result was another"
            for file in Path(store).iterdir():
                file.unlink()
            before = {}
    return (
        f"same after {kills} kills, {windows} before a rename"
        if same(run(store), reference)
        else "another result"
    )


def starved(store: str, _: int) -> str:
    """A disk with room for some blocks; then it has room again."""
    filler = Path(store).parent / "filler"
    if os.path.ismount(Path(store).parent):
        filler.write_bytes(b"0" * (100 << 10))
    else:  # no file may be longer than a few hundred bytes after the first ten blocks
        import resource

        run(store, draws=20)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600, resource.RLIM_INFINITY))
    try:
        run(store)
        return "it did not run out"
    except OSError as error:
        message = str(error)
    if not os.path.ismount(Path(store).parent):
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    filler.unlink(missing_ok=True)
    before = blocks(store)
    samples = run(store)
    kept = before.items() <= blocks(store).items() and 0 < len(before) < DRAWS // 2
    return f"same: {kept and same(samples, run(None))}; {len(before)} blocks kept; {message}"


def raced(store: str, rounds: int) -> str:
    """Two writers on one store, with blocks of different sizes."""
    reference, draws = run(None, draws=DRAWS // 2), DRAWS // 2
    for turn in range(rounds):
        there = f"{store}-{turn}"

        def write(block_size):
            def work():
                if not same(run(there, wait=0.002, block_size=block_size, draws=draws), reference):
                    os._exit(2)

            return work

        pids = [child(write(size)) for size in (1, 3)]
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
        if codes != [0, 0] or not same(run(there, draws=draws), reference):
            return f"round {turn}: exit codes {codes}"
    return f"same in {rounds} rounds"


def remembered(store: str, draws: int) -> str:
    """Resident memory after a third of the draws and at the end, in MiB."""

    def resident():
        return (
            int(Path("/proc/self/statm").read_text().split()[1])
            * os.sysconf("SC_PAGE_SIZE")
            / 2**20
        )

    run(store, draws=draws // 3, block_size=16)
    third = resident()
    run(store, draws=draws, block_size=16)
    return f"{third:.1f} {resident():.1f}"


if __name__ == "__main__":
    tasks = dict(killed=killed, starved=starved, raced=raced, remembered=remembered)
    for line in sys.stdin:
        task, store, n = line.rstrip("\n").split("\t")
        code = os.waitstatus_to_exitcode(
            os.waitpid(child(lambda: print(tasks[task](store, int(n)), flush=True)), 0)[1]
        )
        if code:
            print(f"the task ended with {code}", flush=True)
