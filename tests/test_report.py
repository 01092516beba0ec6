"""The report: one file that loads nothing, whatever the user's data hold."""

import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from test_laws import bent_laws, make_laws

import scaling_values.answers as answers
import scaling_values.pages as pages
import scaling_values.report as report
from scaling_values import (
    Contributions,
    Dataset,
    Hierarchical,
    LogLinear,
    MaximumLikelihood,
    Membership,
    ScalingLaws,
    Utilities,
    Utility,
    plot_alpha,
    plot_crossings,
    plot_law,
    sample_contributions,
    sample_utilities,
    split_half,
    write_report,
)
from scaling_values.cli import _describe, _save_pictures, _summarise, values_table
from scaling_values.curves import Components
from scaling_values.verdicts import Verdicts

pytestmark = pytest.mark.usefixtures("one_family")
HOSTILE = [
    "<script>alert(1)</script>",
    "</td></table>\"'>",
    "&lt;b&gt; & $\\frac{$",
    "東京 Ålesund 🙂",
    "",
    "x" * 5000,
    "a\nb\tc",
    "javascript:alert(1)",
]
VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Checks that tags are balanced and collects what a page has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open, self.tags, self.ids, self.headings, self.text, self.loaded, self.links = (
            [],
            [],
            [],
            [],
            [],
            [],
            [],
        )
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        self.note(tag, attributes)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.note(tag, dict(attributes))

    def note(self, tag, attributes):
        assert not any(name.startswith("on") for name in attributes), f"{tag} has {attributes}"
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag in ("a", "use"):
            self.links.append(attributes.get("href") or attributes["xlink:href"])
        elif source := attributes.get("src") or attributes.get("href"):
            self.loaded.append(source)
        if tag == "img":
            assert attributes["alt"]
        if tag == "svg":
            assert attributes.get("aria-label") or attributes.get("aria-hidden") == "true"
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data):
        if not {"style", "svg", "script"} & set(self.open):
            self.text.append(data)


def read(path: Path) -> Page:
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert (
        not {"link", "iframe", "object", "base", "form"} & set(page.tags)
        and page.tags.count("script") == text.count("<script") == 1
    )
    assert all(source.startswith("data:image/png;base64,") for source in page.loaded)
    assert not re.search(r"url\((?!#)|@import|xmlns", text)
    assert len(page.ids) == len(set(page.ids)) and all(
        link[0] == "#" and link[1:] in page.ids for link in page.links
    )
    assert page.headings[0] == 1 and set(page.headings[1:]) == {2} and page.tags.count("main") == 1
    assert "nan" not in re.sub(
        r"[^\w ]", " ", " ".join(page.text)
    ).split() and "None" not in " ".join(page.text)
    return page


def simulate(
    n: int,
    draws: int,
    seed: int = 0,
    labels: list[str] | None = None,
    estimator=None,
) -> tuple[ScalingLaws, Contributions, Dataset]:
    """Points of two classes with laws of their own; one in twenty harms."""
    rng = np.random.default_rng(seed)
    k, names = rng.integers(50, 501, draws), np.array(labels or ["no", "yes"])
    y = names[rng.integers(0, len(names), n)]
    X = rng.normal(size=(n, 6)) + (y == names[0])[:, None]
    c, alpha = (
        np.where(rng.random(n) < 0.05, -1.0, 1.0) * rng.lognormal(0, 0.5, n),
        rng.normal(1.2, 0.2, n),
    )
    delta = c * k[:, None] ** -alpha + rng.normal(size=(draws, n)) * k[:, None] ** -1.2
    support = np.arange(50, 501)
    samples = Contributions(
        k,
        delta,
        np.arange(n),
        y=y,
        support=support,
        size_probability=np.full(451, 1 / 451),
        meta={"seed": seed, "learner": "L()"},
    )
    laws = (estimator or MaximumLikelihood()).fit(samples).laws_
    return laws, samples, Dataset.from_arrays(X, y, X[:50], y[:50], name="simulated")


@pytest.fixture(scope="module")
def small() -> tuple[ScalingLaws, Contributions, Dataset]:
    return simulate(60, 40)


def judged(data: Dataset, p_wrong: float = 0.5) -> pd.DataFrame:
    """A table as `label_suspects` makes it."""
    names = data.index[::-1]
    found = pd.DataFrame(
        dict(
            label=data.y_train[::-1],
            suggestion=data.classes[0],
            p_wrong=np.linspace(p_wrong, 0, len(names)),
            p_label=0.3,
            score=0.5,
        ),
        index=names,
    )
    return found.assign(
        suggestion=np.where(found.label == data.classes[0], data.classes[-1], data.classes[0])
    )


