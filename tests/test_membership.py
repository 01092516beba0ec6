"""Laws from whole fits find known effects with honest errors; odd utilities end in clear words."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import clone

from scaling_values import Membership, ScalingLaws, Utilities
from scaling_values.estimators import group_weights


class World:
    """Utilities of effects, pairs, noise and a learning curve: contributions are known exactly."""

    def __init__(
        self,
        n=40,
        fits=200,
        seed=0,
        sizes=(8, 30),
        pairs=0.02,
        noise=0.3,
        tails=np.inf,
        exponent=1.0,
        classes=1,
        validation=1,
    ):
        rng = np.random.default_rng(seed)
        self.n, self.exponent = n, exponent
        self.strata = np.arange(n) % classes
        self.worth = rng.normal(size=n) + 2.0 * self.strata
        size = np.exp(rng.uniform(*np.log(sizes), fits)).round().astype(int)
        self.members = np.argsort(rng.random((fits, n)), axis=1).argsort(1) < size[:, None]
        about = self.members - (size / n)[:, None]
        together = np.triu(rng.normal(size=(n, n)) * pairs, 1)
        signal = np.log(size) + (size / 15) ** -exponent * (
            about @ self.worth + np.einsum("ti,ij,tj->t", about, together, about)
        )
        error = (
            rng.normal(size=(fits, validation))
            if np.isinf(tails)
            else rng.standard_t(tails, size=(fits, validation))
        )
        direction = 1 + 0.5 * rng.normal(size=validation)
        self.losses = -(signal[:, None] * (direction if validation > 1 else 1) + noise * error)
        self.slope = direction.mean() if validation > 1 else 1.0
        self.size = size

    def utilities(self, **changes):
        facts = dict(
            members=np.packbits(self.members, axis=1),
            losses=self.losses.astype(np.float32),
            base_loss=self.losses.mean(1),
            points=np.arange(self.n),
            n=self.n,
            strata=self.strata,
            sizes=(int(self.size.min()), int(self.size.max())),
        )
        return Utilities(**facts | changes)

    def contribution(self, k):
        n, fall = self.n, lambda size: (size / 15) ** -self.exponent
        effect = (
            ((n - k - 1) * fall(k + 1) + k * fall(k)) / (n - 1) * (self.worth - self.worth.mean())
        )
        return self.slope * (np.log(k + 1) - np.log(k) + effect)


def correlation(one, other):
    return np.corrcoef(one, other)[0, 1]


@pytest.mark.parametrize(
    "kind",
    [
        dict(),
        dict(exponent=0.3),
        dict(pairs=0.3),
        dict(classes=2),
        dict(classes=4),
        dict(validation=12),
        dict(tails=3),
    ],
    ids=str,
)
def test_effects_are_found_and_errors_are_honest(kind):
    held, errors, found = [], [], []
    for seed in range(3):
        world = World(seed=seed, fits=200, noise=1.0, **kind)
        laws = Membership().fit(world.utilities()).laws_
        for k in (10, 25):
            truth, (low, high) = world.contribution(k), laws.interval(k).T
            held.append(((low < truth) & (truth < high)).mean())
            errors.append((laws.contribution(k) - truth) / laws.standard_error(k))
            found.append(correlation(laws.contribution(k), truth))
    assert np.mean(found) > (0.75 if "pairs" in kind else 0.9)
    assert 0.8 <= np.mean(held) <= 0.98
    assert 0.75 <= np.std(errors) <= 1.25


def test_the_learning_curve_is_shared_out():
    """The mean contribution is the learning curve's slope."""
    world = World(fits=300, noise=0.03, pairs=0.0)
    laws = Membership().fit(world.utilities()).laws_
    sizes = np.array([10, 15, 25])
    np.testing.assert_allclose(
        laws.contribution(sizes).mean(0), np.log(sizes + 1) - np.log(sizes), rtol=0.1
    )


def test_values_beyond_the_fitted_sizes_say_that_they_extrapolate():
    laws = Membership().fit(World(sizes=(8, 20), fits=60).utilities()).laws_
    assert laws.sizes == (8, 20)
    with pytest.warns(UserWarning, match="100% of the weight lies outside the sampled sizes 8 to"):
        laws.values(low=40, high=80)
    with pytest.warns(UserWarning, match="the values extrapolate"):
        laws.values(weights={10: 0.5, 80: 0.5})


