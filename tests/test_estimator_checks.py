"""Every estimator keeps the promises of `check_estimator`, and what breaks one is found and
named."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

from scaling_values import (
    Amortized,
    Contributions,
    Dataset,
    Hierarchical,
    LogLinear,
    MaximumLikelihood,
    Membership,
    PowerSeries,
    Utility,
    sample_utilities,
)
from scaling_values.estimators import check_estimator, hard_samples, make_laws

ORDER = "does not depend on the order of points"
ESTIMATORS = [
    (LogLinear(), []),
    (MaximumLikelihood(), []),
    (Hierarchical(), []),
    (PowerSeries(n_components=1, jackknife=False, tol=0.01), []),
    # It deals points into random batches, whose size is a matter of memory; three epochs are too
    # few
    # to learn anything.
    (Amortized(hidden=(8,), max_epochs=3, random_state=0), [ORDER, "knows something"]),
]


@pytest.mark.parametrize("estimator, skip", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_estimators_keep_their_promises(estimator, skip):
    found = check_estimator(estimator, skip=skip)
    assert (found.error <= 1e-6).all() and not set(found.check) & {*skip}
    assert len(set(found.check)) == 7 - len(skip) and len(set(found.samples)) >= 7


@pytest.mark.slow
@pytest.mark.parametrize(
    "estimator, skip",
    [
        (PowerSeries(), []),
        (Hierarchical(prior=Amortized(max_epochs=2, random_state=0)), [ORDER]),
        (PowerSeries(n_components=2), []),
        (Amortized(max_epochs=60, random_state=0), [ORDER]),
    ],
    ids=str,
)
@pytest.mark.parametrize("seed", range(3))
def test_estimators_keep_them_at_length(estimator, skip, seed):
    check_estimator(estimator, skip=skip, random_state=seed)


def test_whole_fits_are_checked_on_given_samples():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 3))
    y = (X[:, 0] + rng.normal(size=90) > 0).astype(int)
    data = Dataset.from_arrays(X[:30], y[:30], X[30:], y[30:])
    utility = Utility(LogisticRegression(), data)
    fits = sample_utilities(utility, sizes=(8, 20), fits=60, random_state=0, progress=False)
    found = check_estimator(Membership(), fits)
    assert "knows something" not in set(found.check) and len(found) == 6
    # The rows' features decide which folds they are dealt into.
    check_estimator(Membership(), fits, data.X_train, skip=[ORDER])


class Mean(BaseEstimator):
    """The mean of a point's samples, and one fault."""

    def __init__(self, fault="", random_state=0):
        self.fault = fault
        self.random_state = random_state
        if fault == "early":
            self.laws_ = None
        if fault == "constructor":
            self.random_state = int(random_state) + 1

    def fit(self, contributions, y=None):
        fault = self.fault
        if not isinstance(contributions, Contributions):
            raise ValueError("wrong" if fault == "words" else "contributions must be samples")
        seen = ~np.isnan(contributions.delta)
        count, status = seen.sum(0), np.where(seen.sum(0) > 1, "ok", "too few")
        if fault == "numpy":
            np.nanmean(contributions.delta, axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.where(seen, contributions.delta, 0.0).sum(0) / count
        mean = np.where(count > 1, mean, np.nan)
        if fault == "unseen":
            status[:] = "ok"
        if fault == "infinite":
            mean[0] = np.inf
        if fault == "sign":
            mean = -3 * mean
        if fault == "unit":
            mean = mean + 1e-4
        if fault == "random":
            mean = mean * (1 + 1e-9 * np.random.default_rng().random())
        if fault == "global":
            mean = mean + 0 * np.random.random()
        if fault == "memory":
            self._last = getattr(self, "_last", 0.0) + np.nanmean(mean)
            mean = mean + self._last
        if fault == "neighbour":
            mean = mean + 0.1 * np.nan_to_num(np.roll(mean, 1))
        if fault == "setting":
            self.random_state = 3
        if fault == "writes":
            contributions.index.setflags(write=True)
            contributions.index[:2] = contributions.index[1::-1].copy()
        zero, cov = np.zeros(len(mean)), np.full((len(mean), 2, 2), np.nan)
        laws = make_laws(contributions, 200.0, mean, zero, zero, zero, cov, status)
        if fault == "order":
            laws = laws.take(np.arange(len(laws))[::-1])
        if fault == "fewer":
            laws = laws.take(np.flatnonzero(count))
        if fault == "kind":
            laws = laws.to_frame()
        self.laws_ = laws
        return None if fault == "returns" else self


FAULTS = {
    "early": "laws_ is there before fit",
    "constructor": "Mean: settings: ",
    "words": "does not name 'contributions': wrong",
    "numpy": "fit() fails on 'shared sets': RuntimeWarning: Mean of empty slice",
    "returns": "must return the estimator itself",
    "kind": "must set laws_, a ScalingLaws",
    "setting": "has changed a setting",
    "global": "has changed the samples, or global settings or generators",
    "writes": "fails on 'shared sets'",
    "fewer": "laws for 16 points",
    "order": "laws_.points is not samples.points",
    "unseen": "a curve is not finite, though its status is 'ok'",
    "infinite": "is infinite",
    "sign": "zero for every point is nearer to the truth",
    "random": "'repeats' fails on 'shared sets'",
    "memory": "'forgets' fails on 'shared sets'",
    "neighbour": "'does not depend on the order of points'",
    "unit": "'does not depend on the unit'",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named(fault):
    with pytest.raises(AssertionError) as told:
        check_estimator(Mean(fault))
    assert str(told.value).startswith("Mean: ") and FAULTS[fault] in str(told.value)


def test_without_a_fault_it_passes():
    assert len(check_estimator(Mean())) == 8 + 8 + 3 + 2 + 1 + 1 + 1
    skip = ["forgets", ORDER, "does not depend on the unit"]
    found = check_estimator(Mean("random", random_state=None), skip=skip)
    assert "repeats" not in set(found.check)


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="estimator=.*must be an object with fit"):
        check_estimator(Mean)
    with pytest.raises(ValueError, match="skip"):
        check_estimator(Mean(), skip=["order"])
    with pytest.raises(ValueError, match="n="):
        next(hard_samples(n=2))
