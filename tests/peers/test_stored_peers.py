"""results/peers.json: a part of it is computed again, where its packages are installed."""

import json
from pathlib import Path

import pytest

pytest.importorskip("pydvl")
pytest.importorskip("opendataval")

import compare

STORED = json.loads((Path(__file__).parents[2] / "results" / "peers.json").read_text())


@pytest.mark.parametrize("seed", [0, 3])
@pytest.mark.parametrize("name", ["ScalingEvaluator", "KNNShapley", "DataOob", "RandomEvaluator"])
def test_a_stored_row_is_what_the_seed_gives(name, seed):
    row = compare.judged(name, compare.fetch(seed), seed)
    kept = next(
        line for line in STORED["rows"] if (line["evaluator"], line["seed"]) == (name, seed)
    )
    found = ("f1", "lowest_tenth", "lowest_two")
    assert [row[key] for key in found] == pytest.approx([kept[key] for key in found], abs=0.02)
