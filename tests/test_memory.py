"""A long run stays small: the memory above the data is bounded by blocks, not by the number of
points and draws."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="reads Linux's own account of memory"
)

RUN = """
import re
from pathlib import Path
from sklearn.linear_model import LogisticRegression
from scaling_values import Utility, load_dataset, sample_contributions
utility = Utility(LogisticRegression(), load_dataset("simulated_logistic", n={pool}, d=50))

def peak():  # of this process alone
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) / 2**20

how = dict(random_state=0, n_jobs=1, progress=False)
sample_contributions(utility, range(100), (100, 200), 2, **how)  # imports what is imported once
before = peak()
samples = sample_contributions(utility, range({points}), (100, 1000), {draws}, **how)
assert samples.delta.shape == ({draws}, {points})
print(peak() - before)
"""


def gib_above_the_data(points: int, draws: int) -> float:
    code = RUN.format(pool=points + 4000, points=points, draws=draws)
    return float(
        subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        ).stdout
    )


def test_memory_of_a_short_run():
    assert 0 < gib_above_the_data(5000, 10) < 0.25


@pytest.mark.slow
def test_memory_of_a_long_run():
    """20,000 points over 200 draws at 50 features: the numbers returned alone are 0.03 GiB."""
    gib = gib_above_the_data(20_000, 200)
    print(f"{gib:.2f} GiB above the data")
    assert 0.02 < gib < 1
