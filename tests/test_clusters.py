"""Beyond one machine: Dask's and Ray's workers give the bits of one process, dead workers
included; the pool travels once a worker."""

import os
import signal
import threading
import time

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from scaling_values import Utility, sample_contributions, sample_utilities
from scaling_values.engines import LogisticEngine

ARGUMENTS = dict(
    points=range(15), sizes=(10, 60), draws=24, random_state=7, block_size=2, progress=False
)


class Counted(LogisticEngine):
    """Writes down, worker by worker, how often it arrives; slow enough for a worker to be
    killed."""

    def __init__(self, utility, folder, wait=0.0):
        super().__init__(utility)
        self.folder, self.wait = folder, wait

    def __setstate__(self, state):
        self.__dict__.update(state)
        with open(os.path.join(self.folder, str(os.getpid())), "a") as file:
            file.write("x")

    def contributions(self, D, points, seed=0):
        time.sleep(self.wait)
        return super().contributions(D, points, seed)


def same(one, other):
    for name in ("k", "delta", "base_loss", "status"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.fixture(scope="module")
def utility(data):
    return Utility(LogisticRegression(), data)


@pytest.fixture(scope="module")
def reference(utility):
    return sample_contributions(utility, **ARGUMENTS)


@pytest.fixture(scope="module")
def client():
    distributed = pytest.importorskip("distributed", reason="the extra [dask] is not installed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        with distributed.Client(cluster) as client:
            # workers find this file's classes, as they would find a user's package
            client.run(__import__("sys").path.insert, 0, os.path.dirname(__file__))
            yield client


@pytest.mark.parametrize("workers", [1, 2])
def test_dask_gives_the_same_bits(workers, client, utility, reference, tmp_path):
    with joblib.parallel_config("dask", n_jobs=workers):
        same(sample_contributions(utility, **ARGUMENTS, store=tmp_path / "run"), reference)
    assert len(list((tmp_path / "run").glob("draws-*.npz"))) == 12


@pytest.mark.parametrize("workers", [1, 2])
def test_whole_fits_of_dask_are_the_same_bits(workers, client, utility, tmp_path):
    """Half of the fits in one process, the rest and the store's end by Dask's workers; and all of
    them anew."""
    arguments = dict(sizes=(10, 60), random_state=7, block_size=2, progress=False)
    reference = sample_utilities(utility, fits=24, **arguments)
    sample_utilities(utility, fits=12, **arguments, store=tmp_path / "continued")
    with joblib.parallel_config("dask", n_jobs=workers):
        runs = [
            sample_utilities(utility, fits=24, **arguments, store=tmp_path / name)
            for name in ("new", "continued")
        ]
    for run in runs:
        for name in ("members", "losses", "base_loss", "pool_losses", "numbers"):
            np.testing.assert_array_equal(getattr(run, name), getattr(reference, name))
    assert len(list((tmp_path / "new").glob("fits-*.npz"))) == 12


def test_runs_send_their_work_under_names_of_their_own(client, utility, monkeypatch):
    """Dask forgets what a run has sent a moment after its end; what the next has sent must stay."""
    names = []
    scatter = client.scatter

    def noted(*args, **options):
        sent = scatter(*args, **options)
        names.extend(future.key for future in sent)
        return sent

    monkeypatch.setattr(client, "scatter", noted)
    with joblib.parallel_config("dask", n_jobs=2):
        for _ in range(2):
            sample_contributions(utility, **ARGUMENTS)
            sample_utilities(utility, (10, 60), 12, random_state=7, progress=False)
    assert len(set(names)) == len(names) == 4


def test_the_pool_travels_once_a_worker(client, utility, reference, tmp_path):
    with joblib.parallel_config("dask"):
        same(
            sample_contributions(utility, **ARGUMENTS, engine=Counted(utility, str(tmp_path))),
            reference,
        )
    arrived = [
        len(file.read_text()) for file in tmp_path.iterdir() if file.name != str(os.getpid())
    ]
    assert 1 <= len(arrived) <= 2 and max(arrived) <= 2 < 12  # for twelve blocks


def test_a_worker_that_dies_costs_its_block_only(client, utility, reference, tmp_path):
    store, engine = tmp_path / "run", Counted(utility, str(tmp_path), wait=0.1)

    def kill():
        while len(list(store.glob("draws-*.npz"))) < 3:
            time.sleep(0.02)
        os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with joblib.parallel_config("dask"):
        same(sample_contributions(utility, **ARGUMENTS, engine=engine, store=store), reference)
    killer.join()
    client.wait_for_workers(2, timeout=60)


def test_ray_gives_the_same_bits(utility, reference):
    ray = pytest.importorskip("ray", reason="the extra [ray] is not installed")
    from ray.util.joblib import register_ray

    register_ray()
    alone = sample_utilities(utility, (10, 60), 24, random_state=7, progress=False)
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        with joblib.parallel_config("ray", n_jobs=2):
            same(sample_contributions(utility, **ARGUMENTS), reference)
            fits = dict(sizes=(10, 60), fits=24, random_state=7, block_size=2, progress=False)
            np.testing.assert_array_equal(sample_utilities(utility, **fits).losses, alone.losses)
    finally:
        ray.shutdown()


def test_a_backend_that_cannot_stream_works_in_waves(utility, reference):
    with joblib.parallel_config("multiprocessing", n_jobs=2):
        same(sample_contributions(utility, **ARGUMENTS), reference)
