"""Networks that predict laws: what they learn, what they leave alone, and what they refuse."""

import numpy as np
import pytest
import torch
from sklearn.base import clone

from scaling_values import Amortized, Contributions, Hierarchical, PowerSeries


def simulate(
    n: int, m: int, seed: int = 0, shared: bool = False
) -> tuple[Contributions, np.ndarray, np.ndarray]:
    """Samples whose means depend on a feature and the class; the features; true means at 400."""
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(n, 3)), rng.choice(["no", "yes"], n)
    mu = 1e-3 * np.where(y == "yes", 1.0, -0.5) * np.tanh(X[:, 0])
    k = rng.integers(100, 1001, m if shared else (m, n))
    sizes = k[:, None] if shared else k
    delta = mu * (sizes / 400) ** -1.0 + rng.normal(size=(m, n)) * 2e-3 * (sizes / 400) ** -1.2
    return Contributions(k=k, delta=delta, points=np.arange(n), y=y), X, mu


def small(**changes) -> Amortized:
    return Amortized(**dict(hidden=(32,), max_epochs=30, random_state=0) | changes)


@pytest.mark.parametrize("shared", [False, True])
def test_points_that_were_never_sampled(shared):
    samples, X, mu = simulate(1500, 12, shared=shared)
    network = small().fit(samples.take(points=np.arange(1000)), X[:1000])
    predicted = network.predict(X[1000:], samples.y[1000:]).contribution(400)
    assert np.corrcoef(predicted, mu[1000:])[0, 1] > 0.9
    assert network.history_["held_out"].min() < network.history_["held_out"].iloc[0]


def test_the_same_seed_gives_the_same_networks_and_leaves_torch_alone():
    samples, X, _ = simulate(200, 6)
    state = torch.random.get_rng_state()
    first = small(n_networks=2).fit(samples, X)
    assert torch.equal(state, torch.random.get_rng_state())
    torch.rand(3)  # what others draw in between does not matter
    second = clone(first).fit(samples, X)
    np.testing.assert_array_equal(first.laws_.c, second.laws_.c)
    assert first.history_.equals(second.history_)
    other = clone(first).set_params(random_state=1).fit(samples, X)
    assert not np.array_equal(first.laws_.c, other.laws_.c)


def test_units_of_contributions_and_of_features_do_not_matter():
    samples, X, _ = simulate(200, 6)
    scaled = Contributions(
        k=samples.k, delta=1e6 * samples.delta, points=samples.points, y=samples.y
    )
    a, b = small().fit(samples, X).laws_, small().fit(scaled, 100 * X - 7).laws_
    np.testing.assert_allclose(
        1e6 * a.contribution(300),
        b.contribution(300),
        rtol=1e-2,
        atol=1e-3 * np.abs(b.contribution(300)).max(),
    )


def test_a_response_is_an_input():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(800, 2)), rng.normal(size=800)
    k = rng.integers(100, 1001, (10, 800))
    delta = (1e-3 * y) * (k / 400) ** -1.0 + 1e-3 * rng.normal(size=k.shape)
    network = small().fit(Contributions(k=k, delta=delta, points=np.arange(800)), X, y)
    assert np.corrcoef(network.predict(X, y).contribution(400), y)[0, 1] > 0.9


def test_a_module_of_ones_own_is_copied_and_checked():
    samples, X, _ = simulate(200, 6)
    module = torch.nn.Linear(3, 10)
    weight = module.weight.detach().clone()
    small(module=module).fit(samples, X)
    assert torch.equal(weight, module.weight.detach())
    with pytest.raises(ValueError, match="5 outputs per class"):
        small(module=torch.nn.Linear(3, 7)).fit(samples, X)


def test_missing_samples_one_sample_and_few_points():
    samples, X, _ = simulate(60, 4)
    delta = samples.delta.copy()
    delta[np.random.default_rng(0).random(delta.shape) < 0.5] = np.nan
    for some in (
        Contributions(k=samples.k, delta=delta, points=samples.points, y=samples.y),
        samples.take(draws=[0]),
        samples.take(points=np.arange(3)),
    ):
        laws = small(max_epochs=3).fit(some, X[some.points]).laws_
        assert (
            np.isfinite(laws.c).all()
            and (laws.status == "predicted").all()
            and np.isnan(laws.cov).all()
        )