@pytest.fixture
def words(monkeypatch) -> None:
    """Reports without their pictures, which take most of the time."""
    for room in (report, answers):
        monkeypatch.setattr(
            room,
            "html_picture",
            lambda name, alt, draw, caption="", **_: report.html_tag(
                "figure", report.html_tag("figcaption", caption)
            ),
        )


def test_twenty_thousand_points_weigh_less_than_two_megabytes(tmp_path):
    laws, samples, data = simulate(20_000, 20, estimator=LogLinear())
    path = write_report(tmp_path / "report.html", laws, samples, data)
    page = read(path)
    assert path.stat().st_size < 2e6
    assert "20,000" in page.text


def test_every_question_has_a_section(tmp_path, small):
    laws, samples, data = small
    more = dict(
        title="Mine",
        command="sv_run 'my table.csv' --target <y>",
        facts={"time taken": "3 s"},
        suspects=judged(data),
    )
    path = write_report(tmp_path / "report.html", laws, samples, data, **more)
    page = read(path)
    assert {
        "rows",
        "labels",
        "laws",
        "distributions",
        "crossings",
        "trust",
        "map",
        "origin",
    } <= set(page.ids)
    assert page.tags.count("figure") >= 7 and page.tags.count("table") >= 5
    assert (
        "sv_run 'my table.csv' --target <y>" in page.text
        and "3 s" in page.text
        and page.text.count("Mine") == 2
    )
    assert (
        write_report(tmp_path / "again.html", laws, samples, data, **more).read_bytes()
        == path.read_bytes()
    )


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
def test_labels_worth_a_look_are_the_frames(tmp_path, words, text):
    laws, samples, data = simulate(30, 30, labels=["plain", text if text.strip() else "x"])
    page = read(
        write_report(tmp_path / "report.html", laws, samples, data, suspects=judged(data), n=5)
    )
    shown = " ".join(page.text)
    assert (
        "labels" in page.ids
        and "Most suspicious first" in shown
        and "not whether its label is wrong" in shown
    )
    assert shown.count("30%") >= 10  # 2 n lines


def test_rows_that_are_judged_need_no_law(tmp_path, small, words):
    laws, samples, data = small
    some = np.arange(0, 60, 3)
    few = samples.take(points=some)
    page = read(
        write_report(
            tmp_path / "report.html", laws.take(some), few, data, suspects=judged(data), n=5
        )
    )
    assert "labels" in page.ids and "–" in " ".join(page.text)
    twice = judged(data).set_axis([0] * 60)
    assert (
        "labels"
        in read(write_report(tmp_path / "twice.html", laws, samples, data, suspects=twice)).ids
    )
    calm = read(
        write_report(tmp_path / "calm.html", laws, samples, data, suspects=judged(data, 0.01))
    )
    assert "No single label looks wrong" in " ".join(calm.text)
    lost = read(
        write_report(tmp_path / "lost.html", laws, samples, data, suspects=judged(data, 1.0))
    )
    assert "the columns say little about the labels" in " ".join(lost.text)
    blind = judged(data)
    blind.attrs["unjudged"] = [blind.label.iloc[0]]
    some = read(write_report(tmp_path / "some.html", laws, samples, data, suspects=blind))
    words = " ".join(some.text)
    assert f"Rows labelled {blind.label.iloc[0]} are left out" in words
    assert f"for {(blind.label != blind.label.iloc[0]).sum()} rows" in words
    assert "labels" not in read(write_report(tmp_path / "none.html", laws, samples, data)).ids


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda frame: frame.to_dict(), "suspects must be a DataFrame"),
        (lambda frame: frame.drop(columns="p_wrong"), "suspects has no column 'p_wrong'"),
        (
            lambda frame: frame.set_axis([f"row {i}" for i in range(60)]),
            "suspects has none of the rows of laws",
        ),
    ],
)
def test_suspects_of_something_else_are_refused(tmp_path, small, change, message):
    with pytest.raises(ValueError, match=message):
        write_report(tmp_path / "report.html", *small, suspects=change(judged(small[2])))


def test_a_title_that_no_encoding_knows(tmp_path, small, words):
    read(write_report(tmp_path / "report.html", *small, title="lone \ud800"))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_the_users_text_stays_text(tmp_path, text, request):
    if "frac" not in text:  # one of them with pictures
        request.getfixturevalue("words")
    laws, samples, data = simulate(
        30, 30, labels=["plain", text if text.strip() else "x"]
    )  # no label is empty
    index = np.array([f"{text}{i}" for i in range(30)])
    laws, samples = (
        replace(laws, index=index),
        replace(samples, index=index, meta={"learner": text, "data": text}),
    )
    rows = pd.DataFrame({text: [text] * 30, f"{text} 2": [None, np.nan, np.inf, 1e-9, True] * 6})
    page = read(
        write_report(
            tmp_path / "report.html",
            laws,
            samples,
            replace(data, name=text, index=index),
            rows=rows,
            title=text,
            command=text,
            facts={text: text},
        )
    )
    assert any(text[:40] in part for part in page.text)


