"""The table of laws: predictions, uncertainty, selection, files."""

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scaling_values import (
    Contributions,
    Hierarchical,
    LogLinear,
    MaximumLikelihood,
    ScalingLaws,
    beta_weights,
    select_points,
)
from scaling_values.curves import Components, power_terms
from scaling_values.laws import check_weights


def make_laws(n: int = 30, seed: int = 0, index=None) -> ScalingLaws:
    rng = np.random.default_rng(seed)
    alpha, mu = rng.uniform(0.5, 2.0, n), rng.normal(1e-3, 1e-3, n)
    half = rng.normal(size=(n, 2, 2))
    return ScalingLaws(
        c=mu * 316.0**alpha,
        alpha=alpha,
        sigma=rng.uniform(1, 2, n),
        beta=rng.uniform(1, 3, n),
        k0=316.0,
        sizes=(100, 1000),
        cov=half @ half.transpose(0, 2, 1) * 1e-8,
        r2=rng.uniform(0, 1, n),
        n_samples=np.full(n, 50),
        status=np.full(n, "ok"),
        points=np.arange(n) * 2,
        index=np.arange(n) * 2 if index is None else np.asarray(index),
    )


FAMILIES = [(2, (1.0, 1.5, 2.0), 0.0), (1, (0.5, 1.5), 40.0)]  # components, exponents, shift


def bent_laws(n: int = 30, seed: int = 0, index=None, sd: float = 2e-4) -> ScalingLaws:
    """Three components for each point, in two families whose exponents all points share."""
    rng = np.random.default_rng(seed)
    chance = rng.dirichlet([2.0, 1.0, 1.0], n)
    parts = []
    for (count, exponents, shift), weight in zip(FAMILIES, np.split(chance, [2], axis=1)):
        shape = (n, count, len(exponents))
        half = rng.normal(size=(*shape, shape[-1])) * sd
        mean = rng.normal(0, 1e-3, shape)
        parts.append(
            Components(weight, mean, half @ half.swapaxes(-1, -2), np.array(exponents), shift)
        )
    unknown = np.full(n, np.nan)
    return replace(
        make_laws(n, seed, index),
        c=unknown,
        alpha=unknown,
        cov=np.full((n, 2, 2), np.nan),
        components=tuple(parts),
    )