def test_bad_input():
    samples, X, _ = simulate(40, 3)
    for change, match in ((dict(n_networks=0), "n_networks"), (dict(batch_size=0), "batch_size")):
        with pytest.raises(ValueError, match=match):
            small(**change).fit(samples, X)
    with pytest.raises(ValueError, match="contributions must be Contributions"):
        small().fit(samples.delta, X)
    with pytest.raises(ValueError, match="X has 39 rows for 40"):
        small().fit(samples, X[1:])
    with pytest.raises(ValueError, match="y is needed"):
        small().fit(Contributions(k=samples.k, delta=samples.delta, points=samples.points), X)
    with pytest.raises(ValueError, match="NaN"):
        small().fit(samples, np.where(X > 1, np.nan, X))
    with pytest.raises(ValueError, match="all zero"):
        small().fit(
            Contributions(k=samples.k, delta=0 * samples.delta, points=samples.points, y=samples.y),
            X,
        )
    with pytest.raises(ValueError, match="not fitted"):
        small().predict(X, samples.y)
    network = small(max_epochs=2).fit(samples, X)
    with pytest.raises(ValueError, match="'maybe', a class that training did not see"):
        network.predict(X[:1], np.array(["maybe"]))
    with pytest.raises(ValueError, match="X has 2 features, but the networks were trained on 3"):
        network.predict(X[:, :2], samples.y)


def test_networks_disagree_where_they_have_seen_nothing():
    samples, X, _ = simulate(400, 8)
    four = small(n_networks=4).fit(samples, X)
    near, far = (four.disagreement(scale * X, samples.y) for scale in (1, 5))
    assert near.shape == (400,) and (near > 0).all() and np.median(far) > 1.5 * np.median(near)
    scaled = Contributions(
        k=samples.k, delta=8.0 * samples.delta, points=samples.points, y=samples.y
    )
    np.testing.assert_allclose(
        small(n_networks=4).fit(scaled, X).disagreement(X, samples.y), 8 * near, rtol=0.05
    )
    assert (small().fit(samples, X).disagreement(X, samples.y) == 0).all()
    with pytest.raises(ValueError, match="call fit first"):
        small().disagreement(X, samples.y)


class Spy(Amortized):
    """Remembers what it was fitted to and asked about."""

    seen: list = []

    def fit(self, contributions, X, y=None):
        self.mine = (contributions.points, contributions.delta, X)
        return super().fit(contributions, X, y)

    def predict(self, X, y):
        Spy.seen.append((*self.mine, X))
        return super().predict(X, y)


@pytest.mark.parametrize(
    "estimator, shared", [(Hierarchical, False), (Hierarchical, True), (PowerSeries, False)]
)
def test_as_a_prior_it_never_saw_the_points_it_predicts_nor_shared_draws(estimator, shared):
    rng = np.random.default_rng(5)
    X, y, k = (
        rng.normal(size=(60, 3)),
        rng.integers(0, 2, 60),
        rng.integers(100, 1001, 8 if shared else (8, 60)),
    )
    samples = Contributions(k=k, delta=rng.normal(size=(8, 60)), points=np.arange(60), y=y)
    Spy.seen = []
    estimator(prior=Spy(hidden=(4,), max_epochs=1, random_state=0), n_folds=3).fit(samples, X)
    assert len(Spy.seen) == (6 if shared else 3)
    for _, delta, trained, asked in Spy.seen:
        assert not (trained[:, None] == asked).all(2).any()
        assert len(delta) == (4 if shared else 8)
    if shared:  # the halves: together all draws, none twice
        first, second = (Spy.seen[i][1][:, 0] for i in (0, 3))
        column = samples.delta[:, Spy.seen[0][0][0]]
        assert set(first) <= set(column) and len(set(first)) == 4 and len(second) == 4