def test_the_rows_shown_are_the_points_own(tmp_path, small, words):
    laws, samples, data = small
    rows = pd.DataFrame({"name": [f"house {i}" for i in range(60)]})
    text = "".join(
        read(write_report(tmp_path / "report.html", laws, samples, data, rows=rows, n=3)).text
    )
    value = laws.values()["value"].sort_values(ascending=False)
    assert text.index(f"house {value.index[0]}") < text.index(f"house {value.index[-1]}")
    assert all(f"house {i}" in text for i in [*value.index[:3], *value.index[-3:]])
    wide = pd.DataFrame(
        np.arange(60 * 50).reshape(60, 50), columns=[f"column {i}" for i in range(50)]
    )
    text = "".join(
        read(write_report(tmp_path / "report.html", laws, samples, data, rows=wide)).text
    )
    assert (
        "column 19" in text
        and "column 20" not in text
        and "Of 50 columns, the first 20 are shown" in text
    )


def test_harm_is_an_interval_below_zero(tmp_path, small, words):
    laws, samples, data = small
    harmful = (laws.interval(laws.sizes[1])[:, 1] < 0).sum()
    text = "".join(read(write_report(tmp_path / "report.html", laws, samples, data)).text)
    assert harmful and f"{harmful} of 60 rows clearly harm a model" in text
    better = replace(laws, c=np.abs(laws.c), components=())
    assert "By their values, no row: none clearly harms" in "".join(
        read(write_report(tmp_path / "report.html", better, samples, data)).text
    )


def test_a_value_lies_in_its_interval_however_the_law_was_fitted(small):
    laws, samples, _ = small

    def inside(ends, value):
        return ((ends[:, 0] <= value) & (value <= ends[:, 1]))[np.isfinite(ends).all(1)].mean()

    values = laws.values()
    assert inside(values[["low", "high"]].to_numpy(), values["value"].to_numpy()) > 0.95
    frame = replace(laws, components=()).values()
    ends = frame[["low", "high"]].to_numpy()
    known = frame.se.notna().to_numpy()
    np.testing.assert_allclose(
        ends[known],
        np.stack([frame.value - 1.644854 * frame.se, frame.value + 1.644854 * frame.se], 1)[known],
        rtol=1e-4,
    )


@pytest.mark.parametrize(
    "estimator", [LogLinear(), Hierarchical()], ids=["loglinear", "hierarchical"]
)
def test_laws_of_any_estimator(tmp_path, small, estimator, words):
    _, samples, data = small
    read(
        write_report(
            tmp_path / "report.html",
            estimator.fit(samples).laws_,
            samples,
            data,
            estimator=LogLinear(),
        )
    )


def test_regression_has_no_labels_to_doubt(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 3))
    data = Dataset.from_arrays(
        X[:60], X[:60, 0] + rng.normal(size=60), X[60:], X[60:, 0], target="regression"
    )
    samples = sample_contributions(Utility(Ridge(), data), range(20), (8, 40), 30, random_state=0)
    laws = MaximumLikelihood().fit(samples).laws_
    page = read(write_report(tmp_path / "report.html", laws, samples, data))
    assert "labels" not in page.ids and "response" in page.text
    assert not report._has_classes(
        report._Run(laws, samples, None, None, None, pd.DataFrame(), 0.9, 1)
    )


@pytest.mark.parametrize(
    "protocol",
    [dict(design="grid", n_sizes=4, draws=8), dict(independent=True, draws=10)],
    ids=["grid", "independent"],
)
def test_other_protocols(tmp_path, utility, words, protocol):
    samples = sample_contributions(utility, range(12), (10, 60), random_state=0, **protocol)
    page = read(
        write_report(
            tmp_path / "report.html", MaximumLikelihood().fit(samples).laws_, samples, utility.data
        )
    )
    assert ("one set each for every point" in "".join(page.text)) == ("independent" in protocol)


def test_odd_data(tmp_path, small):
    laws, samples, data = small
    one_class = np.flatnonzero(samples.y == "no")
    part = samples.take(points=one_class)
    read(write_report(tmp_path / "one class.html", MaximumLikelihood().fit(part).laws_, part, data))
    constant = replace(data, X_train=np.ones_like(data.X_train), X_val=np.ones_like(data.X_val))
    assert "map" not in read(write_report(tmp_path / "constant.html", laws, samples, constant)).ids


