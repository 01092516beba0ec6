"""Controlled draws: the same expectation, less variance, and stored base fits."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier

from scaling_values import Contributions, Dataset, Utility, sample_contributions
from scaling_values.controls import _smoother, control_draws, draw_controls

DRAWS, POINTS, EXTRA, OUTPUTS = 40, 30, 160, 12
FIXED = np.random.default_rng(0)
K, EXTRA_K = FIXED.integers(50, 501, DRAWS), FIXED.integers(50, 501, EXTRA)
MEAN = FIXED.normal(1, 0.5, POINTS) * (K[:, None] / 160) ** -1.2
LOADINGS, ANSWERS = FIXED.normal(1, 0.5, (3, POINTS)), FIXED.normal(size=(3, OUTPUTS))
IN_THE_SET = FIXED.random((DRAWS, POINTS)) < K[:, None] / 1500


def factor_model(seed: int, told: bool = True) -> Contributions:
    """Contributions with errors of three common factors, which the answers tell, or do not."""
    rng = np.random.default_rng(seed)
    luck, other = (rng.normal(size=(len(k), 3)) / np.sqrt(k / 160)[:, None] for k in (K, EXTRA_K))
    delta = (
        MEAN
        + (luck @ LOADINGS + rng.normal(size=MEAN.shape) / np.sqrt(K / 160)[:, None])
        / np.sqrt(K / 160)[:, None]
    )
    if not told:
        luck, other = (rng.normal(size=part.shape) for part in (luck, other))

    def answers(k: np.ndarray, luck: np.ndarray) -> np.ndarray:
        return 0.3 + 5 / k[:, None] + luck @ ANSWERS + 0.1 * rng.normal(size=(len(k), OUTPUTS))

    return Contributions(
        k=K,
        delta=np.where(IN_THE_SET, np.nan, delta),
        points=np.arange(POINTS),
        outputs=answers(K, luck),
        extra_k=EXTRA_K,
        extra_outputs=answers(EXTRA_K, other),
    )


def means(samples: Contributions) -> np.ndarray:
    return np.nanmean(samples.delta, axis=0)


@pytest.fixture(scope="module")
def errors() -> dict[str, np.ndarray]:
    """Errors of means over draws, as drawn and controlled: (replications, points)."""
    truth = np.where(IN_THE_SET, np.nan, MEAN)
    samples = [factor_model(seed) for seed in range(400)]
    found = {"as drawn": samples, "controlled": map(control_draws, samples)}
    return {
        name: np.array([means(each) for each in parts]) - np.nanmean(truth, axis=0)
        for name, parts in found.items()
    }


def test_the_expectation_stays_what_it_is(errors):
    """Of all points together, and of each: in standard errors of the replications."""
    for found in errors.values():
        together = found.mean(1)
        assert abs(together.mean()) < 3 * together.std() / np.sqrt(len(found))
        score = found.mean(0) / (found.std(0) / np.sqrt(len(found)))
        assert np.abs(score).max() < 4


def test_the_variance_falls_where_answers_tell_the_luck(errors):
    drawn, controlled = (errors[name].var(0) for name in ("as drawn", "controlled"))
    assert (controlled < drawn).all() and controlled.mean() < 0.6 * drawn.mean()


def test_a_share_of_the_variance_is_told_and_missing_entries_stay_missing():
    samples = factor_model(0)
    controlled = control_draws(samples)
    assert (
        0.3 < controlled.meta["control"]["share"] < 1
        and controlled.meta["control"]["base_fits"] == EXTRA
    )
    np.testing.assert_array_equal(np.isnan(controlled.delta), IN_THE_SET)
    assert controlled.outputs is None and control_draws(controlled) is controlled  # once is enough
    assert samples.outputs is not None and "control" not in samples.meta


def test_answers_that_tell_nothing_change_nothing_most_of_the_time():
    unchanged = []
    for seed in range(60):
        samples = factor_model(seed, told=False)
        unchanged.append(
            np.array_equal(control_draws(samples).delta, samples.delta, equal_nan=True)
        )
    assert np.mean(unchanged) > 0.7


def test_nothing_is_done_where_nothing_is_known():
    samples = factor_model(0)
    alone = replace(samples, outputs=None, extra_k=None, extra_outputs=None)
    own = replace(samples, k=np.repeat(K[:, None], POINTS, axis=1))
    for same in (alone, own, samples.take(draws=range(7))):
        assert control_draws(same) is same
    with pytest.raises(ValueError, match="contributions must be a Contributions"):
        control_draws(samples.delta)


def test_odd_contributions():
    """One size; no spread; answers that never change; a point without a sample."""
    samples = factor_model(0)
    delta = samples.delta.copy()
    delta[:, 0] = np.nan
    for odd in (
        replace(samples, k=np.full(DRAWS, 100), extra_k=np.full(EXTRA, 100)),
        replace(samples, delta=np.zeros_like(delta)),
        replace(samples, delta=delta),
        replace(
            samples,
            outputs=np.ones_like(samples.outputs),
            extra_outputs=np.ones_like(samples.extra_outputs),
        ),
        replace(samples, extra_k=np.zeros(0, int), extra_outputs=np.zeros((0, OUTPUTS))),
    ):
        np.testing.assert_array_equal(np.isnan(control_draws(odd).delta), np.isnan(odd.delta))


@pytest.mark.parametrize("penalty", [1e-4, 1e-2, 1.0])
def test_corrections_are_those_of_explicit_leaving_out(penalty):
    """Eq. B2 against as many regressions as there are draws."""
    controls, y = (
        draw_controls(factor_model(0), 160.0),
        np.random.default_rng(0).normal(size=(DRAWS, POINTS)),
    )
    terms = np.stack([(K / 160.0) ** -power for power in (0.5, 1.5)], axis=1)
    smoother = _smoother(terms, controls, penalty)
    design, diagonal = (
        np.concatenate([terms, controls], axis=1),
        np.r_[np.full(2, 1e-9), np.full(controls.shape[1], penalty * DRAWS)],
    )
    for draw in range(DRAWS):
        others = np.arange(DRAWS) != draw
        theta = np.linalg.solve(
            design[others].T @ design[others] + np.diag(diagonal), design[others].T @ y[others]
        )
        np.testing.assert_allclose(
            smoother.left_out(y)[draw], y[draw] - design[draw] @ theta, rtol=0, atol=1e-8
        )
        np.testing.assert_allclose(
            smoother.correction(y)[draw], controls[draw] @ theta[2:], rtol=0, atol=1e-8
        )


def test_more_answers_than_draws_are_as_many_columns_as_draws():
    samples = factor_model(0)
    wide = replace(
        samples,
        outputs=np.tile(samples.outputs, 5),
        extra_outputs=np.tile(samples.extra_outputs, 5),
    )
    controls = draw_controls(wide, 160.0)
    assert controls.shape == (DRAWS, DRAWS)
    np.testing.assert_allclose(
        controls @ controls.T,
        draw_controls(samples, 160.0) @ draw_controls(samples, 160.0).T,
        atol=1e-10,
    )


# Base fits

ARGUMENTS = dict(points=range(6), sizes=(20, 60), random_state=0, progress=False)
NAMES = ("k", "delta", "outputs", "extra_k", "extra_outputs")


@pytest.fixture(scope="module")
def utility() -> Utility:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(140, 3))
    y = (X[:, 0] + rng.normal(size=140) > 0).astype(int)
    return Utility(LogisticRegression(), Dataset.from_arrays(X[:100], y[:100], X[100:], y[100:]))


@pytest.fixture(scope="module")
def in_one_go(utility) -> Contributions:
    return sample_contributions(utility, draws=20, base_fits=17, **ARGUMENTS)


def same_bits(one: Contributions, other: Contributions) -> None:
    for name in NAMES:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@pytest.mark.parametrize(
    "how", [dict(n_jobs=2), dict(block_size=3), dict(n_jobs=2, block_size=7)], ids=str
)
def test_base_fits_are_the_same_bits_however_the_work_is_cut(tmp_path, utility, in_one_go, how):
    same_bits(in_one_go, sample_contributions(utility, draws=20, base_fits=17, **ARGUMENTS, **how))
    same_bits(
        in_one_go,
        sample_contributions(
            utility, draws=20, base_fits=17, store=tmp_path / "store", **ARGUMENTS, **how
        ),
    )


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_store_continues_with_its_base_fits(tmp_path, utility, in_one_go, n_jobs):
    """A few draws and fits, then all; again with a third of the files lost; then from the store."""
    store = tmp_path / "store"
    few = sample_contributions(utility, draws=7, base_fits=5, store=store, **ARGUMENTS)
    np.testing.assert_array_equal(few.extra_outputs, in_one_go.extra_outputs[:5])
    same_bits(
        in_one_go,
        sample_contributions(
            utility, draws=20, base_fits=17, store=store, n_jobs=n_jobs, **ARGUMENTS
        ),
    )
    files = sorted(store.glob("*.npz"))
    assert {file.name.split("-")[0] for file in files} == {"draws", "base", "extra"}
    for file in files[::3]:
        file.unlink()
    for _ in range(2):
        same_bits(
            in_one_go,
            sample_contributions(
                utility, draws=20, base_fits=17, store=store, n_jobs=n_jobs, **ARGUMENTS
            ),
        )
    same_bits(few, sample_contributions(utility, draws=7, base_fits=5, store=store, **ARGUMENTS))


def test_a_store_without_base_fits_gets_them_later(tmp_path, utility, in_one_go):
    plain = sample_contributions(
        utility, draws=20, base_fits=0, store=tmp_path / "store", **ARGUMENTS
    )
    assert plain.outputs is None is plain.extra_k
    same_bits(
        in_one_go,
        sample_contributions(
            utility, draws=20, base_fits=17, store=tmp_path / "store", **ARGUMENTS
        ),
    )


def test_base_fits_are_left_out_where_they_do_not_pay(utility):
    """Few points, sets of every point's own, or none wanted."""
    for how in (dict(base_fits=0), dict(), dict(independent=True)):
        samples = sample_contributions(utility, draws=9, **ARGUMENTS, **how)
        assert (
            samples.outputs is None is samples.extra_outputs and control_draws(samples) is samples
        )
    with pytest.raises(ValueError, match="base_fits=3 helps shared draws only"):
        sample_contributions(utility, draws=9, base_fits=3, independent=True, **ARGUMENTS)
    with pytest.raises(ValueError, match="base_fits=-1"):
        sample_contributions(utility, draws=9, base_fits=-1, **ARGUMENTS)


