"""The audit: every cell is there, outcomes follow their rule, and causes are computed."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scaling_values.experiments.audit import (
    CELL,
    audit,
    by_features,
    by_filter,
    by_loss,
    by_noise,
    by_outliers,
    by_training_points,
    compare_number,
    crossing_share,
)
from scaling_values.experiments.coverage import coverage

RESULTS = Path(__file__).parents[1] / "results"


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return audit(RESULTS)


def test_every_cell_is_in_the_audit(rows):
    cells = coverage(RESULTS)
    assert set(map(tuple, cells[CELL].to_numpy())) == set(map(tuple, rows[CELL].to_numpy()))
    assert rows["item"].nunique() == 28


def test_every_difference_has_a_cause_or_is_open_and_nothing_else_has(rows):
    asked = rows["outcome"].isin(["differs", "no"])
    assert (rows.loc[asked, "cause"] != "").all() and (rows.loc[~asked, "cause"] == "").all()
    thin = rows["verdict"].isin(["thin", "missing"])
    assert (rows.loc[thin, "outcome"] == rows.loc[thin, "verdict"]).all()


def test_no_number_of_another_dataset_is_compared(rows):
    numbers = rows[rows["paper"].notna()]
    other = numbers[numbers["dataset"] == "magic"]
    assert len(other) and set(other["outcome"]) <= {"other data", "thin", "missing"}


def test_numbers_are_those_of_the_reports(rows):
    stored = json.loads((RESULTS / "estimators.json").read_text())["rows"]
    for row in rows[rows["item"] == "table4"].dropna(subset=["paper"]).itertuples():
        kept = next(
            line["pearson"]
            for line in stored
            if (line["dataset"], line["metric"], line["m"]) == (row.dataset, row.metric, 50)
            and (line["regime"], line["method"]) == ("independent", row.what)
        )
        assert row.ours == kept


@pytest.mark.parametrize(
    "item, ours, error, expected",
    [
        ("table1", 0.97, 0.0, "agrees"),
        ("table1", 0.95, 0.001, "differs"),
        ("table1", 0.95, 0.1, "unclear"),
        ("table5", 0.90, 0.0, "agrees"),
        ("table5", 0.80, 0.01, "differs"),
        ("table1", 0.95, np.nan, "differs"),
    ],
)
def test_a_number_agrees_differs_or_is_unclear(item, ours, error, expected):
    row = dict(item=item, paper=0.985, ours=ours, low=ours - 2 * error, high=ours + 2 * error)
    assert compare_number(pd.Series(row)) == expected


def _row(**other) -> pd.Series:
    base = dict(item="table5", dataset="imdb", learner="logreg", metric="log_loss", selected="all")
    base |= dict(what="shapley", paper=0.8, ours=-1.0, low=-1.1, high=-0.9, outcome="differs")
    return pd.Series(base | other)


@pytest.mark.parametrize(
    "ours, outcome, words",
    [(0.75, "agrees", "the "), (0.5, "differs", "mostly the "), (0.0, "differs", None)],
)
@pytest.mark.parametrize(
    "cause, changed",
    [(by_loss, dict(metric="paper_cross_entropy")), (by_filter, dict(selected="R2 >= 0.9"))],
)
def test_another_run_that_closes_the_gap_is_a_cause(cause, changed, ours, outcome, words):
    rows = pd.DataFrame([_row(), _row(**changed, ours=ours, outcome=outcome)])
    found = cause(rows.iloc[0], rows, RESULTS)
    assert found is None if words is None else found.startswith(words)
    assert cause(rows.iloc[1], rows, RESULTS) is None  # nothing closes its own gap
    assert cause(rows.iloc[0], rows.iloc[:1], RESULTS) is None  # the other was not run


def test_noise_explains_only_what_the_ceiling_allows():
    row = _row(item="table1", paper=0.95, ours=0.76, reliability=0.8)
    assert by_noise(row, pd.DataFrame(), RESULTS) == "noise of the means: 0.95 without it"
    assert by_noise(row.replace(0.8, 0.95), pd.DataFrame(), RESULTS) is None


def test_exploding_laws_are_seen_by_ranks():
    row = _row(item="table3", ours=0.1, spearman=0.8)
    assert by_outliers(row, pd.DataFrame(), RESULTS) == "a few enormous values: 0.80 by ranks"
    assert by_outliers(_row(spearman=np.nan), pd.DataFrame(), RESULTS) is None


def test_experiments_of_their_own_are_read_by_cell(tmp_path):
    whole = dict(dataset="imdb", metric="log_loss", m=10, points=9, pearson=0.95, spearman=0.9)
    (tmp_path / "whole_pool.json").write_text(json.dumps(dict(rows=[whole])))
    row = _row(item="table3", what="amortized", paper=0.96)
    assert by_training_points(row, pd.DataFrame(), tmp_path) == (
        "few points to train on: 0.95 with 9"
    )
    mostly = by_training_points(pd.Series({**row, "paper": 0.99}), pd.DataFrame(), tmp_path)
    assert mostly.startswith("mostly few points")  # less than a quarter of the gap is left
    for other in (dict(item="table4"), dict(dataset="adult"), dict(paper=0.99, ours=0.9)):
        asked = pd.Series({**row, **other})
        assert by_training_points(asked, pd.DataFrame(), tmp_path) is None
    fewer = dict(dataset="imdb", metric="log_loss", scale=1.0, features=10, mode=1.2)
    (tmp_path / "scales.json").write_text(json.dumps(dict(rows=[fewer])))
    row = _row(item="figure4")
    assert by_features(row, pd.DataFrame(), tmp_path) == ("depends on the features: 1.20 with 10")
    assert by_features(_row(item="figure3"), pd.DataFrame(), tmp_path) is None


def test_coefficients_are_shown_beside_what_arithmetic_alone_gives(rows):
    shown = rows[rows["item"] == "figure8"]
    known = shown.dropna(subset=["ours"])
    assert set(shown["outcome"]) <= {"shown", "thin", "missing"} and len(known) > 20
    alone = known["what"].str.extract(r"alone: ([-.\d]+)\)")[0].astype(float)
    assert (known["ours"] - alone).abs().max() < 0.1


def test_laws_cross_only_if_clearly():
    mean = np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])
    assert crossing_share(mean, np.full((2, 3), 0.01)) == 1.0
    assert crossing_share(mean[:, :2], np.full((2, 2), 0.6)) == 0.0
    same = mean[[0, 0]]
    assert crossing_share(same, np.full((2, 3), 0.01)) == 0.0