def test_what_is_not_given_is_left_out(tmp_path, small, words):
    laws, samples, data = small
    bare = replace(samples, y=None, support=None, size_probability=None, meta={})
    read(write_report(tmp_path / "bare.html", laws, bare))
    for places in ([0, 1], [5]):
        few = samples.take(points=places)
        read(write_report(tmp_path / "few.html", MaximumLikelihood().fit(few).laws_, few, data))
    pixels = read(
        write_report(tmp_path / "pixels.html", laws, samples, data, image_shape=(2, 3), n=4)
    )
    assert len(pixels.loaded) >= 8


def test_points_without_a_law_are_counted_and_left_out(tmp_path, small, words):
    laws, samples, data = small
    gone = np.arange(60) % 3 == 0
    parts = tuple(
        replace(part, weight=np.where(gone[:, None], np.nan, part.weight))
        for part in laws.components
    )
    some = replace(
        laws,
        **{
            name: np.where(gone, np.nan, getattr(laws, name))
            for name in ("c", "alpha", "sigma", "beta", "r2")
        },
        cov=np.where(gone[:, None, None], np.nan, laws.cov),
        components=parts,
    )
    assert "20 of them have too few samples for a law" in "".join(
        read(write_report(tmp_path / "report.html", some, samples, data)).text
    )
    none = replace(laws, c=np.full(60, np.nan), alpha=np.full(60, np.nan))
    with pytest.raises(ValueError, match="none of the 60 points has a law"):
        write_report(tmp_path / "none.html", none, samples, data)
    assert not (tmp_path / "none.html").exists()


def test_few_draws_leave_the_check_out(tmp_path, small, words):
    laws, samples, data = small
    text = "".join(
        read(write_report(tmp_path / "report.html", laws, samples.take(draws=[0, 1, 2]), data)).text
    )
    assert "3 draws are too few to hold some out" in text


@pytest.mark.parametrize(
    "arguments, message",
    [
        (
            dict(rows=pd.DataFrame({"a": range(90)}, index=range(5, 95))),
            "rows has 90 rows, but the pool has 60: pass the pool's rows, or a table whose index "
            "has all labels of data.index",
        ),
        (dict(rows=[1]), "rows must be a DataFrame, not a list"),
        (dict(again="x"), "again must be a Contributions"),
        (
            dict(image_shape=(8, 8)),
            "image_shape=.8, 8. needs data with 64 features, but data has 6 features",
        ),
        (dict(n=0), "n=0 is too few"),
        (dict(level=90), "level=90 must lie between 0 and 1"),
    ],
)
def test_bad_arguments_say_what_is_wrong(tmp_path, small, arguments, message):
    with pytest.raises(ValueError, match=message):
        write_report(tmp_path / "report.html", *small, **arguments)
    assert list(tmp_path.iterdir()) == []


def test_samples_must_be_the_laws_own(tmp_path, small):
    laws, samples, data = small
    with pytest.raises(ValueError, match="samples has 3 points, and laws has 60, not the same"):
        write_report(tmp_path / "report.html", laws, samples.take(points=[0, 1, 2]), data)


def test_written_whole_or_not_at_all(tmp_path, small, monkeypatch, words):
    path = tmp_path / "new folder" / "report.html"
    before = write_report(path, *small).read_bytes()
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("the disk is full")))
    with pytest.raises(OSError, match="the disk is full"):
        write_report(path, *small, title="other")
    assert path.read_bytes() == before and [p.name for p in path.parent.iterdir()] == [
        "report.html"
    ]


def test_no_global_state_is_touched(tmp_path, small):
    import matplotlib
    from matplotlib import _pylab_helpers

    style, state = dict(matplotlib.rcParams), np.random.get_state()[1].copy()
    write_report(tmp_path / "report.html", *small)
    assert dict(matplotlib.rcParams) == style and not _pylab_helpers.Gcf.get_all_fig_managers()
    np.testing.assert_array_equal(np.random.get_state()[1], state)


def test_a_whole_table_is_read_by_its_labels(tmp_path, small, words):
    laws, samples, data = small
    table = pd.DataFrame({"name": [f"house {i}" for i in range(100)]})
    pool = np.sort(np.random.default_rng(0).choice(100, 60, replace=False))
    laws, samples, data = (
        replace(laws, index=pool),
        replace(samples, index=pool),
        replace(data, index=pool),
    )
    whole, part = (
        write_report(tmp_path / name, laws, samples, data, rows=rows).read_text()
        for name, rows in (("a", table), ("b", table.iloc[pool]))
    )
    best = laws.index[laws.values()["value"].argmax()]
    assert whole == part and whole.index(f">house {best}<") == min(
        whole.index(f">house {i}<") for i in pool if f">house {i}<" in whole
    )