def test_more_fits_say_more():
    few, many = (
        Membership().fit(World(fits=fits, noise=2.0).utilities()).laws_ for fits in (60, 600)
    )
    assert (many.standard_error(20) < 0.5 * few.standard_error(20)).all()


def test_features_and_losses_of_rows_help():
    world, rng = World(n=60, fits=60, noise=2.0), np.random.default_rng(0)
    X = np.column_stack([world.worth, rng.normal(size=60)])
    told = np.where(world.members, 0.0, 1.0) * world.worth + rng.normal(size=world.members.shape)
    alone, by_features, by_losses = (
        correlation(
            Membership().fit(world.utilities(**changes), features).laws_.contribution(20),
            world.contribution(20),
        )
        for changes, features in (
            (dict(), None),
            (dict(), X),
            (dict(pool_losses=told.astype(np.float32)), None),
        )
    )
    assert by_features > alone + 0.1 and by_losses > alone + 0.1


@pytest.mark.parametrize(
    "features",
    [
        lambda n: pd.DataFrame(
            dict(a=np.arange(n), b=["x", "y"] * (n // 2), c=[f"text {i}" for i in range(n)])
        ).assign(d=np.nan),
        lambda n: scipy.sparse.random_array((n, 200), density=0.1, rng=0).tocsr(),
        lambda n: np.where(
            np.random.default_rng(0).random((n, 3)) < 0.2,
            np.nan,
            1.0 * np.arange(3 * n).reshape(n, 3),
        ),
        lambda n: np.ones((n, 2)),
        lambda n: np.full((n, 2), np.nan),
    ],
    ids=["frame", "sparse", "gaps", "constant", "nothing"],
)
def test_features_of_all_kinds(features):
    laws = Membership().fit(World().utilities(), features(40)).laws_
    assert np.isfinite(laws.contribution([10, 25])).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "change",
    [
        lambda loss, size: np.zeros_like(loss),
        lambda loss, size: np.full_like(loss, 0.7),
        lambda loss, size: 1e-12 * loss,
        lambda loss, size: 1e12 * loss,
        lambda loss, size: np.where(size[:, None] < 15, 0.7, loss),
        lambda loss, size: np.where(size[:, None] > 15, 0.7, loss),
        lambda loss, size: np.where(np.arange(len(loss))[:, None] == 3, 1e6, loss),
        lambda loss, size: -np.log(size)[:, None] + 0 * loss,
    ],
    ids=[
        "zeros",
        "constant",
        "tiny",
        "huge",
        "small sizes alike",
        "large sizes alike",
        "an outlier",
        "a curve alone",
    ],
)
def test_odd_utilities(change):
    world = World()
    world.losses = change(world.losses, world.size)
    laws = Membership().fit(world.utilities()).laws_
    assert (
        np.isfinite(laws.contribution([8, 15, 30])).all()
        and np.isfinite(laws.standard_error([8, 15, 30])).all()
    )
    assert len(laws.values()) == 40


@pytest.mark.parametrize(
    "kind",
    [
        dict(sizes=(20, 20)),
        dict(fits=20, n=30),
        dict(n=3, sizes=(1, 2), fits=30),
        dict(validation=3),
        dict(sizes=(8, 39)),
    ],
    ids=str,
)
def test_designs_of_all_kinds(kind):
    world = World(**kind)
    laws = Membership().fit(world.utilities()).laws_
    assert np.isfinite(laws.contribution(world.size.min())).all()


def test_rows_that_are_always_in_or_out():
    world = World()
    world.members[:, 0], world.members[:, 1] = True, False
    laws = Membership().fit(world.utilities()).laws_
    error = laws.standard_error(20)
    assert np.isfinite(error).all() and (error[:2] > 2 * np.median(error[2:])).all()


def test_units_do_not_matter():
    world = World()
    one, other = (
        Membership()
        .fit(
            world.utilities(
                losses=(f * world.losses).astype(np.float32), base_loss=world.losses[:, 0]
            )
        )
        .laws_
        for f in (1, 1024)
    )
    np.testing.assert_allclose(1024 * one.contribution(20), other.contribution(20), rtol=1e-6)


def test_the_order_of_rows_and_fits_does_not_matter():
    world, rng = World(fits=100), np.random.default_rng(0)
    rows, fits = rng.permutation(40), rng.permutation(100)
    laws = Membership().fit(world.utilities()).laws_.contribution(20)
    world.members, world.losses, world.size = (
        world.members[fits][:, rows],
        world.losses[fits],
        world.size[fits],
    )
    np.testing.assert_allclose(
        Membership().fit(world.utilities()).laws_.contribution(20), laws[rows], rtol=1e-4, atol=1e-6
    )


def test_repeats_and_manners(tmp_path):
    utilities, learner = World(validation=12).utilities(), Membership(n_parts=2)
    laws, again = (clone(learner).fit(utilities).laws_ for _ in range(2))
    np.testing.assert_array_equal(laws.contribution(20), again.contribution(20))
    laws.save(tmp_path / "laws.parquet")
    np.testing.assert_array_equal(
        ScalingLaws.load(tmp_path / "laws.parquet").contribution(20), laws.contribution(20)
    )
    assert list(clone(learner).fit(utilities).parts_.columns) == ["share", "additive", "exponent"]


@pytest.mark.parametrize(
    "make, said",
    [
        (lambda u: Membership().fit(np.ones(3)), "utilities must be a Utilities"),
        (lambda u: Membership().fit(u.take(np.arange(10))), "utilities holds 10 fits: at least 20"),
        (lambda u: Membership(n_parts=0).fit(u), "n_parts"),
        (lambda u: Membership(n_features=-1).fit(u), "n_features"),
        (lambda u: Membership(max_fits=0).fit(u), "max_fits"),
        (
            lambda u: Membership().fit(u, np.ones((7, 2))),
            "X has shape .7, 2.: it must have one row for each of the 40 points",
        ),
    ],
)
def test_errors(make, said):
    with pytest.raises(ValueError, match=said):
        make(World().utilities())


def test_too_few_fits_are_told():
    with pytest.warns(UserWarning, match="25 fits for 60 rows"):
        Membership().fit(World(n=60, fits=25).utilities())


def test_laws_of_sums_are_sums_of_laws():
    world = World(n=30, fits=120, classes=2)
    estimator, sizes = Membership().fit(world.utilities(index=np.arange(30) + 100)), [10, 25]
    rows, own = estimator.laws_, estimator.sums(np.eye(30))
    np.testing.assert_allclose(own.contribution(sizes), rows.contribution(sizes), rtol=1e-8)
    np.testing.assert_allclose(own.standard_error(sizes), rows.standard_error(sizes), rtol=1e-6)
    weights = pd.DataFrame(np.random.default_rng(0).normal(size=(3, 30)), index=["a", "b", "c"])
    laws = estimator.sums(weights)
    assert list(laws.values().index) == ["a", "b", "c"]
    np.testing.assert_allclose(
        laws.contribution(sizes), weights @ rows.contribution(sizes), rtol=1e-8
    )
    one = estimator.sums(weights.loc["b"])
    np.testing.assert_allclose(
        one.standard_error(sizes)[0], laws.standard_error(sizes)[1], rtol=1e-8
    )
    assert list(one.index) == ["b"] and len(estimator.sums(list(range(30)))) == 1


def test_all_rows_together_are_the_learning_curve():
    """Effects add to zero, so that the error of the rows' sum is that of the curve alone."""
    estimator = Membership().fit(World(n=30, fits=120, noise=2.0).utilities())
    whole, rows = estimator.sums(np.full(30, 1 / 30)), estimator.laws_
    np.testing.assert_allclose(whole.contribution(20), rows.contribution(20).mean(), rtol=1e-8)
    assert whole.standard_error(20)[0] < 0.5 * rows.standard_error(20).min()


@pytest.mark.parametrize(
    "shared", [0.0, 1.0], ids=["rows alone", "groups have something in common"]
)
def test_errors_of_groups_and_contrasts_are_honest(shared):
    groups, errors = np.repeat(np.arange(6), 8), {"means": [], "contrasts": []}
    for seed in range(6):
        world = World(n=48, fits=150, seed=seed, noise=1.5)
        common = shared * np.random.default_rng(100 + seed).normal(size=6)[groups]
        world.losses = (
            world.losses
            - (15 / world.size * ((world.members - (world.size / 48)[:, None]) @ common))[:, None]
        )
        world.worth = world.worth + common
        estimator, means = (
            Membership().fit(world.utilities(), groups=groups),
            group_weights(groups).to_numpy(),
        )
        for name, weights in (("means", means), ("contrasts", means[:3] - means[3:])):
            laws = estimator.sums(weights)
            errors[name].append(
                (laws.contribution(20) - weights @ world.contribution(20)) / laws.standard_error(20)
            )
    for error in map(np.concatenate, errors.values()):
        assert 0.6 <= error.std() <= 1.4 and (np.abs(error) < 1.645).mean() >= 0.75


def test_groups_help_where_they_have_something_in_common():
    world = World(n=48, fits=60, noise=3.0)
    groups = np.repeat(list("abcdef"), 8)
    common = 2 * np.random.default_rng(3).normal(size=6).repeat(8)
    about = world.members - (world.size / 48)[:, None]
    world.losses = world.losses - (15 / world.size * (about @ common))[:, None]
    world.worth = world.worth + common
    alone, told = (
        Membership().fit(world.utilities(), groups=g).laws_.contribution(20) for g in (None, groups)
    )
    truth = world.contribution(20)
    assert correlation(told, truth) > correlation(alone, truth) + 0.05
    one_group = Membership().fit(world.utilities(), groups=["all"] * 48).laws_.contribution(20)
    np.testing.assert_array_equal(one_group, alone)


@pytest.mark.parametrize(
    "make, said",
    [
        (lambda m, u: m.sums(np.ones(29)), "weights=.*finite number for each of the 30 points"),
        (lambda m, u: m.sums(np.full((2, 30), np.nan)), "weights="),
        (lambda m, u: m.sums(["a"] * 30), "weights="),
        (lambda m, u: m.sums(np.ones((0, 30))), "weights="),
        (lambda m, u: m.sums(3), "weights="),
        (lambda m, u: Membership().sums(np.ones(30)), "This Membership instance is not fitted"),
        (lambda m, u: Membership().fit(u, groups=[1] * 29), "groups has 29 labels"),
        (
            lambda m, u: Membership().fit(u, groups=[None] + [1] * 29),
            "groups has 30 labels, 1 of them missing",
        ),
        (lambda m, u: Membership().fit(u, groups="all"), "groups has 1 labels"),
    ],
)
def test_bad_weights_and_groups_are_named(make, said):
    utilities = World(n=30, fits=60).utilities()
    with pytest.raises(ValueError, match=said):
        make(Membership().fit(utilities), utilities)


def test_polished_variances_are_those_of_the_search():
    """More than 300 fits: the search runs on a third of them, Newton's method ends it on all."""
    from scaling_values.estimators import membership

    world = World(fits=330, classes=2)
    laws = Membership().fit(world.utilities()).laws_
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(membership.Likelihood, "polish", lambda self, x: self.search())
        searched = Membership().fit(world.utilities()).laws_
    away = (
        laws.contribution([10, 25]) - searched.contribution([10, 25])
    ) / searched.standard_error([10, 25])
    assert np.abs(away).max() < 0.25
    np.testing.assert_allclose(laws.standard_error(20), searched.standard_error(20), rtol=0.05)


@pytest.mark.parametrize("n", [8, 20, 60])
def test_contributions_of_an_additive_world_are_its_weights(n):
    """Where utilities are sums over rows, a row adds its weight, at any size (Eq. M2)."""
    rng = np.random.default_rng(0)
    worth = rng.normal(size=n)
    size = rng.integers(n // 4, 3 * n // 4 + 1, 4000)
    members = np.array([rng.permutation(np.arange(n) < k) for k in size])
    utility = members @ worth + 1e-3 * rng.normal(size=len(size))
    fits = Utilities(np.packbits(members, axis=1), -utility[:, None], -utility, np.arange(n), n)
    found = Membership().fit(fits).laws_.contribution(n // 2)
    slope = np.polyfit(worth, found, 1)[0]
    assert slope == pytest.approx(1, abs=0.01)
