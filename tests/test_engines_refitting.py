"""Learners that no engine knows: refitted, in parallel, with their price told first."""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import (
    AdaBoostClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from scaling_values import RefitEngine, Utility, find_engine, sample_contributions
from scaling_values.contributions import STATUS


class NearestMean(ClassifierMixin, BaseEstimator):
    """A user's own: the class whose mean is nearer, with a softmax of distances."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.means_ = np.stack([X[y == label].mean(0) for label in self.classes_])
        return self

    def predict_proba(self, X):
        score = np.exp(-((X[:, None] - self.means_) ** 2).sum(2) / X.shape[1])
        return score / score.sum(1, keepdims=True)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(1)]


LEARNERS = {
    "boosting": AdaBoostClassifier(n_estimators=5, random_state=0),
    "a forest": RandomForestClassifier(n_estimators=5),  # its seed is the draw's
    "a tree": DecisionTreeClassifier(max_depth=3, random_state=0),
    "histograms": HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=5),
    "naive Bayes": GaussianNB(),
    "a pipeline": make_pipeline(StandardScaler(), LogisticRegression()),
    "a user's own": NearestMean(),
}


@pytest.mark.parametrize("name", LEARNERS)
def test_any_learner(name, data):
    """The contribution is the difference of two losses, by hand; two workers find what one finds."""
    utility = Utility(LEARNERS[name], data)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        engine = find_engine(utility)
    # no engine claims it, so nothing is said; but a pipeline may keep one away, and is told so
    assert ["LogisticRegression() has a fast engine" in str(one.message) for one in said] == [
        True
    ] * (name == "a pipeline")
    assert isinstance(engine, RefitEngine)
    D, points = np.arange(40), np.array([3, 50, 60])
    found = engine.contributions(D, points, seed=7)
    learners = utility.learners(D, 7)

    def loss(rows, learner):
        return utility.evaluate(utility.fit(rows, learner))

    expected = [
        loss(D, learners.base) - loss(np.append(D, point), learners.plus) for point in (50, 60)
    ]
    np.testing.assert_array_equal(found.delta[1:], expected)
    assert np.isnan(found.delta[0]) and STATUS[found.status[1]] == "refitted"
    one, two = (
        sample_contributions(
            utility,
            points=range(3),
            sizes=(20, 30),
            draws=4,
            random_state=0,
            n_jobs=n,
            block_size=1,
        )
        for n in (1, 2)
    )
    np.testing.assert_array_equal(one.delta, two.delta)


def test_the_price_is_told_before_the_work(data, monkeypatch):
    """In the bar's label: 6 draws of 5 points are 36 fits, of 50 milliseconds by a clock that only fits move; one fit is tried."""
    import scaling_values.sampling as sampling

    told, bar, fit, clock = {}, sampling.progress_bar, NearestMean.fit, SimpleNamespace(now=0.0)

    def record(*args, **kwargs):
        told.update(kwargs, at=clock.now)
        return bar(*args, **kwargs)

    def fit_in_time(learner, X, y):
        clock.now += 0.05
        return fit(learner, X, y)

    monkeypatch.setattr(sampling, "progress_bar", record)
    monkeypatch.setattr(NearestMean, "fit", fit_in_time)
    monkeypatch.setattr(
        "scaling_values.engines.base.time", SimpleNamespace(perf_counter=lambda: clock.now)
    )
    sample_contributions(
        Utility(NearestMean(), data), points=range(5), sizes=(20, 30), draws=6, random_state=0
    )
    assert told["seconds"] == pytest.approx(1.8) and told["at"] == pytest.approx(0.05)
    assert (
        1.2 < clock.now - told["at"] <= 1.8 + 1e-9
    )  # points that a preceding set contains need no fit


def test_a_long_wait_is_announced_at_once(monkeypatch):
    import io

    from scaling_values.support import progress_bar

    monkeypatch.delenv("TQDM_DISABLE", raising=False)

    out = io.StringIO()
    out.isatty = lambda: True
    with monkeypatch.context() as patched:
        patched.setattr("sys.stderr", out)
        progress_bar(10, "contributions", seconds=7200).close()
    assert "about 2.0 hours" in out.getvalue()
