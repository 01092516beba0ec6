"""The one call: what it takes, and what it says about what it cannot take."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score

from scaling_values import Amortized, Dataset, MaximumLikelihood, Utility, fit_laws, law_values, monte_carlo, sample_contributions, split_half

rng = np.random.default_rng(0)
X = rng.normal(size=(120, 3))
y = (X[:, 0] + rng.normal(size=120) > 0).astype(int)


def test_dataset_keeps_the_frames_labels():
    frame = pd.DataFrame(X, columns=list("abc"), index=[f"row {i}" for i in range(120)]).assign(y=y)
    data = Dataset.from_frame(frame, "y")
    laws = fit_laws(LogisticRegression(), data, draws=12, random_state=0)
    assert laws.index.tolist() == data.index.tolist() and set(laws.index) <= set(frame.index)


def test_amortized_gets_the_features():
    laws = fit_laws(LogisticRegression(), X, y, X, y, points=range(50, 110), draws=12, random_state=0, estimator=Amortized(random_state=0))
    samples = sample_contributions(Utility(LogisticRegression(), Dataset.from_arrays(X, y, X, y)), points=range(50, 110), draws=12, random_state=0)
    np.testing.assert_array_equal(laws.alpha, Amortized(random_state=0).fit(samples, X[50:110]).laws_.alpha)  # the sampled points' own
    assert np.isfinite(split_half(samples, Amortized(random_state=0), X_train=X).pearson).any()


def test_default_sizes_and_masks():
    samples = sample_contributions(Utility(LogisticRegression(), Dataset.from_arrays(X, y, X, y)), points=X[:, 0] > 1, draws=4, random_state=0)
    assert samples.points.tolist() == np.flatnonzero(X[:, 0] > 1).tolist() and samples.support.max() < 120


@pytest.mark.parametrize("learner, data, options, says", [
    (LogisticRegression(), (X, X[:, 0], X, X[:, 0]), {}, "^y holds fractions .* pass a regressor such as Ridge"),
    (LogisticRegression(), (X, y[:9], X, y), {}, "^X has 120 rows, but y has 9"),
    (LogisticRegression, (X, y, X, y), {}, "must be a scikit-learn estimator"),
    (LogisticRegression(), (X, y, X, y), dict(estimator="hierarchical"), r"Hierarchical\(\)"),
    (LogisticRegression(), (X, y, X, y), dict(metric=accuracy_score), "make_scorer"),
    (LogisticRegression(), (X, y, X, y), dict(n_jobs="2"), "n_jobs='2'"),
    (LogisticRegression(), (X, y, X, y), dict(points=[True, False]), "a mask of 2 rows"),
    (LogisticRegression(), (X, y), {}, "X_val is missing"),
    (LogisticRegression(), (Dataset.from_arrays(X, y, X, y), y), {}, "X is a Dataset, which holds y"),
])
def test_refusals(learner, data, options, says):
    with pytest.raises(ValueError, match=says): fit_laws(learner, *data, draws=12, **options)


def test_what_is_passed_in_anothers_place_is_named():
    samples = sample_contributions(Utility(LogisticRegression(), Dataset.from_arrays(X, y, X, y)), points=range(9), draws=12, random_state=0)
    for function in (law_values, lambda wrong: monte_carlo(MaximumLikelihood().fit(wrong).laws_), lambda wrong: split_half(MaximumLikelihood().fit(wrong).laws_)):
        with pytest.raises(ValueError, match="must be a (ScalingLaws|Contributions), .*, not a"): function(samples)
