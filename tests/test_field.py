"""OpenDataVal's tasks: noise, the two groups, curves, tests, and what results/field.json says."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_rel

from scaling_values.benchmarks import field as room
from scaling_values.benchmarks.labels import knn_shapley

ROOT = Path(__file__).parent.parent
NEIGHBOURS = 10  # of KNN-Shapley, OpenDataVal's default


@pytest.mark.parametrize("noise", ["labels", "features"])
def test_noise_is_in_its_rows_and_nowhere_else(noise):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(50, 3)), rng.integers(0, 3, 50)
    noisy_X, noisy_y, bad = room.noisy_rows(X, y, noise, 0.2, rng)
    assert bad.sum() == 10
    changed = noisy_y != y if noise == "labels" else (noisy_X != X).all(1)
    np.testing.assert_array_equal(changed, bad)
    same = noisy_X == X if noise == "labels" else noisy_y == y
    assert same.all() and set(noisy_y) <= {0, 1, 2}


def test_the_two_groups_have_the_least_squares():
    rng = np.random.default_rng(1)
    for _ in range(20):
        value = rng.normal(size=8)

        def squares(lower, value=value):
            return sum(part.var() * len(part) for part in (value[lower], value[~lower]))

        splits = [np.array(split) for split in product([True, False], repeat=8)]
        least = min(squares(split) for split in splits if 0 < split.sum() < 8)
        lower = room.lower_group(value)
        assert squares(lower) == pytest.approx(least)
        assert value[lower].max() < value[~lower].min()


def test_curves_begin_with_all_rows_and_their_means_are_of_ten_steps():
    rng = np.random.default_rng(2)
    X, X_test = rng.normal(size=(40, 2)), rng.normal(size=(100, 2))
    y, y_test = (X[:, 0] > 0).astype(int), (X_test[:, 0] > 0).astype(int)
    cell = dict(X_train=X, y_train=y, X_test=X_test, y_test=y_test)
    found = room.accuracy_curves(y + 0.01 * rng.random(40), cell)
    assert found["low_first"][0] == found["high_first"][0]
    # the most valuable half is of one class, which is what a model of it says
    assert found["low_first"][-1] == 100 * y_test.mean()
    assert found["high_first"][-1] == 100 * (1 - y_test.mean())
    assert found["remove_worst"] == pytest.approx(np.mean(found["low_first"][1:11]))
    assert found["add_worst"] == pytest.approx(np.mean(found["high_first"][10:]))


# What is stored


@pytest.fixture(scope="module")
def stored():
    return json.loads((ROOT / "results" / "field.json").read_text())


def numbers(stored: dict, budget: str, task: str) -> dict[str, dict[str, list[float]]]:
    """Method -> data set -> numbers by seed."""
    found: dict[str, dict[str, list[float]]] = {}
    for line in stored["cells"]:
        if (line["budget"], line["task"]) == (budget, task):
            found.setdefault(line["method"], {})[line["data"]] = line["values"]
    return found


def test_tables_follow_from_the_stored_numbers(stored):
    pairs = pd.DataFrame(stored["pairs"])
    for (budget, task, own), part in pairs.groupby(["budget", "task", "method"]):
        by_method, sign = numbers(stored, budget, task), room.TASKS[task][2]

        def values(method, by_method=by_method):
            return np.concatenate([by_method[method][name] for name in by_method[own]])

        tests = [ttest_rel(values(own), values(rival)) for rival in part.rival]
        p = room.holm(np.array([test.pvalue for test in tests]))
        np.testing.assert_allclose(p, part.p, rtol=0.02, atol=1e-6)
        for line, test in zip(part.itertuples(), tests):
            better = sign * test.statistic > 0
            word = "tie" if line.p >= room.LEVEL else "win" if better else "loss"
            assert line.result == word
        rows = [
            line
            for line in stored["rows"]
            if (line["budget"], line["task"], line["method"]) == (budget, task, own)
        ]
        counts = part.result.value_counts()
        for word, name in (("win", "wins"), ("tie", "ties"), ("loss", "losses")):
            assert rows[0][name] == counts.get(word, 0)


def test_means_are_those_of_the_stored_numbers(stored):
    for line in stored["means"]:
        by_data = numbers(stored, line["budget"], line["task"])[line["method"]]
        values = np.concatenate(list(by_data.values()))
        assert line["pairs"] == len(values)
        np.testing.assert_allclose(line["mean"], values.mean(), rtol=1e-3)
        np.testing.assert_allclose(line["se"], values.std(ddof=1) / len(values) ** 0.5, rtol=1e-2)


@pytest.mark.parametrize("noise", ["labels", "features"])
def test_a_cell_is_computed_again(stored, noise):
    cell = room._arrays(room._Cell("breast_cancer", noise, 0), room.ROWS)
    training, judges = (cell["X_train"], cell["y_train"]), (cell["X_val"], cell["y_val"])
    values = {
        "random": room._random(cell),
        "KNN-Shapley": knn_shapley(*training, *judges, k=NEIGHBOURS),
        "label suspects": room._suspects(cell),
    }
    for method, value in values.items():
        scores = room.detection_scores(value, cell["bad_train"])
        if noise == "labels":
            scores |= room.accuracy_curves(value, cell)
        for task, (own_noise, measure, _) in room.TASKS.items():
            if own_noise == noise:
                there = numbers(stored, "fits", task)[method]["breast_cancer"][0]
                np.testing.assert_allclose(scores[measure], there, rtol=1e-3, err_msg=task)
