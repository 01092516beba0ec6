"""Stored results are what today's code and their seeds give: a small part of each file, anew."""

import json
import os
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

from scaling_values import PowerSeries, Utility, load_dataset, sample_contributions
from scaling_values.benchmarks import labels, likelihood, membership, simulated, tables, unseen
from scaling_values.estimators import Amortized, LogLinear
from scaling_values.experiments import evidence, held_out, laws, learners
from scaling_values.experiments.boundary import boundary_numbers, signed_distances
from scaling_values.experiments.coverage import RELIABLE, Cell, coverage, draws_needed, verdict
from scaling_values.experiments.estimation import score_by_size, scores
from scaling_values.experiments.evidence import read_evidence
from scaling_values.experiments.valuation import bank, choose, reliability
from scaling_values.valuation import monte_carlo

RESULTS = Path(__file__).parent.parent / "results"
DATA = Path(os.environ.get("SCALING_VALUES_DATA") or Path(__file__).parents[2] / "shared" / "data")
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="needs the data files: set SCALING_VALUES_DATA to their folder"
)


@lru_cache
def stored(name: str, part: str = "rows") -> pd.DataFrame:
    """The rows of a stored report."""
    return pd.DataFrame(json.loads((RESULTS / f"{name}.json").read_text())[part])


def one(frame: pd.DataFrame, **where) -> pd.Series:
    """The only row that has these values."""
    rows = frame[np.logical_and.reduce([frame[name] == value for name, value in where.items()])]
    assert len(rows) == 1, f"{len(rows)} rows have {where}"
    return rows.iloc[0]


@needs_data
def test_laws(monkeypatch):
    """Monte Carlo on twenty shared draws, three times, against the truth in the evidence."""
    monkeypatch.chdir(RESULTS.parent)  # where the evidence is looked for
    plan = laws.LAWS_DATA["magic"]._replace(draws=60, beyond={})
    samples, truth = laws.samples_and_truth("magic", plan, None)
    row = one(
        stored("laws"),
        dataset="magic",
        m=20,
        regime="shared",
        method="monte carlo",
        what="shapley",
    )
    scores = []
    for turn in range(laws.REPEATS):
        few = samples.take(draws=np.arange(20 * turn, 20 * turn + 20))
        value = laws.CONTESTANTS["monte carlo"](few, ["shapley"])["shapley"].value
        scores.append(np.corrcoef(value, truth.value["shapley"])[0, 1])
    assert np.mean(scores) == pytest.approx(row["pearson"], abs=1e-4)
    assert truth.reliability["shapley"] == pytest.approx(row["reliability"], abs=1e-4)
    assert np.nanstd(truth.value["shapley"]) == pytest.approx(row["truth_sd"], rel=1e-3)


@needs_data
@pytest.mark.parametrize("metric", ["log_loss", "paper_cross_entropy"])
def test_boundary(metric):
    found, data = read_evidence(RESULTS, metric)["magic"], load_dataset("magic")
    n = found.means.mean.shape[1]
    rows = boundary_numbers(found, signed_distances(data.X_train[:n], data.y_train[:n]), 2)
    kept = stored("boundary").query(f"dataset == 'magic' and metric == '{metric}'")
    assert len(rows) == len(kept) == 4
    for row in rows:
        assert row["correlation"] == one(kept, of=row["of"], rule=row["rule"])["correlation"]


@pytest.mark.parametrize("method", ["log-linear", "likelihood"])
def test_simulated_estimators(method):
    rows = []
    for turn in range(5):
        samples, c, alpha, X = simulated.simulate_population(300, 10, False, turn)
        laws_ = simulated.METHODS[method](samples, X).laws_
        rows += simulated.simulated_scores(laws_, c, alpha)
    means = pd.DataFrame(rows).groupby("k").mean()
    for size, row in means.iterrows():
        kept = one(
            stored("simulated_estimators"), m=10, regime="independent", method=method, k=size
        )
        assert row["bias"] == pytest.approx(kept["bias"], abs=2e-4)
        assert row["coverage"] == pytest.approx(kept["coverage"], abs=2e-4)


@needs_data
@pytest.mark.parametrize("kind, rate", [("uniform", 0.1), ("boundary", 0.2)])
def test_labels(kind, rate):
    """One method on ten tables: nearest neighbours' Shapley values, which need no fit."""
    n, pool, found = 400, 300, []
    for seed in range(10):
        X, y = labels._table("magic", seed, n)
        codes = labels.turned_labels(X, y, kind, rate, seed)
        wrong = (codes != y)[:pool]
        score = -labels.knn_shapley(X[:pool], codes[:pool], X[pool:], codes[pool:])
        found.append((average_precision_score(wrong, score), roc_auc_score(wrong, score)))
    kept = one(stored("labels", "cells"), data="magic", kind=kind, rate=rate, method="kNN-Shapley")
    np.testing.assert_allclose(np.mean(found, axis=0), kept[["ap", "auroc"]].tolist(), atol=2e-4)


