"""The one call: what it takes, and what it says about what it cannot take."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.tree import DecisionTreeClassifier

from scaling_values import (
    Aggregate,
    Amortized,
    Dataset,
    Hierarchical,
    LogLinear,
    MaximumLikelihood,
    Membership,
    PowerSeries,
    Utilities,
    Utility,
    fit_laws,
    load_dataset,
    monte_carlo,
    sample_contributions,
    sample_utilities,
    split_half,
)
from scaling_values.fitting import choose_design, fit_estimator, predicted_utilities
from scaling_values.valuation import law_values

rng = np.random.default_rng(0)
X = rng.normal(size=(120, 3))
y = (X[:, 0] + rng.normal(size=120) > 0).astype(int)


def test_dataset_keeps_the_frames_labels():
    frame = pd.DataFrame(X, columns=list("abc"), index=[f"row {i}" for i in range(120)]).assign(y=y)
    data = Dataset.from_frame(frame, "y")
    laws = fit_laws(LogisticRegression(), data, draws=12, random_state=0)
    assert laws.index.tolist() == data.index.tolist() and set(laws.index) <= set(frame.index)


def test_amortized_gets_the_features():
    laws = fit_laws(
        LogisticRegression(),
        X,
        y,
        X,
        y,
        points=range(50, 110),
        draws=12,
        random_state=0,
        estimator=Amortized(random_state=0),
    )
    samples = sample_contributions(
        Utility(LogisticRegression(), Dataset.from_arrays(X, y, X, y)),
        points=range(50, 110),
        draws=12,
        random_state=0,
    )
    np.testing.assert_array_equal(
        laws.alpha, Amortized(random_state=0).fit(samples, X[50:110]).laws_.alpha
    )  # the sampled points' own
    assert np.isfinite(split_half(samples, Amortized(random_state=0), X_train=X).pearson).any()


def test_default_sizes_and_masks():
    samples = sample_contributions(
        Utility(LogisticRegression(), Dataset.from_arrays(X, y, X, y)),
        points=X[:, 0] > 1,
        draws=4,
        random_state=0,
    )
    assert (
        samples.points.tolist() == np.flatnonzero(X[:, 0] > 1).tolist()
        and samples.support.max() < 120
    )


@pytest.mark.parametrize(
    "learner, data, options, says",
    [
        (
            LogisticRegression(),
            (X, X[:, 0], X, X[:, 0]),
            {},
            "^y holds fractions .* pass a regressor such as Ridge",
        ),
        (LogisticRegression(), (X, y[:9], X, y), {}, "^X has 120 rows, but y has 9"),
        (LogisticRegression, (X, y, X, y), {}, "must be a scikit-learn estimator"),
        (LogisticRegression(), (X, y, X, y), dict(estimator="hierarchical"), r"Hierarchical\(\)"),
        (LogisticRegression(), (X, y, X, y), dict(metric=accuracy_score), "make_scorer"),
        (LogisticRegression(), (X, y, X, y), dict(n_jobs="2"), "n_jobs='2'"),
        (LogisticRegression(), (X, y, X, y), dict(points=[True, False]), "a mask of 2 rows"),
        (LogisticRegression(), (X, y, X), {}, "y_val is missing"),
        (LogisticRegression(), (X,), {}, "y is missing"),
        (
            LogisticRegression(),
            (Dataset.from_arrays(X, y, X, y), y),
            {},
            "X is a Dataset, which holds y",
        ),
    ],
)
def test_refusals(learner, data, options, says):
    with pytest.raises(ValueError, match=says):
        fit_laws(learner, *data, draws=12, **options)


def test_what_is_passed_in_anothers_place_is_named():
    samples = sample_contributions(
        Utility(LogisticRegression(), Dataset.from_arrays(X, y, X, y)),
        points=range(9),
        draws=12,
        random_state=0,
    )
    for function in (
        law_values,
        lambda wrong: monte_carlo(MaximumLikelihood().fit(wrong).laws_),
        lambda wrong: split_half(MaximumLikelihood().fit(wrong).laws_),
    ):
        with pytest.raises(ValueError, match="must be a (ScalingLaws|Contributions), .*, not a"):
            function(samples)


TREE = DecisionTreeClassifier(min_samples_leaf=3, random_state=0)
SPLIT = X[:80], y[:80], X[80:], y[80:]


def test_learners_without_an_engine_get_whole_fits_and_the_price_is_told():
    with pytest.warns(
        UserWarning,
        match=r"DecisionTreeClassifier.* has no fast engine: 320 whole fits, about .* "
        r"200 draws of 80 points would be 16,200 fits",
    ) as told:
        laws = fit_laws(TREE, *SPLIT, random_state=0)
    assert told[0].filename == __file__
    utilities = sample_utilities(Utility(TREE, Dataset.from_arrays(*SPLIT)), random_state=0)
    np.testing.assert_array_equal(
        laws.contribution(20), Membership().fit(utilities, X[:80]).laws_.contribution(20)
    )
    assert laws.n_samples[0] == len(utilities) == 320


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "options",
    [
        dict(draws=3),
        dict(engine="refit", draws=3),
        dict(design="uniform", draws=3),
        dict(points=range(20), draws=3),
        dict(estimator=LogLinear(), draws=12),
    ],
    ids=str,
)
def test_what_asks_for_contributions_gets_them(options):
    laws = fit_laws(TREE, *SPLIT, random_state=0, **dict(points=range(4)) | options)
    assert laws.n_samples.max() <= 12


@pytest.mark.parametrize(
    "options",
    [
        dict(fits=60),
        dict(design="membership", fits=60),
        dict(estimator=Membership(n_parts=2), fits=60),
        dict(points=[7, 3], fits=60),
        dict(pool=range(60), fits=60),
    ],
    ids=str,
)
@pytest.mark.parametrize("learner", [TREE, LogisticRegression()], ids=["tree", "logistic"])
def test_what_asks_for_whole_fits_gets_them(learner, options):
    laws = fit_laws(learner, *SPLIT, random_state=0, **options)
    assert (laws.n_samples == 60).all()
    assert laws.points.tolist() == list(options.get("points", options.get("pool", range(80))))


def test_points_have_the_laws_that_the_pool_has():
    whole, part = (
        fit_laws(TREE, *SPLIT, random_state=0, fits=60, **more)
        for more in ({}, dict(points=[50, 4]))
    )
    np.testing.assert_array_equal(part.contribution(30), whole.contribution(30)[[50, 4]])


def test_a_pool_may_come_in_any_order():
    pool = np.random.default_rng(1).permutation(60)
    whole, part = (
        fit_laws(TREE, *SPLIT, random_state=0, fits=60, pool=pool, **more)
        for more in ({}, dict(points=[50, 4, 33]))
    )
    assert part.points.tolist() == [50, 4, 33]
    np.testing.assert_array_equal(
        part.contribution(30),
        whole.contribution(30)[[pool.tolist().index(row) for row in (50, 4, 33)]],
    )


@pytest.mark.parametrize(
    "options, says",
    [
        (dict(fits=60, draws=10), "draws=10 belongs to contributions"),
        (dict(design="membership", engine="refit"), "engine='refit' belongs to contributions"),
        (dict(estimator=Membership(), independent=True), "independent=True belongs"),
        (dict(fits=60, design="grid"), "design='grid' belongs"),
        (dict(fits=60, estimator=LogLinear()), r"estimator=LogLinear\(\) belongs"),
        (dict(design="members"), "design='members'"),
        (dict(fits=60, points=[70], pool=range(60)), "points holds row 70, which pool leaves out"),
        (dict(fits=60, points=[99]), "points holds row 99"),
    ],
)
def test_mixtures_of_both_are_refused(options, says):
    with pytest.raises(ValueError, match=says):
        fit_laws(TREE, *SPLIT, random_state=0, **options)


TREES = Utility(TREE, Dataset.from_arrays(*SPLIT))


@pytest.mark.filterwarnings("ignore:.*has no fast engine")
@pytest.mark.parametrize(
    "asked, design",
    [
        ({}, "membership"),
        (dict(points=range(27)), "membership"),
        (dict(points=range(26)), "uniform"),
        (dict(points=np.arange(80) < 27), "membership"),
        (dict(pool=range(30), points=range(10)), "membership"),
        (dict(pool=range(30), points=range(9)), "uniform"),
        (dict(draws=5), "uniform"),
        (dict(fits=50), "membership"),
        (dict(points=range(2), fits=50), "membership"),
        (dict(design="grid"), "grid"),
        (dict(engine="refit"), "uniform"),
        (dict(estimator=LogLinear()), "uniform"),
    ],
    ids=str,
)
def test_the_rule_of_designs(asked, design):
    assert choose_design(TREES, **asked) == design


def test_the_rule_is_told_for_either_way_and_not_where_an_engine_is_fast(recwarn):
    choose_design(Utility(LogisticRegression(), TREES.data))
    choose_design(TREES, draws=3)
    assert not len(recwarn)
    choose_design(TREES, points=range(5))
    told = str(recwarn.pop().message)
    assert (
        "refitting it for 200 draws of 5 points is 1,200 fits" in told
        and "320 whole fits" in told
        and "(design='membership')" in told
    )


def additive_world(fits: int, noise: float = 0.1, n: int = 30) -> Utilities:
    """Utilities that are sums over rows, and noise."""
    rng = np.random.default_rng(0)
    size, worth = rng.integers(8, 23, fits), rng.normal(size=n)
    members = np.array([rng.permutation(np.arange(n) < k) for k in size])
    utility = np.log(size) + (members - size[:, None] / n) @ worth + noise * rng.normal(size=fits)
    return Utilities(np.packbits(members, axis=1), -utility[:, None], -utility, np.arange(n), n)


def test_laws_predict_the_very_fits_of_an_additive_world():
    world = additive_world(200, noise=1e-3)
    predicted = predicted_utilities(Membership().fit(world).laws_, world)
    about = -world.base_loss - np.log(world.k)
    assert np.abs(predicted - about).max() < 0.05 and about.std() > 1


@pytest.mark.parametrize(
    "noise, low, high", [(0.1, 0.95, 1.0), (100.0, -0.5, 0.3)], ids=["signal", "noise"]
)
def test_halves_agree_where_there_is_something_to_agree_on(noise, low, high):
    table = split_half(additive_world(200, noise), n_bins=3)
    assert (
        list(table.columns) == ["k", "pearson", "r2", "reliability", "predicted"]
        and len(table) == 4
        and table.index[-1] == "all"
    )
    assert (
        low < table.predicted["all"] < high
        and ((table.reliability >= 0) & (table.reliability <= 1)).all()
    )
    assert len(split_half(additive_world(200, noise), n_bins=1)) == 2


def test_agreement_is_that_of_the_points_asked_for():
    world = additive_world(200)
    some, all_ = split_half(world, points=[3, 8, 21, 29]), split_half(world)
    assert (
        some.pearson["all"] != all_.pearson["all"]
        and some.predicted["all"] == all_.predicted["all"]
    )


def test_what_cannot_be_split_or_predicted_is_named():
    with pytest.raises(
        ValueError, match="samples has 38 fits: at least 40 are needed for two halves"
    ):
        split_half(additive_world(38))
    world = additive_world(60)
    laws = Membership().fit(world).laws_
    with pytest.raises(ValueError, match="laws has 5 points, and utilities has 30"):
        predicted_utilities(laws.take(range(5)), world)
    with pytest.raises(
        ValueError,
        match="samples must be a Contributions, .*, not a ScalingLaws",
    ):
        split_half(laws)


def test_one_check_for_both_kinds_of_samples():
    """Both tell of the same rows, and of some of them only where these are asked for."""
    fits = additive_world(200)
    draws = sample_contributions(
        Utility(LogisticRegression(), TREES.data), points=range(20), draws=24, random_state=0
    )
    for samples in (fits, draws):
        whole, some = (
            split_half(samples, n_bins=2),
            split_half(samples, n_bins=2, points=[3, 8, 9, 11, 15]),
        )
        assert (
            {"pearson", "r2"} <= set(whole)
            and list(whole) == list(some)
            and (whole.pearson != some.pearson).all()
        )
        np.testing.assert_array_equal(
            split_half(samples, n_bins=2, points=samples.points).pearson, whole.pearson
        )
    assert (split_half(draws, n_bins=2, points=[3, 8, 9, 11, 15]).points == 5).all()
    with pytest.raises(ValueError, match="points=.29. has no row|points holds"):
        split_half(draws, points=[19 + 10])


def test_fits_of_one_loss_predict_nothing_and_that_is_unknown() -> None:
    """A learner with equal answers on small sets leaves only rounding errors, and no huge R^2."""
    utility = Utility(
        DummyClassifier(strategy="prior"),
        Dataset.from_arrays(
            np.zeros((60, 1)), np.arange(60) % 2, np.zeros((20, 1)), np.arange(20) % 2
        ),
    )
    fits = sample_utilities(utility, (10, 20), 80, random_state=0, progress=False)
    steady = replace(fits, losses=np.where(fits.k[:, None] < 14, np.float32(0.7), fits.losses))
    table = split_half(steady)
    assert np.isnan(table.predicted.iloc[0]) and (table.predicted.dropna().abs() < 1e6).all()


def test_an_estimator_without_laws_is_an_error_that_names_it():
    data = load_dataset("simulated_logistic")
    samples = sample_contributions(
        Utility(LogisticRegression(), data), points=range(10), draws=20, random_state=0
    )
    with pytest.raises(ValueError, match=r"estimator=Aggregate\(\) gives no laws of points"):
        fit_estimator(Aggregate(), samples)


class Untrained(LogisticRegression):
    def fit(self, X: Any, y: Any) -> Any:
        raise AssertionError("trained")


@pytest.mark.parametrize(
    "estimator", [Aggregate(), PowerSeries, LogisticRegression(), "power series", 3]
)
def test_what_fits_no_laws_is_named_before_anything_is_trained(estimator: Any) -> None:
    X = np.random.default_rng(0).normal(size=(60, 3))
    y = (X[:, 0] > 0).astype(int)
    with pytest.raises(ValueError, match=r"^estimator=.*(laws)"):
        fit_laws(Untrained(), X, y, estimator=estimator)


@pytest.mark.parametrize("estimator", [Amortized(), Hierarchical(prior=Amortized())])
@pytest.mark.parametrize("holds", ["texts", "gaps", "a sparse matrix"])
def test_networks_refuse_what_they_cannot_read_before_anything_is_trained(
    estimator: Any, holds: str
) -> None:
    numbers = np.random.default_rng(0).normal(size=(60, 3))
    y = (numbers[:, 0] > 0).astype(int)
    X: Any = {
        "texts": [f"word{row % 7}" for row in range(60)],
        "gaps": np.where(numbers > 2, np.nan, numbers),
        "a sparse matrix": sparse.csr_matrix(numbers),
    }[holds]
    with pytest.raises(ValueError, match=r"^estimator=.*learns from X, which holds"):
        fit_laws(Untrained(), X, y, estimator=estimator)
    with pytest.raises(ValueError, match="^learner=.*trained"):  # others take any features
        fit_laws(Untrained(), X, y, estimator=PowerSeries(), random_state=0)