def test_swapped_arguments_are_named(tmp_path, small):
    laws, samples, data = small
    with pytest.raises(
        ValueError,
        match="laws must be a ScalingLaws, the laws fitted to samples, not a Contributions",
    ):
        write_report(tmp_path / "report.html", samples, laws)
    with pytest.raises(ValueError, match="again must hold the first draws of samples"):
        write_report(
            tmp_path / "report.html", laws, samples, data, again=replace(samples, k=samples.k + 1)
        )


@pytest.mark.parametrize(
    "sign, reading",
    [(1, "much the same for other rows"), (-1, "a larger validation set is needed")],
)
def test_other_rows_as_judges(tmp_path, small, words, sign, reading):
    laws, samples, data = small
    again = samples.take(draws=range(30))
    text = "".join(
        read(
            write_report(
                tmp_path / "report.html",
                laws,
                samples,
                data,
                again=replace(again, delta=sign * again.delta),
            )
        ).text
    )
    assert (
        "the first 30 training sets were judged once more" in text
        and reading in text
        and "on these 50 validation rows" in text
    )


def test_no_interval_excludes_its_estimate(small):
    laws, samples, _ = small
    away = replace(laws, c=laws.c * 50)
    worth = report._worth(away, samples, 0.9)
    assert all(
        (worth[f"{name}_low"] <= worth[name]).all() and (worth[name] <= worth[f"{name}_high"]).all()
        for name in ("value", "end")
    )


@pytest.fixture(scope="module")
def bent() -> tuple[ScalingLaws, Contributions, Dataset]:
    """Laws that bend, samples of their curves, and the pool."""
    laws, rng = bent_laws(60, sd=4e-5), np.random.default_rng(0)
    k, support = rng.integers(100, 1001, 50), np.arange(100, 1001)
    X, y = rng.normal(size=(120, 4)), rng.integers(0, 2, 120)
    delta = laws.contribution(support).T[k - 100] + rng.normal(0, 1e-3, (50, 60))
    samples = Contributions(
        k,
        delta,
        laws.points,
        index=laws.index,
        y=y[laws.points],
        support=support,
        size_probability=np.full(901, 1 / 901),
    )
    return laws, samples, Dataset.from_arrays(X, y, X[:50], y[:50], name="bent")


def test_a_report_of_laws_that_bend(tmp_path, bent):
    laws, samples, data = bent
    page = read(write_report(tmp_path / "report.html", laws, samples, data))
    text = re.sub(r"\s+", " ", "".join(page.text))
    assert (
        "a sum of a few falling powers of the size k, so it may bend, and it may change its sign"
        in text
    )
    assert "ψ(k) = c / k" not in text and "α at 1000" in text and "Exponent α at 1,000 rows" in text
    turning = laws.sign_change()["probability"].to_numpy()
    assert (
        f"{(turning > 0.9).sum()} points" in text
        and "probably (p > 90%) turn from help to harm, or back" in text
    )
    order = np.argsort(-laws.values()["value"].to_numpy())
    shown = turning[order[[0, 30, 59]]]
    assert (
        text.count("Its sign at 100 rows differs from that at 1,000 with a probability of")
        == (shown > 0.05).sum()
        > 0
    )
    straight = read(write_report(tmp_path / "straight.html", make_laws(60), samples, data))
    assert "Change of sign" not in "".join(straight.text) and "falling powers" not in "".join(
        straight.text
    )


def test_points_without_a_sample_are_told(tmp_path, bent, words):
    laws, samples, data = bent
    status = np.where(np.arange(60) < 7, "prior only", "ok")
    assert "7 of them lie in every training set" in "".join(
        read(
            write_report(tmp_path / "report.html", replace(laws, status=status), samples, data)
        ).text
    )


def test_the_ceiling_is_one_of_r_squared(small):
    """It lies above the R² of laws that fit, and below 1 where means are noisy."""
    _, samples, _ = small
    table = report.trust_table(samples, splits=3)
    halves = [split_half(samples, n_bins=3, random_state=i) for i in range(3)]
    for name in ("r2", "ceiling", "pearson_ceiling"):
        assert table.loc["all", name] == pytest.approx(
            np.mean([half[name].mean() for half in halves])
        )
    assert table.loc["all", "ceiling"] < 1


def test_how_often_intervals_hold_is_told_of_each_shape(tmp_path, small, bent, words):
    straight, bends = (
        "".join(read(write_report(tmp_path / "report.html", *parts)).text)
        for parts in (small, bent)
    )
    assert (
        f"held it in {report.COVERED['straight']}" in straight
        and f"held it in {report.COVERED['bent']}" in bends
    )


def test_exponents_that_nothing_bounds_are_open():
    assert report._local_exponent(1.5, 1.0, 2.0) == "1.50 (1.00 to 2.00)"
    assert (
        report._local_exponent(1.5, -400.0, 2.0)
        == report._local_exponent(np.nan, np.nan, np.nan)
        == "open"
    )