def test_costs():
    """Exponents are slopes of the times; efficiencies are ratios of the times."""
    for _, part in stored("costs").groupby("changed", sort=False):
        slope = np.polyfit(np.log(part["value"]), np.log(part["relative"]), 1)[0]
        assert slope == pytest.approx(part["exponent"].iloc[0], abs=0.02)
        assert part["relative"].iloc[0] == 1
    rounds = stored("workers").pivot(
        index=["backend", "round"], columns="workers", values="seconds"
    )
    halves = (rounds[1] / (2 * rounds[2])).groupby("backend").median()
    kept = json.loads((RESULTS / "workers.json").read_text())["efficiency"]
    assert {name: round(value, 3) for name, value in halves.items()} == pytest.approx(
        kept, abs=2e-3
    )
    assert stored("workers")["same_bits"].all()


def test_speeds_of_engines():
    rows = stored("bench_engines")
    ratio = rows["engine_a_second"] / rows["loop_a_second"]
    assert (np.abs(ratio / rows["times_loop"] - 1) < 0.35).all()  # a median of ratios
    assert (rows["lowest"] <= rows["times_loop"]).all()
    assert (rows["times_loop"] <= rows["highest"]).all()


@needs_data
@pytest.mark.slow
def test_starts():
    kept = one(stored("starts"), dataset="imdb", k=100, setting="paper's settings")
    found = learners._two_starts("imdb", 100, "paper's settings", 100, 3, 8)
    assert found["correlation"] == pytest.approx(kept["correlation"], abs=2e-4)


@needs_data
@pytest.mark.slow
def test_likelihood_quality():
    """No stored gain is below zero, and a small simulated run agrees; nothing is recomputed."""
    found = likelihood.likelihood_quality(True)["rows"][0]
    kept = stored("likelihood_quality")
    assert (kept["at_least_as_good"] == 1).all() and found["at_least_as_good"] == 1
    assert kept["largest_loss"].max() < 1e-9


def test_coverage_counts_all_tables_and_figures():
    cells = coverage(RESULTS)
    assert cells["item"].nunique() == 28
    alone = cells.query("item == 'figure1' and metric == 'log_loss'")
    assert alone["verdict"].tolist() == ["as published"]
    assert not cells["verdict"].isin(["thin", "missing"]).any()
    reliable = cells[cells["verdict"] == "reliable"]
    assert (reliable["reliability"] > RELIABLE).all()
    assert (draws_needed(reliable) == reliable["draws"]).all()  # none needs more


@pytest.mark.parametrize(
    "points, draws, reliability, expected",
    [
        (None, None, None, "missing"),
        (1000, 1000, 0.2, "as published"),
        (999, 1000, 0.95, "reliable"),
        (1000, 10, 0.9, "thin"),
        (1000, 10, None, "thin"),
    ],
)
def test_verdicts_of_cells(points, draws, reliability, expected):
    cell = Cell("table1", "imdb", "logreg", "log_loss", points, draws, 1000, 1000, reliability)
    assert verdict(cell) == expected


def test_draws_that_are_needed():
    cells = pd.DataFrame(dict(draws=[20, 20, 20], reliability=[0.5, 0.9, 0.0]))
    assert draws_needed(cells).tolist()[:2] == [180, 20] and np.isnan(draws_needed(cells)[2])


@pytest.mark.slow
def test_held_out():
    """One selection of the bank on wine, which needs no file: two estimators' values."""
    plan = held_out.HELD_OUT["wine"]
    data = load_dataset("wine")
    samples = bank(data, 0, plan.bank, plan.points + plan.beside, plan.sizes)
    truth = bank(data, 1, plan.truth, plan.points, plan.sizes)
    means = np.nanmean(truth.delta, axis=0)
    found = []
    for turn in range(held_out.REPEATS):
        few = choose(samples, 50, True, turn).take(points=np.arange(plan.points))
        found.append(np.corrcoef(np.nanmean(few.delta, axis=0), means)[0, 1])
    kept = one(
        stored("held_out", "values"), dataset="wine", metric="log_loss", m=50, method="monte carlo"
    )
    assert np.mean(found) == pytest.approx(kept["pearson"], abs=2e-4)
    reliable = one(stored("held_out", "truths"), dataset="wine", metric="log_loss")["reliability"]
    assert reliability(truth) == pytest.approx(reliable, abs=2e-4)


def test_freedoms():
    """The full series are those of the larger comparison, which draws the same samples."""
    key = ["dataset", "m", "regime", "what"]
    rows = stored("laws_freedoms").query("method == 'power series'")
    same = stored("laws").query("method == 'power series'")
    both = rows.merge(same, on=key, suffixes=("", "_of_laws"))
    assert len(both) == len(rows) == 44
    for name in ("r2", "pearson", "spearman", "coverage", "reliability"):
        assert (both[name] == both[f"{name}_of_laws"]).all()