def simulated(
    laws: ScalingLaws, place: int, sizes, draws: int = 200_000, seed: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Curves of one point drawn from its components, and their exponents: (draws, sizes) each."""
    rng, sizes = np.random.default_rng(seed), np.asarray(sizes, float)
    chances = np.concatenate([part.weight[place] for part in laws.components])
    counts = rng.multinomial(draws, chances / chances.sum())
    psi, slope = [], []
    for part in laws.components:
        terms = power_terms(sizes, part.exponents, part.shift, laws.k0)
        falls = terms * part.exponents * (sizes / (sizes + part.shift))[:, None]
        for number in range(part.weight.shape[1]):
            count, counts = counts[0], counts[1:]
            b = rng.multivariate_normal(part.mean[place, number], part.cov[place, number], count)
            psi.append(b @ terms.T)
            slope.append(b @ falls.T)
    psi, slope = np.concatenate(psi), np.concatenate(slope)
    return psi, slope / psi


def same(one: ScalingLaws, other: ScalingLaws) -> None:
    """Equal to the last bit."""
    for name in (
        "c",
        "alpha",
        "sigma",
        "beta",
        "cov",
        "r2",
        "n_samples",
        "status",
        "points",
        "k0",
        "sizes",
    ):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert pd.Index(one.index).equals(pd.Index(other.index))
    assert len(one.components) == len(other.components)
    for part, its in zip(one.components, other.components):
        for name in ("weight", "mean", "cov", "exponents", "shift"):
            np.testing.assert_array_equal(getattr(part, name), getattr(its, name))
            assert np.asarray(getattr(part, name)).dtype == np.asarray(getattr(its, name)).dtype


@pytest.mark.parametrize("make", [make_laws, bent_laws])
def test_shapes_follow_what_was_asked(make):
    laws = make(7)
    assert laws.contribution(100).shape == (7,) and laws.contribution([100, 200]).shape == (7, 2)
    assert laws.interval(100).shape == (7, 2) and laws.interval([100, 200]).shape == (7, 2, 2)
    np.testing.assert_allclose(laws.contribution(316), laws.mu)


def test_standard_errors_by_simulation():
    laws, rng = make_laws(3), np.random.default_rng(0)
    for j in range(3):
        mu, alpha = rng.multivariate_normal([laws.mu[j], laws.alpha[j]], laws.cov[j], 200_000).T
        simulated = (mu * (700 / 316) ** -alpha).std()
        assert laws.standard_error(700)[j] == pytest.approx(simulated, rel=0.02)


def test_wider_levels_make_wider_intervals():
    laws = make_laws()

    def width(level):
        return np.diff(laws.interval(200, level))[:, 0]

    assert (width(0.99) > width(0.9)).all() and (width(0.9) > width(0.5)).all()
    np.testing.assert_allclose(width(0.9), 2 * 1.6448536269514722 * laws.standard_error(200))


@pytest.mark.parametrize(
    "index", [None, [f"row {i}" for i in range(30)], pd.date_range("2020", periods=30)]
)
def test_files_give_back_the_same_bits(tmp_path, index):
    laws = make_laws(index=index)
    laws.save(tmp_path / "a folder" / "laws ü.parquet")
    again = ScalingLaws.load(tmp_path / "a folder" / "laws ü.parquet")
    for name in (
        "c",
        "alpha",
        "sigma",
        "beta",
        "cov",
        "r2",
        "n_samples",
        "status",
        "points",
        "k0",
        "sizes",
    ):
        np.testing.assert_array_equal(getattr(again, name), getattr(laws, name))
    assert pd.Index(again.index).equals(pd.Index(laws.index))
    assert sorted(file.name for file in (tmp_path / "a folder").iterdir()) == ["laws ü.parquet"]


def test_a_file_of_something_else_is_refused(tmp_path):
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "other.parquet")
    with pytest.raises(ValueError, match="is not a file of laws"):
        ScalingLaws.load(tmp_path / "other.parquet")


def test_top_and_select_agree_and_skip_points_without_a_law():
    laws = make_laws()
    laws.c[3] = np.nan
    best = laws.points[np.argsort(-np.nan_to_num(laws.contribution(200), nan=-np.inf))]
    np.testing.assert_array_equal(laws.top(5, k=200), best[:5])
    np.testing.assert_array_equal(select_points(laws, 5, k=200), best[:5])
    assert laws.points[3] not in laws.top(29, k=200)
    with pytest.raises(ValueError, match="only 29 have a law"):
        laws.top(30, k=200)


@pytest.mark.parametrize("n", [3, 7, 9, 20])
def test_selection_by_class_is_balanced_and_best_first(n):
    laws = make_laws(60)
    y = np.random.default_rng(0).choice(["a", "b", "c"], 120, p=[0.6, 0.3, 0.1])
    chosen = select_points(laws, n, k=100, y=y)
    counts = pd.Series(y[chosen]).value_counts().reindex(["a", "b", "c"], fill_value=0)
    available = pd.Series(y[laws.points]).value_counts()
    share = n // 3
    assert (
        counts >= np.minimum(share, available.reindex(["a", "b", "c"], fill_value=0))
    ).all() and len(chosen) == len(set(chosen)) == n
    values = pd.Series(laws.contribution(100), index=laws.points)
    assert values[chosen].is_monotonic_decreasing
    worst = select_points(laws, n, k=100, y=y, worst=True)
    assert values[worst].is_monotonic_increasing and values[worst].mean() < values[chosen].mean()


def test_selection_by_r2():
    laws = make_laws(60)
    assert (laws.r2[np.isin(laws.points, select_points(laws, 5, k=100, min_r2=0.8))] >= 0.8).all()


def test_intervals_of_a_mixture_are_quantiles_of_what_it_describes():
    """Against a million draws; with a single exponent it is a plain normal interval."""
    laws, rng, alpha = make_laws(2), np.random.default_rng(0), np.linspace(0.4, 1.6, 21)
    weight = np.exp(-0.5 * ((alpha - 1) / 0.25) ** 2)
    weight, mean = weight / weight.sum(), 1e-3 + 2e-4 * alpha
    alone = np.eye(21)[0]
    part = Components(
        weight=np.stack([weight, alone]).astype(np.float32),
        mean=np.stack([mean, np.where(alone, 1e-3, 5.0)])[..., None].astype(np.float32),
        cov=np.stack([np.full(21, 3e-4**2), np.where(alone, 3e-4**2, 1.0)])[..., None, None].astype(
            np.float32
        ),
        exponents=np.stack([alpha, np.where(alone, 1.0, 2.0)])[..., None].astype(np.float32),
    )
    mixed = replace(laws, components=(part,))
    assert not mixed.bends
    node = rng.choice(21, 1_000_000, p=weight)
    mu = rng.normal(mean[node], 3e-4)
    for size in (50, 316, 2000):
        drawn = np.quantile(mu * (size / 316) ** -alpha[node], [0.05, 0.95])
        np.testing.assert_allclose(mixed.interval(size)[0], drawn, rtol=0.01)
        np.testing.assert_allclose(
            mixed.interval(size)[1],
            (1e-3 + 3e-4 * np.array([-1, 1]) * 1.6448536) / (size / 316),
            rtol=1e-5,
        )
    assert (mixed.interval([50, 316])[:, 1] == mixed.interval(316)).all()
    value = (mu[:, None] * (np.arange(100, 1001, 50) / 316) ** -alpha[node][:, None]).mean(1)
    weights = pd.Series(1 / 19, index=np.arange(100, 1001, 50))
    np.testing.assert_allclose(
        mixed.values(weights)[["low", "high"]].to_numpy()[0],
        np.quantile(value, [0.05, 0.95]),
        rtol=0.01,
    )
    grid = mixed.local_exponent(500)
    np.testing.assert_allclose(
        grid[["low", "high"]].to_numpy()[0], np.quantile(alpha[node], [0.05, 0.95]), atol=0.06
    )


def test_a_mixture_goes_through_a_file_and_stays_small(tmp_path):
    laws, rng = make_laws(1000), np.random.default_rng(1)
    arrays = [rng.random((1000, 21)).astype(np.float32) for _ in range(4)]
    for array in arrays:
        array[3] = np.nan
    weight, mean, cov, exponents = arrays
    mixed = replace(
        laws,
        components=(
            Components(weight, mean[..., None], cov[..., None, None], exponents[..., None]),
        ),
    )
    mixed.save(tmp_path / "laws.parquet")
    again = ScalingLaws.load(tmp_path / "laws.parquet")
    same(again, mixed)
    assert again.components[0].mean.dtype == np.float32
    assert (tmp_path / "laws.parquet").stat().st_size < 700_000
    assert (
        np.isnan(mixed.interval(100)[3]).all()
        and np.isfinite(np.delete(mixed.interval(100), 3, 0)).all()
    )
    assert np.isnan(mixed.local_exponent(100).to_numpy()[3, 1:]).all()


WEIGHTS = {
    "sampled sizes": None,
    "a few": pd.Series({100: 0.3, 500: 0.5, 900: -0.2}),
    "Beta": beta_weights(1001, 16, 1),
    "signed": pd.Series(np.random.default_rng(0).normal(size=4000), index=np.arange(1, 4001)),
}


@pytest.mark.filterwarnings("ignore:.*outside the sampled sizes")
@pytest.mark.parametrize("name", WEIGHTS)
@pytest.mark.parametrize("make", [make_laws, bent_laws])
def test_values_are_direct_sums(make, name):
    laws, weights = make(20), WEIGHTS[name]
    every = pd.Series(1 / 901, index=np.arange(100, 1001)) if weights is None else weights
    psi = laws.contribution(every.index.to_numpy())
    found = laws.values(weights)
    error = np.abs(found["value"].to_numpy() - psi @ every.to_numpy())
    assert (error < 1e-12 * np.abs(psi) @ every.abs().to_numpy()).all()
    assert list(found.columns) == ["value", "se", "low", "high"] and list(found.index) == list(
        laws.index
    )
    assert ((found["low"] < found["high"]) & (found["se"] > 0)).all()


@pytest.mark.parametrize("make", [make_laws, bent_laws])
def test_values_without_an_interval(make):
    laws = make(20)
    pd.testing.assert_frame_equal(laws.values(level=None), laws.values()[["value", "se"]])
    with pytest.raises(ValueError, match="level=2 must lie between 0 and 1"):
        laws.values(level=2)


def test_contributions_ask_for_no_variances(monkeypatch):
    laws = bent_laws(5)
    monkeypatch.setattr(
        "scaling_values.laws.functional", lambda *_: pytest.fail("a contribution needs no variance")
    )
    assert laws.contribution([100, 500]).shape == (5, 2) and laws.mu.shape == laws.contribution(
        300
    ).shape == (5,)


def test_laws_bend_all_or_none():
    laws = bent_laws(5)
    own = Components(np.ones((5, 1)), np.ones((5, 1, 1)), np.ones((5, 1, 1, 1)), np.ones((5, 1, 1)))
    with pytest.raises(
        ValueError, match="components mix shared exponents with exponents of single points"
    ):
        replace(laws, components=(*laws.components, own))


def test_values_of_bent_laws_and_their_errors_by_simulation():
    laws, k = bent_laws(3), np.arange(100, 1001)
    found = laws.values(level=0.8)
    for place in range(3):
        drawn = simulated(laws, place, k, 40_000)[0].mean(1)
        assert found["value"].iloc[place] == pytest.approx(drawn.mean(), abs=5 * drawn.std() / 200)
        assert found["se"].iloc[place] == pytest.approx(drawn.std(), rel=0.02)
        assert [
            (drawn < found[end].iloc[place]).mean() for end in ("low", "high")
        ] == pytest.approx([0.1, 0.9], abs=0.01)


def test_errors_and_intervals_of_bent_laws_by_simulation():
    laws, k = bent_laws(4), [60, 316, 3000]
    ends, errors = laws.interval(k, 0.8), laws.standard_error(k)
    for place in range(4):
        psi, _ = simulated(laws, place, k)
        np.testing.assert_allclose(errors[place], psi.std(0), rtol=0.02)
        below = (psi[:, :, None] < ends[place]).mean(0)
        np.testing.assert_allclose(below, [[0.1, 0.9]] * 3, atol=0.005)


@pytest.mark.parametrize("k", [100, 316, 2000])
def test_exponents_of_bent_laws_by_simulation(k):
    laws = bent_laws(8)
    found = laws.local_exponent(k, level=0.8)
    step = 1e-4
    psi = laws.contribution([k, k * (1 + step)])
    slope = -np.log(psi[:, 1] / psi[:, 0]) / np.log1p(step)
    np.testing.assert_allclose(found["exponent"], slope, rtol=1e-2, atol=1e-2)
    for place in range(8):
        _, exponents = simulated(laws, place, [k])
        below = [(exponents[:, 0] < found[end].iloc[place]).mean() for end in ("low", "high")]
        assert below == pytest.approx([0.1, 0.9], abs=0.006)


def test_changes_of_sign_by_simulation():
    laws = bent_laws(12, sd=4e-4)
    found = laws.sign_change(80, 1500)
    psi = laws.contribution([80, 1500])
    for place in range(12):
        drawn, _ = simulated(laws, place, [80, 1500])
        assert found["probability"].iloc[place] == pytest.approx(
            (drawn.prod(1) < 0).mean(), abs=0.005
        )
    turns = np.flatnonzero(psi.prod(1) < 0)
    assert len(turns) and np.isfinite(found["size"].to_numpy()[turns]).all()
    for place in turns:
        (size,) = found["size"].iloc[[place]]
        assert (
            abs(laws.contribution(size)[place]) < 0.01 * np.abs(psi[place]).max()
            and 80 < size < 1500
        )


def test_straight_laws_do_not_turn():
    laws = make_laws(5)
    np.testing.assert_array_equal(laws.sign_change()["probability"], np.zeros(5))
    assert laws.sign_change()["size"].isna().all()
    np.testing.assert_array_equal(laws.local_exponent(50)["exponent"], laws.alpha)


@pytest.mark.parametrize("make", [make_laws, bent_laws])
def test_some_points_are_what_they_were(make):
    laws = make(9)
    mask = laws.mu > 0
    for places in ([4, 1], mask, np.array([8])):
        some = laws.take(places)
        for ask in ("contribution", "standard_error", "interval"):
            np.testing.assert_array_equal(
                getattr(some, ask)([50, 500]), getattr(laws, ask)([50, 500])[places]
            )
        for ask in (
            ScalingLaws.values,
            lambda of: of.local_exponent(500),
            ScalingLaws.sign_change,
            ScalingLaws.to_frame,
        ):
            pd.testing.assert_frame_equal(ask(some), ask(laws).iloc[places])


def test_points_without_a_curve_have_no_numbers():
    laws = bent_laws(5)
    for part in laws.components:
        part.mean[2] = np.nan
    for frame in (laws.values(), laws.local_exponent(300), laws.sign_change()):
        assert frame.iloc[2].isna().all() and frame.iloc[[0, 1, 3, 4], 0].notna().all()
    assert laws.points[2] not in laws.top(4, k=200)


@pytest.mark.parametrize("make", [make_laws, bent_laws])
def test_no_points_at_all_go_through_a_file(tmp_path, make):
    nobody = make(3).take([])
    nobody.save(tmp_path / "laws.parquet")
    again = ScalingLaws.load(tmp_path / "laws.parquet")
    assert (
        len(again) == 0 and again.contribution([100, 500]).shape == (0, 2) and again.values().empty
    )


def test_exponents_are_asked_for_size_by_size():
    with pytest.raises(ValueError, match=r"k=\[100, 200\] must be one dataset size"):
        bent_laws(2).local_exponent([100, 200])


@pytest.mark.parametrize(
    "index", [None, [f"row {i}" for i in range(30)], pd.date_range("2020", periods=30)]
)
def test_bent_laws_go_through_files(tmp_path, index):
    laws = bent_laws(index=index)
    laws.save(tmp_path / "laws.parquet")
    again = ScalingLaws.load(tmp_path / "laws.parquet")
    same(again, laws)
    pd.testing.assert_frame_equal(again.values(), laws.values(), check_index_type=False)


def test_a_damaged_file_is_refused(tmp_path):
    """Single bits turned over, and files cut off, at many places."""
    file, rng = tmp_path / "laws.parquet", np.random.default_rng(0)
    bent_laws(20).save(file)
    content = file.read_bytes()
    for place in rng.choice(len(content), 300, replace=False):
        flipped = bytearray(content)
        flipped[place] ^= 1 << rng.integers(8)
        for damaged in (flipped, content[:place]):
            file.write_bytes(damaged)
            with pytest.raises(ValueError, match="laws.parquet"):
                ScalingLaws.load(file)
    file.write_bytes(content + b"\0")
    with pytest.raises(ValueError, match="laws.parquet"):
        ScalingLaws.load(file)


def test_files_of_earlier_versions_and_of_others_are_refused(tmp_path):
    file = tmp_path / "laws.parquet"
    early = make_laws(3).to_frame()
    early.attrs = dict(k0=316.0, sizes=[100, 1000])
    early.to_parquet(file)
    with pytest.raises(
        ValueError, match="not a file of laws, or comes from an earlier version: fit the laws"
    ):
        ScalingLaws.load(file)
    file.write_bytes(b"no parquet")
    with pytest.raises(ValueError, match="could not be read as parquet"):
        ScalingLaws.load(file)


@pytest.mark.parametrize("make", [make_laws, bent_laws])
def test_former_names_say_what_to_use(make):
    laws = make(5)
    with pytest.warns(
        FutureWarning, match=r"use laws.values\(low=low, high=high\).value"
    ) as caught:
        np.testing.assert_array_equal(
            laws.shapley(100, 900), laws.values(low=100, high=900)["value"]
        )
    assert caught[0].filename == __file__
    with pytest.warns(FutureWarning, match=r"use laws.values\(weights\).value"):
        np.testing.assert_array_equal(laws.semivalue({100: 1.0}), laws.values({100: 1.0})["value"])


@pytest.mark.parametrize(
    "work",
    [
        lambda laws: laws.values({5000: 1.0}),
        lambda laws: laws.values(low=1000, high=5000),
        lambda laws: check_weights({5000: 1.0}, laws.sizes),
    ],
    ids=["weights", "range", "check"],
)
def test_warnings_point_at_the_users_line(work):
    with pytest.warns(UserWarning, match="outside the sampled sizes 100 to 1000") as caught:
        work(make_laws(3))
    assert caught[0].filename == __file__


def samples_of_straight_laws(
    n: int = 40, m: int = 60, shared: bool = True, seed: int = 0
) -> Contributions:
    """What version 0.1 was fitted to when tests/data/straight_laws.npz was written."""
    rng = np.random.default_rng(seed)
    k = rng.integers(100, 1001, m) if shared else rng.integers(100, 1001, (m, n))
    K = k[:, None] if shared else k
    alpha, mu = rng.uniform(0.5, 2, n), rng.normal(1e-3, 1e-3, n)
    sd, beta = rng.uniform(1e-3, 4e-3, n), rng.uniform(1, 3, n)
    delta = mu * (K / 316.0) ** -alpha + sd * (K / 316.0) ** (-beta / 2) * rng.normal(size=(m, n))
    delta[rng.random((m, n)) < 0.05] = np.nan
    return Contributions(
        k=k,
        delta=delta,
        points=np.arange(n) * 3,
        support=np.arange(100, 1001),
        size_probability=np.full(901, 1 / 901),
    )


@pytest.mark.parametrize("shared", [True, False], ids=["shared", "own"])
@pytest.mark.parametrize("estimator", [LogLinear, MaximumLikelihood, Hierarchical])
def test_straight_laws_are_those_of_version_0_1(estimator, shared):
    stored = np.load(Path(__file__).parent / "data" / "straight_laws.npz")
    sizes = [100, 300, 1000, 5000]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        laws = estimator().fit(samples_of_straight_laws(shared=shared)).laws_
        found = dict(
            contribution=laws.contribution(sizes),
            interval=laws.interval(sizes),
            interval50=laws.interval(200, 0.5),
            shapley=laws.values()["value"],
            shapley2=laws.values(low=50, high=3000)["value"],
            semivalue=laws.values({100: 0.3, 500: 0.5, 900: -0.2})["value"],
            se=laws.standard_error(sizes),
            params=np.stack([laws.c, laws.alpha, laws.sigma, laws.beta, laws.r2]),
        )
        if not laws.components:
            found["value_se"] = laws.values()["se"]
    for name, numbers in found.items():
        was = stored[f"{estimator.__name__}_{'shared' if shared else 'own'}_{name}"]
        rtol = (
            1e-6 if estimator is MaximumLikelihood else 1e-10
        )  # a maximum is found to the root of what processors round
        np.testing.assert_allclose(numbers, was, rtol=rtol, atol=1e-22, err_msg=name)


@pytest.mark.parametrize(
    "index", [[True, False, True], pd.timedelta_range("1D", periods=3), [1, "a", 2.5]]
)
def test_any_index_survives_a_file(tmp_path, index):
    laws = make_laws(3, index=pd.Index(index).to_numpy())
    laws.save(tmp_path / "laws.parquet")
    again = ScalingLaws.load(tmp_path / "laws.parquet")
    assert list(map(str, again.index)) == list(map(str, laws.index))


def test_laws_without_a_fit_have_a_repr():
    laws = make_laws(3)
    laws.alpha[:] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "median exponent nan" in repr(laws)
