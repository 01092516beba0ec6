"""What values are good for: wrong labels, rows to drop, prices."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import make_arrays
from sklearn.linear_model import LogisticRegression

from scaling_values import (
    Dataset,
    MaximumLikelihood,
    Utility,
    dropping_curve,
    monte_carlo,
    prices,
    sample_contributions,
    select_points,
)
from scaling_values.exchange import open_xarray


@pytest.fixture(scope="module")
def samples():
    X, y = make_arrays(200)
    wrong = y.copy()
    wrong[:20] = 1 - wrong[:20]
    data = Dataset.from_arrays(
        X,
        wrong,
        *make_arrays(200, seed=1),
        *make_arrays(200, seed=2),
        index=[f"row {i}" for i in range(200)],
    )
    return sample_contributions(
        Utility(LogisticRegression(), data), sizes=(20, 100), draws=60, random_state=0
    ), data


def by_mean(samples):
    """Rows of the pool, the most harmful first."""
    return samples.points[np.argsort(monte_carlo(samples).value, kind="stable")]


def test_dropping_what_harms_helps(samples):
    utility = Utility(LogisticRegression(), samples[1])
    curve = dropping_curve(utility, by_mean(samples[0]), [0, 20])
    assert curve[20] < curve[0]
    assert curve[0] == utility.evaluate(utility.fit(np.arange(200)), "test")
    with pytest.raises(ValueError, match="counts=300 is more than the 200 rows of order"):
        dropping_curve(utility, np.arange(200), [300])


@pytest.mark.parametrize(
    "psi, low, expected",
    [
        ([3.0, 1.0, -1.0], [1.0, 0.5, -2.0], [50.0, 100 * 0.5 / 3.5, 0.0]),
        ([2.0, -1.0], [-1.0, -2.0], [0.0, 0.0]),  # nobody is paid if the only helper harms
        ([2.0, np.nan], [1.0, np.nan], [100.0, np.nan]),
    ],
)
def test_the_low_price_lets_the_others_stay_as_they_are(samples, monkeypatch, psi, low, expected):
    laws = MaximumLikelihood().fit(samples[0].take(points=range(len(psi)))).laws_
    ends = np.stack([low, np.full(len(psi), np.inf)], axis=1)
    monkeypatch.setattr(type(laws), "contribution", lambda self, k: np.array(psi))
    monkeypatch.setattr(type(laws), "interval", lambda self, k, level: ends)
    found = prices(laws, 100.0, 50).sort_index()
    np.testing.assert_allclose(found.low, expected)
    np.testing.assert_allclose(found.high, 100.0)  # without bound, one takes all


def test_prices_add_up_and_harm_is_free(samples):
    laws = MaximumLikelihood().fit(samples[0]).laws_
    found = prices(laws, 100.0, 50)
    psi = dict(zip(laws.points, laws.contribution(50)))
    assert found.price.sum() == pytest.approx(100)
    assert all((price > 0) == (psi[row] > 0) for price, row in zip(found.price, found.pool_row))
    assert (found.low <= found.price + 1e-9).all() and (found.price <= found.high + 1e-9).all()
    with pytest.raises(ValueError, match="budget=0 must be"):
        prices(laws, 0, 50)


def test_the_tables_labels_are_not_taken_for_the_pools_rows(samples):
    laws = MaximumLikelihood().fit(samples[0]).laws_
    names = samples[0].index
    table = pd.Series([*samples[1].y_train, *[7] * 50], index=[*names, *range(50)]).sample(
        frac=1, random_state=0
    )  # 250 rows, of which the pool has 200
    np.testing.assert_array_equal(
        select_points(laws, 20, 50, y=table), select_points(laws, 20, 50, y=samples[1].y_train)
    )
    with pytest.raises(
        ValueError, match="y has shape .3,.: the labels of the whole pool are needed"
    ):
        select_points(laws, 20, 50, y=pd.Series([1, 0, 1]))
    utility, rows = Utility(LogisticRegression(), samples[1]), by_mean(samples[0])
    pd.testing.assert_series_equal(
        dropping_curve(utility, pd.Index(samples[0].index[rows]), [0, 9]),
        dropping_curve(utility, rows, [0, 9]),
    )


@pytest.mark.parametrize(
    "order, counts, message",
    [
        (
            [5, 300],
            [1],
            "order holds row 300, but the pool's rows are 0 to 199; "
            "order takes rows of the pool, such as select_points",
        ),
        (
            pd.Index(["row 5", "row 500"]),
            [1],
            "order holds 'row 500', which is no label in utility.data.index",
        ),
        (np.arange(200), [-5], "counts=-5 is too few: at least 0"),
        (np.arange(200), [0, 200], "counts=200 leaves 0 of the pool's 200 rows"),
        (np.arange(200), 30, "counts=30 must be a list"),
    ],
)
def test_bad_orders_and_counts_say_what_is_wrong(samples, order, counts, message):
    with pytest.raises(ValueError, match=message):
        dropping_curve(Utility(LogisticRegression(), samples[1]), order, counts)


def test_a_class_that_would_be_dropped_whole(samples):
    order = np.argsort(samples[1].y_train, kind="stable")
    with pytest.raises(
        ValueError, match="all of one class, and there is nothing to train on: drop fewer"
    ):
        dropping_curve(
            Utility(LogisticRegression(), samples[1]), order, [int((samples[1].y_train == 0).sum())]
        )


def test_things_in_each_others_place(samples):
    laws = MaximumLikelihood().fit(samples[0]).laws_
    for call, message in [
        (lambda: select_points(samples[0], 3, 50), "laws must be a ScalingLaws"),
        (lambda: prices(samples[0], 10, 50), "laws must be a ScalingLaws"),
        (lambda: dropping_curve(samples[1], [1], [1]), "utility must be a Utility"),
        (lambda: prices(laws, "1000", 50), "budget='1000' must be a number"),
        (
            lambda: open_xarray(laws),
            "source must be Contributions or a store's folder, not a ScalingLaws",
        ),
    ]:
        with pytest.raises(ValueError, match=message):
            call()


def test_an_unknown_interval_of_a_price_stays_unknown(samples):
    laws = MaximumLikelihood().fit(samples[0]).laws_
    found = prices(replace(laws, cov=np.full_like(laws.cov, np.nan), components=()), 30.0, 100)
    assert np.isclose(found.price.sum(), 30.0) and found[["low", "high"]].isna().all().all()