@needs_data
@pytest.mark.slow
def test_noise():
    """Power series of ten samples, fitted to draws around laws that are known, three times."""
    utility = Utility(LogisticRegression(), load_dataset("adult"))
    samples = sample_contributions(
        utility, range(1000), (100, 1000), draws=400, random_state=14, base_fits=0
    )
    true = PowerSeries().fit(samples).laws_
    psi = true.contribution(samples.k).T
    made = replace(samples, delta=psi + laws._residuals(samples, psi))
    expected = laws._by_laws(true, ["shapley", 1000])
    found = {"shapley": [], 1000: []}
    for turn in range(laws.REPEATS):
        fitted = PowerSeries().fit(laws._chosen(made, 10, "independent", turn)).laws_
        for what, answer in laws._by_laws(fitted, list(found)).items():
            inside = (answer.low <= expected[what].value) & (expected[what].value <= answer.high)
            r = np.corrcoef(answer.value, expected[what].value)[0, 1]
            found[what].append((r, inside.mean()))
    for what, numbers in found.items():
        where = dict(dataset="adult", m=10, what=str(what), method="as it was")
        kept = one(stored("laws_noise"), **where)
        np.testing.assert_allclose(
            np.mean(numbers, axis=0), kept[["pearson", "coverage"]].tolist(), atol=3e-3
        )


@needs_data
@pytest.mark.slow
def test_sizes():
    """Log-linear laws of ten samples on MAGIC against held-out means at all seven sizes."""
    data = load_dataset("magic")
    samples = bank(data, 2, 600, 1000, (100, 1000))
    truth = sample_contributions(
        Utility(LogisticRegression(), data),
        range(1000),
        (100, 10_000),
        design="grid",
        n_sizes=7,
        draws=200,
        random_state=3,
    )
    means = truth.means(7)
    found = [
        score_by_size(LogLinear().fit(choose(samples, 10, True, turn)).laws_, means)
        for turn in range(5)
    ]
    rows = pd.DataFrame(sum(found, [])).groupby("k").mean()
    for k, row in rows.iterrows():
        where = dict(dataset="magic", m=10, regime="independent", method="log-linear", k=k)
        kept = one(stored("size_accuracy"), **where)
        assert row["spearman"] == pytest.approx(kept["spearman"], abs=2e-3)
        assert row["coverage"] == pytest.approx(kept["coverage"], abs=2e-3)


@needs_data
@pytest.mark.slow
def test_unseen_points():
    """One network on MAGIC. Its training is in single precision, and differs by processor."""
    data = load_dataset("magic")
    truth = bank(data, 2, 600, 1000, (100, 1000))
    seen = np.arange(1000, len(data.y_train))
    network = Amortized(n_networks=1, random_state=0)
    network.fit(unseen.grouped_samples(data, seen), data.X_train[seen])
    network_laws = network.predict(data.X_train[:1000], data.y_train[:1000])
    values = network_laws.values(low=100, high=1000)["value"].to_numpy()
    kept = one(stored("unseen_points"), dataset="magic", networks=1)
    assert kept["points"] == len(seen)
    assert reliability(truth) == pytest.approx(kept["reliability"], abs=2e-4)
    found = scores(values, monte_carlo(truth).value.to_numpy())
    assert found["pearson"] == pytest.approx(kept["pearson"], abs=0.02)


@needs_data
@pytest.mark.slow
def test_scales(monkeypatch):
    """Features as they are, of the five scales; and ten components under the paper's loss."""
    monkeypatch.setattr(evidence, "SCALES", (1.0,))
    monkeypatch.setattr(evidence, "FEATURES", {"imdb": (10,)})
    for found in evidence.run_scales("", names=("imdb",))["rows"]:
        case = {name: found[name] for name in ("dataset", "metric", "features")}
        kept = one(stored("scales"), scale=1.0, **case)
        for name in ("r2", "ceiling", "best_r2", "changes_sign", "beta", "mode", "loss at 100"):
            assert found[name] == pytest.approx(kept[name], abs=2e-3)


@pytest.mark.slow
def test_extrapolation():
    """Laws of whole fits to diabetes at one, two and four times the largest size."""
    for row in membership._beyond("diabetes", 350, 0, (15, 75), 1400, 200):
        where = {name: row[name] for name in ("times", "method")}
        kept = one(stored("extrapolation"), data="diabetes", seed=0, **where)
        for name in ("r", "reliability", "held", "miss"):
            assert row[name] == pytest.approx(kept[name], abs=5e-3)


@pytest.mark.slow
def test_tables():
    """The command on one published table, as its owner would run it."""
    table = next(table for table in tables.REAL if table.name == "wine")
    found, kept = tables._run_table(table), one(stored("tables"), table="wine")
    assert found["valued"] == kept["valued"] and found["sets"] == kept["sets"]
    for name in ("r2", "ceiling"):
        assert found[name] == pytest.approx(kept[name], abs=5e-3)