def test_the_values_of_draws_do_not_depend_on_base_fits(utility, in_one_go):
    np.testing.assert_array_equal(
        sample_contributions(utility, draws=20, base_fits=0, **ARGUMENTS).delta, in_one_go.delta
    )


def test_files_and_parts_keep_the_answers(tmp_path, in_one_go):
    in_one_go.save(tmp_path / "samples")
    again = Contributions.load(next(tmp_path.glob("samples*")))
    same_bits(in_one_go, again)
    part = in_one_go.take(draws=[3, 1, 8], points=[0, 2])
    np.testing.assert_array_equal(part.outputs, in_one_go.outputs[[3, 1, 8]])
    np.testing.assert_array_equal(part.extra_outputs, in_one_go.extra_outputs)
    first, second = in_one_go.halves(0)
    assert len(first.outputs) == len(first) and len(second.outputs) == len(second)


def utility_of(target: np.ndarray, learner: object, metric: object = None) -> Utility:
    X = np.random.default_rng(1).normal(size=(len(target), 3)) + (
        target[:, None] if target.ndim == 1 and target.dtype.kind == "i" else 0
    )
    kind = "regression" if target.dtype.kind == "f" else "classification"
    return Utility(
        learner,
        Dataset.from_arrays(X[:100], target[:100], X[100:], target[100:], target=kind),
        metric,
    )


