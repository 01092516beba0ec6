"""What a type checker must say of calls.

Each line that ends in `# wrong: CODE` has this error, and no other line has any.

`docs/check_types.py` runs mypy on this file; it is never run itself.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression

from scaling_values import (
    Dataset,
    LogLinear,
    PowerSeries,
    Utility,
    fit_laws,
    monte_carlo,
    sample_contributions,
    select_points,
)
from scaling_values import prics  # wrong: attr-defined
from scaling_values.engines import Engine, EngineResult, RefitEngine, find_engine
from scaling_values.engines import check_rows  # wrong: attr-defined
from scaling_values.metrics import METRICS

X, y = np.eye(8), np.arange(8) % 2
data = Dataset.from_arrays(X, y, X, y, target="classification")
Dataset.from_arrays(X, y, X, y, tarket="classification")  # wrong: call-arg
utility = Utility(LogisticRegression(), data, metric="log_loss")
samples = sample_contributions(utility, sizes=(2, 6), draws=4, random_state=0)
sample_contributions(utility, sizes="many")  # wrong: arg-type
first, second = samples.halves(0)
first.means().standrad_error  # wrong: attr-defined

laws = fit_laws(LogisticRegression(), X, y, X, y)
curve: np.ndarray = laws.contribution(100)
laws.contribution("x")  # wrong: arg-type
laws.contribtion(100)  # wrong: attr-defined
laws.interval(100, level="0.9")  # wrong: arg-type
laws.top(3)  # wrong: call-arg
text: str = laws.contribution(100)  # wrong: assignment
laws.take([0, 1]).save("laws.parquet")
laws.bends()  # wrong: operator

PowerSeries().fit(samples).laws_.sign_change(50, 5000)
PowerSeries().fit(samples).laws_.sign_chance(50, 5000)  # wrong: attr-defined
LogLinear().fit(utility)  # wrong: arg-type
monte_carlo(laws)  # wrong: arg-type
select_points(laws, 6, k=50, y=y)
METRICS["log_loss"].kind_of  # wrong: attr-defined


class Nothing:
    """An engine by its methods: a Protocol asks for no base class."""

    name = "nothing"

    def contributions(self, D: np.ndarray, points: np.ndarray, seed: int = 0) -> EngineResult:
        return RefitEngine(utility).contributions(D, points, seed)

    def seconds(self, D: np.ndarray, n_points: int) -> float | None:
        return None


class Half:
    """No engine: it cannot say how long it takes."""

    name = "half"
    contributions = Nothing.contributions


engine: Engine = Nothing()
engine = Half()  # wrong: assignment
find_engine(utility).contributions(y, y).delta.mean()
find_engine(utility).contributions(y, y).deltas  # wrong: attr-defined
