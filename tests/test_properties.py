"""What must hold for any input, tried on inputs that nobody chose.

`FUZZ=500 pytest tests/test_properties.py` tries so many of each, and others every time.
"""

import os
import tempfile
import warnings
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from test_laws import make_laws

import scaling_values.report as report
from scaling_values import (
    Contributions,
    Dataset,
    LogLinear,
    MaximumLikelihood,
    ScalingLaws,
    StopWhen,
    banzhaf_weights,
    beta_weights,
    monte_carlo,
    select_points,
    shapley_weights,
)
from scaling_values.contributions import Store
from scaling_values.datasets import check_target, split_rows
from scaling_values.engines import controlled_means
from scaling_values.features import check_features
from scaling_values.laws import power_law
from scaling_values.loaders import table_digest
from scaling_values.sampling import DrawPlan, check_rows, class_allocation, design_sizes
from scaling_values.support import check_choice, check_count, check_sizes, one_line, resolve_seed
from scaling_values.tables import read_table

MANY = int(os.environ.get("FUZZ", 0))


def some(n: int):
    """So many examples, always the same ones; more and others where they are asked for."""
    return settings(
        max_examples=MANY or n,
        derandomize=not MANY,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SEED = st.integers(0, 2**32)
COUNTS = st.lists(st.integers(1, 60), min_size=1, max_size=6)


def samples(
    seed: int, draws: int = 24, n: int = 5, sizes: tuple[int, int] = (10, 60)
) -> Contributions:
    """Power laws with noise; a tenth is missing, but no point lacks samples."""
    rng = np.random.default_rng(seed)
    support = np.arange(sizes[0], sizes[1] + 1)
    k, c, alpha = rng.choice(support, draws), rng.normal(2, 1, n), rng.uniform(0.5, 1.5, n)
    delta = power_law(k, c, alpha).T + rng.normal(0, 1, (draws, n)) / k[:, None]
    delta[rng.random(delta.shape) < 0.1] = np.nan
    absence = 1 - support[:, None] / 100
    return Contributions(
        k=k,
        delta=delta,
        points=rng.permutation(100)[:n],
        support=support,
        size_probability=np.full(len(support), 1 / len(support)),
        absence=absence,
        stratum=np.zeros(n, int),
    )


# Draws


@some(60)
@given(COUNTS, st.data())
def test_allocations_add_up_stay_within_one_and_treat_equal_classes_alike(counts, data):
    sizes = data.draw(st.lists(st.integers(1, sum(counts)), min_size=1, max_size=5))
    rows = class_allocation(sizes, counts)
    exact = np.outer(sizes, counts) / sum(counts)
    assert (
        (rows.sum(1) == sizes).all()
        and (rows <= counts).all()
        and (rows >= 0).all()
        and (np.abs(rows - exact) < 1).all()
    )
    order = data.draw(st.permutations(range(len(counts))))
    turned = class_allocation(sizes, np.array(counts)[order])

    def of_count(rows, counts):
        return [sorted(zip(counts, line)) for line in rows.tolist()]

    assert of_count(turned, np.array(counts)[order].tolist()) == of_count(rows, counts)


@some(40)
@given(
    st.lists(st.integers(2, 30), min_size=1, max_size=4),
    SEED,
    st.integers(0, 50),
    st.sampled_from(["uniform", "grid"]),
    st.data(),
)
def test_a_draw_is_what_its_plan_says_whoever_asks(counts, seed, number, design, data):
    rows = np.random.default_rng(seed).permutation(1000)[: sum(counts)]
    members = tuple(map(np.sort, np.split(rows, np.cumsum(counts)[:-1])))
    high = data.draw(st.integers(1, sum(counts) - 1))
    support = design_sizes(design, (data.draw(st.integers(1, high)), high))
    plan = DrawPlan(seed, design, support, members, class_allocation(support, counts))
    without = data.draw(st.sampled_from([None, *rows.tolist()]))
    if without is not None:
        assume(
            not any(
                (plan.allocation[:, i] == len(m)).any()
                for i, m in enumerate(members)
                if without in m
            )
        )
    key = (number,) if without is None else (number, without)
    k, D, own = plan.preceding_set(*key, without=without)
    assert (
        k in support
        and len(D) == k == len(set(D))
        and set(D) <= set(rows) - {without}
        and (np.diff(D) > 0).all()
    )
    assert [np.isin(D, m).sum() for m in members] == plan.allocation[
        np.searchsorted(support, k)
    ].tolist()
    plan.preceding_set(number + 1)  # in between
    again = plan.preceding_set(*key, without=without)
    assert again[0] == k and again[2] == own and (again[1] == D).all()
    if design == "grid":
        assert k == support[number % len(support)]


@some(30)
@given(st.lists(st.integers(10, 40), min_size=2, max_size=4), SEED)
def test_a_split_takes_every_row_once_and_every_class_everywhere(counts, seed):
    y = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    parts = split_rows(y, "classification", random_state=seed)
    assert sorted(np.concatenate(parts)) == [*range(len(y))] and all(
        len(set(y[part])) == len(counts) for part in parts
    )
    for part, share in zip(parts, (0.6, 0.2, 0.2)):
        assert (np.abs(np.bincount(y[part]) - share * np.array(counts)) <= 2).all()


# Laws


@some(60)
@given(st.floats(-3, 4), st.floats(-3, 4), st.floats(1e-6, 1e3), st.floats(1e-6, 1e3))
def test_two_laws_are_equal_where_they_cross(alpha, beta, c, d):
    assume(abs(alpha - beta) > 1e-2)
    with np.errstate(over="ignore"):
        at = (np.float64(c) / d) ** (1 / (alpha - beta))
    assume(1e-50 < at < 1e50)
    np.testing.assert_allclose(power_law(at, c, alpha), power_law(at, d, beta), rtol=1e-9)
    early, late = power_law([at * 0.9, at * 1.1], np.array([c, d]), np.array([alpha, beta])).T
    assert (early[0] > early[1]) == (alpha > beta) and (late[0] > late[1]) == (alpha < beta)


@some(40)
@given(
    st.lists(
        st.tuples(st.floats(0.01, 100), st.floats(-2, 3), st.booleans()), min_size=1, max_size=4
    ),
    st.integers(1, 500),
    st.integers(2, 20),
)
def test_a_line_through_a_law_is_that_law(laws, low, times):
    c, alpha = (
        np.array([-c if minus else c for c, _, minus in laws]),
        np.array([alpha for _, alpha, _ in laws]),
    )
    k = np.unique(np.geomspace(low, low * times, 8).astype(int)).repeat(2)
    assume(k[0] < k[-1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = (
            LogLinear()
            .fit(Contributions(k=k, delta=power_law(k, c, alpha).T, points=np.arange(len(c))))
            .laws_
        )
    np.testing.assert_allclose(found.contribution(k), power_law(k, c, alpha), rtol=1e-7)
    np.testing.assert_allclose(found.alpha, alpha, atol=1e-6)


@some(25)
@given(SEED, st.integers(1, 2000), st.integers(0, 2000))
def test_values_are_the_weighted_sums_that_they_say_they_are(seed, low, more):
    laws, weights = make_laws(4, seed=seed), shapley_weights(low, low + more)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        direct = laws.contribution(np.arange(low, low + more + 1)).mean(1)
        for found in (laws.values(low=low, high=low + more), laws.values(weights)):
            np.testing.assert_allclose(found["value"], direct, rtol=1e-9)


@some(60)
@given(
    st.integers(2, 3000), st.floats(0.1, 50), st.floats(0.1, 50), st.floats(0, 1), st.floats(0, 1)
)
def test_weights_of_semivalues_add_to_one(n, a, b, first, last):
    low = 1 + int(first * (n - 2))
    high = low + int(last * (n - 1 - low))
    for make in (
        lambda: shapley_weights(low, high),
        lambda: beta_weights(n, a, b, low, high),
        lambda: banzhaf_weights(n, low, high),
    ):
        try:
            weights = make()
        except ValueError as error:  # a range that the weights hardly touch
            assert "of the weight of a pool of" in str(error)
            continue
        assert (
            abs(weights.sum() - 1) < 1e-9
            and (weights >= 0).all()
            and weights.index.min() >= low
            and weights.index.max() <= high
            and weights.index.is_unique
        )


# Selection


@some(40)
@given(SEED, st.integers(2, 30), st.integers(1, 4), st.integers(10, 2000), st.booleans(), st.data())
def test_a_selection_is_best_first_and_even_over_classes(seed, n_laws, n_classes, k, worst, data):
    laws = make_laws(n_laws, seed=seed)
    y = np.random.default_rng(seed).integers(0, n_classes, 2 * n_laws)
    n = data.draw(st.integers(1, n_laws))
    chosen, score = (
        select_points(laws, n, k, y, worst=worst),
        dict(zip(laws.points, laws.contribution(k) * (-1 if worst else 1))),
    )
    assert len(set(chosen)) == n and set(chosen) <= set(laws.points)
    assert [score[row] for row in chosen] == sorted((score[row] for row in chosen), reverse=True)
    had, got = (
        np.bincount(y[laws.points], minlength=n_classes),
        np.bincount(y[chosen], minlength=n_classes),
    )
    assert all(
        got[i] == had[i] or got[i] >= got.max() - 1 for i in range(n_classes)
    )  # fewer only where there are no more
    for label in range(n_classes):  # of each class the best
        best = sorted((row for row in laws.points if y[row] == label), key=score.get, reverse=True)[
            : got[label]
        ]
        assert set(best) == {row for row in chosen if y[row] == label}
    plain = select_points(laws, n, k, worst=worst)
    assert min(score[row] for row in plain) >= max(
        [score[row] for row in laws.points if row not in plain], default=-np.inf
    )


# Estimates


def quietly(call, *arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call(*arguments)


@some(25)
@given(SEED, SEED, st.floats(-3, 3), st.floats(-3, 3))
def test_monte_carlo_is_linear_in_the_contributions(seed, other, a, b):
    one = samples(seed, draws=40)
    two = replace(
        one,
        delta=np.where(
            np.isnan(one.delta), np.nan, np.random.default_rng(other).normal(size=one.delta.shape)
        ),
    )
    both = replace(one, delta=a * one.delta + b * two.delta)
    for weights in (None, shapley_weights(10, 30)):
        first, second, mixed = (quietly(monte_carlo, part, weights) for part in (one, two, both))
        np.testing.assert_allclose(mixed.value, a * first.value + b * second.value, atol=1e-9)
        np.testing.assert_allclose(
            quietly(monte_carlo, replace(one, delta=a * one.delta), weights).se,
            abs(a) * first.se,
            atol=1e-9,
        )


@some(12)
@given(SEED, st.randoms(use_true_random=False))
def test_estimates_do_not_depend_on_the_order_of_draws_or_points(seed, random):
    plain = samples(seed)
    draws, points = ([*range(n)] for n in plain.delta.shape)
    random.shuffle(draws), random.shuffle(points)
    turned, back = plain.take(draws, points), np.argsort(points)
    here, there = quietly(monte_carlo, plain), quietly(monte_carlo, turned)
    np.testing.assert_allclose(there.to_numpy()[back], here.to_numpy(), rtol=1e-9)
    for estimator, rtol in ((LogLinear(), 1e-8), (MaximumLikelihood(), 1e-4)):
        one, two = (quietly(estimator.fit, part).laws_ for part in (plain, turned))
        np.testing.assert_array_equal(two.points[back], one.points)
        np.testing.assert_array_equal(two.status[back], one.status)
        for k in (10, 60):
            np.testing.assert_allclose(
                two.contribution(k)[back], one.contribution(k), rtol=rtol, atol=1e-6
            )


@some(12)
@given(SEED, st.floats(-8, 8))
def test_laws_scale_with_the_loss(seed, power):
    plain, factor = samples(seed), 10.0**power
    for estimator in (LogLinear(), MaximumLikelihood()):
        one, two = (
            quietly(estimator.fit, part).laws_
            for part in (plain, replace(plain, delta=factor * plain.delta))
        )
        np.testing.assert_allclose(two.mu / factor, one.mu, rtol=1e-3, atol=1e-6)
        np.testing.assert_allclose(two.alpha, one.alpha, atol=1e-3)


@some(40)
@given(SEED, st.integers(2, 12), st.integers(2, 40), st.floats(-5, 5), st.floats(-100, 100))
def test_controlled_means_hold_to_what_a_control_variate_is(seed, m, more, coefficient, shift):
    rng = np.random.default_rng(seed)
    exact, approximate, others = (
        rng.normal(size=(m, 3)),
        rng.normal(size=(m, 3)),
        rng.normal(size=(more, 3)),
    )
    frame = controlled_means(exact, approximate, others, coefficient)
    np.testing.assert_allclose(
        frame["mean"],
        exact.mean(0) + coefficient * (others.mean(0) - approximate.mean(0)),
        atol=1e-9,
    )
    moved = controlled_means(
        exact, approximate + shift, others + shift, coefficient
    )  # what the control's level is does not matter
    np.testing.assert_allclose(moved.to_numpy(), frame.to_numpy(), rtol=1e-6, atol=1e-8)
    none = controlled_means(exact, approximate, others, 0.0)
    np.testing.assert_allclose(
        none[["mean", "standard_error"]], none[["plain_mean", "plain_standard_error"]], rtol=1e-12
    )
    perfect = controlled_means(
        exact, exact, others, 1.0
    )  # then only the other draws' error is left
    np.testing.assert_allclose(
        perfect["standard_error"], others.std(0, ddof=1) / np.sqrt(more), rtol=1e-9
    )


@some(40)
@given(SEED, st.integers(1, 60), st.floats(1e-3, 5), st.floats(-6, 6))
def test_a_target_is_reached_whatever_the_scale_and_any_easier_one_as_well(
    seed, draws, target, power
):
    delta = samples(seed, draws=draws).delta
    if (np.isfinite(delta).sum(0) < 4).any():
        assert StopWhen(standard_error=1e9).reached(delta) is None

    def reached(value, delta=delta):
        return StopWhen(standard_error=value).reached(delta) is not None

    assert (
        reached(target) == reached(target, delta * 10.0**power) == reached(target, delta[:, ::-1])
    )
    assert not reached(target) or reached(2 * target)

    def ranked(value):
        return StopWhen(rank_correlation=value).reached(delta) is not None

    assert not ranked(0.9) or ranked(0.5)


# Files


@some(20)
@given(
    st.lists(TEXT, min_size=1, max_size=6, unique=True),
    SEED,
    TEXT.filter(lambda name: name.strip(". ") and not set(name) & set("/\\\0")),
)
def test_laws_come_back_from_a_file_with_any_labels_and_any_name(labels, seed, name):
    laws = make_laws(len(labels), seed=seed, index=np.array(labels))
    with tempfile.TemporaryDirectory() as folder:
        laws.save(file := Path(folder) / f"{name}.parquet")
        again = ScalingLaws.load(file)
    for field in (
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
        "index",
    ):
        np.testing.assert_array_equal(getattr(again, field), getattr(laws, field))


@some(20)
@given(
    st.lists(TEXT, min_size=5, max_size=5),
    SEED,
    st.dictionaries(TEXT, TEXT | st.integers() | st.none()),
    st.booleans(),
)
def test_contributions_come_back_from_a_file(labels, seed, meta, as_objects):
    plain = replace(
        samples(seed),
        index=np.array(labels, object if as_objects else None),
        y=np.array(labels),
        meta=meta,
    )
    with tempfile.TemporaryDirectory() as folder:
        plain.save(file := Path(folder) / "samples 東京.npz")
        again = Contributions.load(file)
    for field in ("k", "delta", "points", "y", "support", "size_probability", "absence", "stratum"):
        np.testing.assert_array_equal(getattr(again, field), getattr(plain, field))
    assert again.index.tolist() == plain.index.astype(str).tolist() and again.meta == meta


@some(20)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=6), SEED, st.integers(1, 25), TEXT)
def test_a_store_gives_back_its_draws_in_order_however_they_were_written(
    blocks, seed, wanted, note
):
    rng, total = np.random.default_rng(seed), sum(blocks)
    numbers, delta = rng.permutation(30)[:total], rng.normal(size=(total, 3))
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "run", dict(seed=seed, note=note))
        for part in np.split(np.arange(total), np.cumsum(blocks)[:-1]):
            store.write(numbers[part], dict(delta=delta[part]))
        done, arrays = Store(Path(folder) / "run", dict(seed=seed, note=note)).read(wanted)
    below = np.sort(numbers[numbers < wanted])
    assert np.flatnonzero(done).tolist() == below.tolist()
    np.testing.assert_array_equal(arrays["delta"], delta[np.argsort(numbers)][: len(below)])


WORDS = st.text("abcdefgÄ東🙂 ,\"'\n;", min_size=1, max_size=5).filter(
    lambda word: word.strip() == word
)
NUMBERS = st.floats(-1e6, 1e6) | st.none()


@some(20)
@given(
    st.lists(st.tuples(NUMBERS, st.integers(-9, 9), WORDS | st.none()), min_size=12, max_size=20),
    SEED,
)
def test_a_table_is_the_same_from_a_frame_from_csv_and_from_parquet(rows, seed):
    frame = pd.DataFrame(rows, columns=["size", "count 東", "word"]).assign(
        label=lambda f: np.arange(len(f)) % 2,
        grows=lambda f: np.arange(len(f)) / 7,  # since columns that never change are left out
    )
    frame["size"] = frame["size"].astype(float)
    with tempfile.TemporaryDirectory() as folder:
        frame.to_csv(csv := Path(folder) / "a table.csv", index=False)
        frame.to_parquet(parquet := Path(folder) / "a table.parquet")
        sets = [
            Dataset.from_frame(source, "label", random_state=seed)
            for source in (frame, csv, parquet)
        ]
        digests = [table_digest(read_table(file).round(6)) for file in (csv, parquet)]
    for other in sets[1:]:
        assert other.feature_names == sets[0].feature_names
        for part in ("X_train", "X_val", "X_test"):
            np.testing.assert_allclose(getattr(other, part), getattr(sets[0], part), atol=1e-9)
        np.testing.assert_array_equal(other.index, sets[0].index)
    assert (
        digests[0]
        == digests[1]
        == table_digest(frame.round(6).sample(frac=1, random_state=seed % 2**31))
    )
    changed = frame.assign(word=frame.word.where(frame.index != 3, "changed"))
    assert table_digest(changed) != table_digest(frame)


# Texts


class Seen(HTMLParser):
    """What a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, attributes))

    def handle_data(self, data):
        self.text += data


MARKUP = st.text(
    st.sampled_from("<>&\"'/= abscript;#x!-\n") | st.characters(exclude_categories=["Cs", "Cc"]),
    max_size=30,
)


@some(80)
@given(MARKUP, MARKUP)
def test_text_stays_text_in_the_report(content, attribute):
    seen = Seen(report.html_tag("p", content, title=attribute))
    assert seen.tags == [("p", [("title", attribute)])] and seen.text == content
    cell = report.cell_text(content)
    assert len(cell) <= 60 and Seen(report.html_tag("td", cell)).text == cell


@some(80)
@given(st.text(max_size=900), st.integers(20, 800))
def test_a_line_is_one_and_can_be_printed(text, longest):
    line = one_line(text, longest)
    assert line.isprintable() and len(line) <= longest + 6 and one_line(line, 10_000) == line
    line.encode("utf-8")


# Arguments

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(),
    TEXT,
    st.binary(max_size=3),
    st.lists(st.integers(-3, 3) | st.floats() | TEXT | st.none(), max_size=3),
    st.tuples(st.integers(-3, 3), st.integers(-3, 3)),
    st.dictionaries(TEXT, st.integers(), max_size=2),
    st.sets(st.integers(0, 3), max_size=3),
    st.just(np.zeros((2, 2))),
    st.just(np.array([1.5, 2])),
    st.just(np.array(["a", None], object)),
    st.just(np.array(3)),
    st.just(object()),
    st.just(pd.NA),
    st.just(np.datetime64("2020")),
    st.just(1 + 2j),
    st.just([[1, 2], [3]]),
    st.just([[1, [2]], [3, 4]]),
)


@pytest.mark.parametrize(
    "check",
    [
        lambda junk: check_sizes(junk, "junk"),
        lambda junk: check_count(junk, "junk"),
        lambda junk: check_choice(junk, ["a", "b"], "junk"),
        lambda junk: check_rows(junk, 3, "junk"),
        lambda junk: check_features(junk, "junk"),
        lambda junk: check_target(junk, "classification", "junk"),
        lambda junk: check_target(junk, "regression", "junk"),
        lambda random_state: resolve_seed(random_state),
        lambda seconds: StopWhen(seconds=seconds),
        lambda rank_correlation: StopWhen(rank_correlation=rank_correlation),
        lambda sizes: make_laws(2).contribution(sizes),
        lambda level: make_laws(2).interval(10, level),
        lambda n: make_laws(2).top(n, 10),
        lambda weights: make_laws(2).values(weights),
        lambda y: select_points(make_laws(2), 1, 10, y),
        lambda k: select_points(make_laws(2), 1, k),
        lambda delta: Contributions(k=[3, 4], delta=delta, points=[0, 1]),
        lambda k: Contributions(k=k, delta=np.ones((2, 2)), points=[0, 1]),
        lambda points: Contributions(k=[3, 4], delta=np.ones((2, 2)), points=points),
    ],
    ids=lambda check: (
        f"{check.__code__.co_names[0]}-{check.__code__.co_varnames[0]}-{check.__code__.co_firstlineno}"
    ),
)
def test_a_wrong_argument_is_an_error_that_names_it(check):
    @some(60)
    @given(JUNK)
    def with_anything(junk):
        try:
            quietly(check, junk)
        except (ValueError, TypeError) as error:
            assert check.__code__.co_varnames[0] in str(error), error

    with_anything()