def test_answers_of_a_classifier_without_probabilities():
    samples = sample_contributions(
        utility_of(np.arange(150) % 3, RidgeClassifier(), "error_rate"),
        draws=10,
        base_fits=5,
        **ARGUMENTS,
    )
    assert samples.outputs.shape == (10, 50 * 2) and set(np.unique(samples.outputs)) == {0, 1}
    assert control_draws(samples).delta.shape == samples.delta.shape


def test_answers_of_models_that_never_saw_a_class():
    """Sets of three to eight rows, not stratified, sometimes lack a class: its column is zero."""
    learner = KNeighborsClassifier(2)
    utility = utility_of(np.arange(150) % 3, learner)
    samples = sample_contributions(
        utility, range(6), (3, 8), 12, random_state=0, stratify=False, base_fits=30, progress=False
    )
    share = samples.extra_outputs.reshape(30, 50, 2)
    assert (
        np.isfinite(share).all() and (share == 0).all(1).any() and (share.sum(2) <= 1 + 1e-6).all()
    )
    assert np.isfinite(control_draws(samples).delta[np.isfinite(samples.delta)]).all()


def test_answers_of_a_regressor_with_two_outputs():
    """A model of two responses is known by both."""
    target = np.random.default_rng(0).normal(size=150)
    samples = sample_contributions(
        utility_of(target, LinearRegression()), draws=10, base_fits=5, **ARGUMENTS
    )
    assert samples.outputs.shape == (10, 50)
    utility = utility_of(np.stack([target, -target], axis=1), LinearRegression())
    model = LinearRegression().fit(utility.data.X_train, utility.data.y_train)
    answers = utility.answers(model)
    assert answers.shape == (100,)
    np.testing.assert_allclose(answers[::2], -answers[1::2], rtol=1e-6)