def _pair(sd: float) -> ScalingLaws:
    """Two points in one family: one falls as k^-2, the other as 1/k; they cross at size 348."""
    mean = np.array([[[0.0, 1.1e-3]], [[1e-3, 0.0]]])
    part = Components(
        np.ones((2, 1)), mean, np.tile(sd**2 * np.eye(2), (2, 1, 1, 1)), np.array([1.0, 2.0])
    )
    return replace(bent_laws(2), components=(part,))


def test_where_bent_laws_cross():
    laws, rng = _pair(1e-5), np.random.default_rng(0)
    assert report._overtaking(laws).to_numpy().tolist() == [[0, 1]]
    at, *ends = report._crossing_size(laws, 0, 1, 0.9)
    drawn = rng.normal(laws.components[0].mean[:, 0][:, None], 1e-5, (2, 100_000, 2))
    gap = drawn[0] - drawn[1]
    crossings = laws.k0 * gap[:, 1] / -gap[:, 0]
    assert at == pytest.approx(316 * 1.1, rel=1e-3)
    np.testing.assert_allclose(ends, np.quantile(crossings, [0.05, 0.95]), rtol=0.01)


def test_a_crossing_that_is_not_bounded_has_no_interval():
    at, low, high = report._crossing_size(_pair(1e-3), 0, 1, 0.9)
    assert at == pytest.approx(316 * 1.1, rel=1e-3) and np.isnan([low, high]).all()


def test_tables_and_pictures_of_laws_that_bend(tmp_path, bent):
    laws, samples, _ = bent
    table = values_table(laws, samples)
    assert "c" not in table and {"value", "low", "high", "exponent", "at_100", "at_1000"} <= set(
        table.columns
    )
    np.testing.assert_array_equal(
        table["exponent"].sort_index(), laws.local_exponent(1000)["exponent"].sort_index()
    )
    assert "c" in values_table(make_laws(60), samples)
    summary = _summarise(laws, samples, pd.DataFrame(), 1.0)
    assert summary["share_turning"] == pytest.approx(
        (laws.sign_change()["probability"] > 0.9).mean(), abs=1e-4
    )
    assert "exponent" in _describe(table, summary, tmp_path)
    assert all(file.stat().st_size for file in _save_pictures(laws, samples, tmp_path))


def test_pictures_name_the_size_of_an_exponent(bent):
    from matplotlib.figure import Figure

    laws, samples, _ = bent
    axes = Figure().subplots(3)
    names = plot_law(laws, samples, int(laws.points[4]), ax=axes[0]).get_legend_handles_labels()[1]
    exponent = laws.local_exponent(100_000**0.5)["exponent"].iloc[4]
    assert rf"$\psi_k$, $\alpha$ = {exponent:.2f} at k = 316" in names
    legend = plot_crossings(laws, samples, ax=axes[1]).get_legend()
    assert legend.get_title().get_text() == "exponents at k = 316"
    assert plot_alpha(laws, ax=axes[2]).get_xlabel() == "exponent at k = 316"
    assert "clear at k = 316" in axes[2].get_title()


def test_what_the_report_says_of_intervals_is_what_was_measured():
    results = Path(__file__).parent.parent / "results"
    rows = pd.DataFrame(json.loads((results / "laws.json").read_text())["rows"])
    values = rows[(rows.method == "power series") & (rows.what == "shapley")].coverage
    sizes = pd.DataFrame(json.loads((results / "size_accuracy.json").read_text())["rows"])
    inside = (
        sizes[(sizes.k <= 1000) & (sizes.method != "log-linear")]
        .groupby(["dataset", "regime", "m", "method"])
        .coverage.mean()
    )
    assert report.COVERED == {
        name: f"{100 * held.min():.0f} to {100 * held.max():.0f}%"
        for name, held in (("bent", values), ("straight", inside))
    }


TREE = DecisionTreeRegressor(min_samples_leaf=2, random_state=0)


def whole_fits(
    target: str = "classification",
    classes: int = 2,
    fits: int = 60,
    n: int = 40,
    metric=None,
    **options,
) -> tuple[Utilities, Dataset]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n + 30, 3))
    y = X[:, 0] + 0.3 * rng.normal(size=n + 30)
    if target == "classification":
        y = np.array(["no", "yes", "maybe"])[
            np.searchsorted(np.quantile(y, np.linspace(0, 1, classes + 1)[1:-1]), y)
        ]
    data = Dataset.from_arrays(X[:n], y[:n], X[n:], y[n:], target=target, name="trees")
    learner = (
        DecisionTreeClassifier(min_samples_leaf=2, random_state=0)
        if target == "classification"
        else TREE
    )
    return sample_utilities(
        Utility(learner, data, metric), (8, 20), fits, random_state=0, **options
    ), data


