"""What values are good for: wrong labels, rows to drop, prices."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from scaling_values import Dataset, MaximumLikelihood, Utility, dropping_curve, label_suspects, monte_carlo, prices, sample_contributions

from conftest import make_arrays


@pytest.fixture(scope="module")
def samples():
    X, y = make_arrays(200)
    wrong = y.copy()
    wrong[:20] = 1 - wrong[:20]
    data = Dataset.from_arrays(X, wrong, *make_arrays(200, seed=1), *make_arrays(200, seed=2), index=[f"row {i}" for i in range(200)])
    return sample_contributions(Utility(LogisticRegression(), data), sizes=(20, 100), draws=60, random_state=0), data


def test_suspects_are_the_turned_rows(samples):
    found = label_suspects(samples[0], 20)
    assert (found.row < 20).mean() > 0.7
    assert found.index[0] == f"row {found.row.iloc[0]}" and found.value.is_monotonic_increasing
    assert (found.label == samples[1].y_train[found.row]).all()
    np.testing.assert_allclose(found.value, monte_carlo(samples[0]).value[found.index])
    assert len(label_suspects(samples[0])) == 200


def test_dropping_them_helps(samples):
    utility = Utility(LogisticRegression(), samples[1])
    curve = dropping_curve(utility, label_suspects(samples[0]).row, [0, 20])
    assert curve[20] < curve[0]
    assert curve[0] == utility.evaluate(utility.fit(np.arange(200)), "test")
    with pytest.raises(ValueError, match="counts=300 is more than the 200 rows of order"):
        dropping_curve(utility, np.arange(200), [300])


def test_prices_add_up_and_harm_is_free(samples):
    laws = MaximumLikelihood().fit(samples[0]).laws_
    found = prices(laws, 100.0, 50)
    psi = dict(zip(laws.points, laws.contribution(50)))
    assert found.price.sum() == pytest.approx(100)
    assert all((price > 0) == (psi[row] > 0) for price, row in zip(found.price, found.row))
    assert (found.low <= found.price + 1e-9).all() and (found.price <= found.high + 1e-9).all()
    with pytest.raises(ValueError, match="budget=0 must be"):
        prices(laws, 0, 50)
