"""Values that go to `sv_bench field`: whose they are, which way they point, and what they may
cost."""

import json

import numpy as np
import pytest

pytest.importorskip("pydvl")
pytest.importorskip("opendataval")

import field_values
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

FITS = 60


@pytest.fixture(scope="module")
def cell():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 3))
    y = (X @ np.arange(1, 4) + rng.normal(size=120) > 0).astype(int)
    y[:8] = 1 - y[:8]
    parts = dict(train=slice(0, 50), val=slice(50, 90), test=slice(90, 120))
    arrays = {
        f"{kind}_{name}": {"X": X, "y": y}[kind][rows]
        for name, rows in parts.items()
        for kind in "Xy"
    }
    return arrays | dict(seed=0, fits=FITS, seconds=0.1, checked=False)


def test_each_method_has_values_within_its_budget(cell, tmp_path):
    path = tmp_path / "cell.npz"
    np.savez(path, **cell)
    field_values.main([str(path)])
    with np.load(tmp_path / "cell.peers.npz") as found:
        values = {name: found[name] for name in found.files}
    costs = json.loads(str(values.pop("meta")))["costs"]
    assert not [line["error"] for line in costs.values() if "error" in line]
    assert {name.split("|")[0] for name in values} >= {"LAVA", "influence", "Beta Shapley"}
    assert all(value.shape == (50,) and np.isfinite(value).all() for value in values.values())
    for name, cost in costs.items():
        if name.endswith("|fits"):
            # a permutation of fifty rows is finished, a piece of fits too
            assert FITS <= cost["fits"] < FITS + 50
    before = path.with_suffix(".peers.npz").stat().st_mtime_ns
    field_values.main([str(path)])
    assert path.with_suffix(".peers.npz").stat().st_mtime_ns == before


def test_influence_is_high_for_rows_whose_absence_harms(cell):
    X, y = cell["X_train"], cell["y_train"]

    def loss(rows):
        model = LogisticRegression().fit(X[rows], y[rows])
        return log_loss(cell["y_val"], model.predict_proba(cell["X_val"]))

    everybody = np.arange(len(y))
    harm = [loss(np.delete(everybody, row)) - loss(everybody) for row in everybody]
    assert np.corrcoef(field_values.influence(cell), harm)[0, 1] > 0.95