@pytest.mark.filterwarnings("ignore:.*fewer than one fit")
@pytest.mark.parametrize(
    "kind",
    [
        dict(),
        dict(classes=3, metric="error_rate"),
        dict(target="regression"),
        dict(target="regression", metric="r2"),
        dict(pool=range(5, 40)),
        dict(fits=30),
    ],
    ids=str,
)
def test_whole_fits_have_a_report_of_their_own(tmp_path, kind, request):
    if kind:
        request.getfixturevalue("words")  # one of them with pictures
    fits, data = whole_fits(**kind)
    estimator = Membership().fit(fits, data.X_train[fits.points])
    path = write_report(tmp_path / "report.html", estimator.laws_, fits, data, estimator=estimator)
    page, text = read(path), path.read_text()
    words = "".join(page.text)
    assert {"rows", "laws", "fits", "distributions", "crossings", "trust", "map", "origin"} <= set(
        page.ids
    )
    assert "labels" not in page.ids  # nobody has judged them
    assert (
        f"by whole fits to {len(fits)} training sets of 8 to 20 rows" in words
        and "Each dot is the loss of one fit. The line" in words
        and "Parts of the loss" in words
    )
    assert not any(word in words for word in ("draws", "a single dot", "± –", " inf ", "by chance"))
    assert (
        ("30 fits are too few to hold some out" in words)
        == (len(fits) < report.LEAST_FITS)
        != ("Two halves of the fits" in words)
    )
    assert kind or (
        text.count("<svg m") + text.count("<svg v") >= 8 and page.tags.count("figure") >= 7
    )


def test_a_report_of_some_of_the_points_has_the_curve_of_all(tmp_path, words):
    fits, data = whole_fits()
    estimator = Membership().fit(fits, data.X_train)
    some = estimator.laws_.take([3, 17, 4, 30, 22])
    text = "".join(
        read(write_report(tmp_path / "some.html", some, fits, data, estimator=estimator)).text
    )
    assert "The line is what the laws say of all rows" in text and "Parts of the loss" in text
    worth = report._worth(some, fits, 0.9)
    assert [data.y_train[row] for row in worth.pool_row] == worth.label.tolist()
    bare = "".join(read(write_report(tmp_path / "bare.html", some, fits)).text)
    assert (
        "The line is what the laws say of all rows" not in bare and "Parts of the loss" not in bare
    )


def test_the_curve_goes_through_the_losses():
    fits, data = whole_fits("regression", fits=200)
    sizes, losses = report._learning_curve(Membership().fit(fits, data.X_train).laws_, fits)
    means = np.array([fits.base_loss[abs(fits.k - k) <= 1].mean() for k in (9, 19)])
    assert sizes[0] == 8 and sizes[-1] == 20 and losses[0] > losses[-1] + 0.1
    np.testing.assert_allclose(losses[[1, 11]], means, atol=0.25 * fits.base_loss.std())


def test_exponents_of_an_open_sign_are_not_shown(tmp_path, words):
    """Where fits are noise alone, no exponent means anything."""
    rng = np.random.default_rng(0)
    k, loss = np.full(60, 20), 1 + rng.normal(size=60)
    k[::2] = 10
    members = np.packbits([rng.permutation(40) < size for size in k], axis=1)
    fits = Utilities(members, loss[:, None], loss, np.arange(40), 40)
    laws = Membership().fit(fits).laws_
    run = report._Run(laws, fits, None, None, None, report._worth(laws, fits, 0.9), 0.9, 3)
    text = "".join(read(write_report(tmp_path / "noise.html", laws, fits)).text)
    assert set(report._exponents(run, run.worth.drop(index=run.certain.index))) == {"open"}
    assert (
        not len(run.certain) and "no point's sign is certain" in text and "Exponents at" not in text
    )


def test_reliability_is_that_of_the_mean_correlation(monkeypatch):
    """Splits whose halves disagree count as well as those that agree."""
    values = iter([0.6, -0.8, -0.1])

    def one(r):
        return pd.DataFrame(
            dict(k=9.0, pearson=r, r2=0.0, reliability=max(0.0, 2 * r / (1 + r)), predicted=0.1),
            index=["9", "all"],
        )

    monkeypatch.setattr(report, "split_half", lambda *_: one(next(values)))
    table = report.fits_trust_table(whole_fits()[0])
    assert (
        (table.reliability == 0).all()
        and np.allclose(table.reliability_max, 0.75)
        and (table.pearson < 0).all()
    )


def test_fits_and_laws_of_others_are_refused(tmp_path):
    fits, data = whole_fits(pool=range(25))
    laws = Membership().fit(fits).laws_
    with pytest.raises(ValueError, match="samples has no row 0, of which laws has a law"):
        write_report(tmp_path / "report.html", laws, replace(fits, points=fits.points + 15), data)
    with pytest.raises(ValueError, match="again=.* is for contributions"):
        write_report(tmp_path / "report.html", laws, fits, data, again=fits)


def told(text: str) -> dict[str, object]:
    """Verdicts and columns whose every text is a user's."""
    quality = pd.DataFrame(
        dict(
            model=[0.9, 0.2, 0.7], low=[0.8, 0.1, 0.6], high=[0.95, 0.3, 0.8], base=[0.5, 0.7, 0.0]
        ),
        index=["right", "loss", "explained"],
    )
    line = dict(
        change=-0.01, low=-0.02, high=0.004, random=0.02, gain=0.03, gain_low=0.01, gain_high=0.05
    )
    kinds = pd.DataFrame(
        dict(
            kind=[text],
            rows=[40],
            mean=[0.1],
            difference=[0.004],
            se=[0.001],
            p=[0.01],
            clear=[True],
        )
    )
    columns = pd.DataFrame(dict(column=[text], became=[text], values=[3], gaps=[0], note=[None]))
    verdicts = Verdicts(
        0.9, "test", 114, "log_loss", quality, pd.DataFrame(line, index=[40]), 40, 0.02, kinds=kinds
    )
    return dict(verdicts=verdicts, columns=columns)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_the_users_text_stays_text_in_what_is_told(tmp_path, small, words, text):
    path = write_report(tmp_path / "report.html", *small, **told(text))
    page = read(path)
    assert {"answers", "dropping", "kinds", "columns", "every"} <= set(page.ids)
    assert any(text[:30] in part for part in page.text)
    assert (
        b64encode(
            sha256(
                re.search(r"<script>(.*?)</script>", path.read_text(), re.S)[1].encode()
            ).digest()
        ).decode()
        in path.read_text()
    )


def test_answers_come_first_and_say_what_they_do_not_know(tmp_path, small, words):
    laws, samples, data = small
    text = "".join(read(write_report(tmp_path / "report.html", laws, samples, data)).text)
    assert (
        text.index("How good is the model?") < text.index("most valuable")
        and "Not asked: no learner was given." in text
    )
    text = "".join(
        read(write_report(tmp_path / "told.html", laws, samples, data, **told("a"))).text
    )
    assert (
        "the right class for 90.0% of 114 test rows" in text
        and "About 40 of 60 rows (67%)" in text
        and "Rows with “a” add more" in text
    )


def test_verdicts_and_columns_must_be_what_they_are(tmp_path, small):
    for name, message in (
        ("verdicts", "verdicts must be a Verdicts"),
        ("columns", "columns must be a DataFrame"),
    ):
        with pytest.raises(ValueError, match=message):
            write_report(tmp_path / "report.html", *small, **{name: "x"})


def test_what_a_reader_can_look_up(tmp_path, words, monkeypatch):
    laws, samples, data = simulate(60, 40)

    def table(**more):
        return re.search(
            r'<section id="every".*?</section>',
            write_report(tmp_path / "report.html", laws, samples, data, **more).read_text(),
            re.S,
        )[0]

    whole = table(rows=pd.DataFrame({"size": range(60), "name": [f"n{i}" for i in range(60)]}))
    assert whole.count("<tr>") == 61 and "All 60 rows" in whole and 'class="tools" hidden' in whole
    assert (
        re.findall(r'data-kind="(\w+)">([^<]+)', whole)[-1] == ("number", "size")
        and '<option value="no">' in whole
    )
    monkeypatch.setattr(report, "_LISTED", 20)
    part = table()
    assert part.count("<tr>") == 21 and "The 10 most and the 10 least valuable of 60" in part


def test_the_map_knows_where_its_points_are(tmp_path, small):
    laws, samples, data = small
    text = write_report(tmp_path / "report.html", laws, samples, data).read_text()
    places = np.array(re.search(r'data-places="([^"]+)"', text)[1].split(), float).reshape(-1, 2)
    features, _ = report._project(data.X_train[laws.points])
    worth = report._worth(laws, samples, 0.9)
    assert len(places) == 60 and places.min() > 0 and places.max() < 1e4
    x, y = (
        np.corrcoef(places[:, 0], features[worth.index, 0])[0, 1],
        np.corrcoef(places[:, 1], features[worth.index, 1])[0, 1],
    )
    assert x > 0.999 and y < -0.999  # a picture's height is counted from its top


def test_the_script_is_plain_and_writes_only_text():
    script = pages._SCRIPT
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval|Function\(|fetch|XMLHttp|import|https?:|</",
        script,
    )
    assert len(script) < 6000
