"""Suspicious labels: kinds of input, classes of one row, invariances, calibration."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.linear_model import Ridge
from sklearn.metrics import average_precision_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from scaling_values import Contributions, Dataset, Utility, label_suspects, sample_utilities
from scaling_values import labels as room
from scaling_values.fitting import fit_estimator
from scaling_values.labels import outside_probabilities

COLUMNS = ["label", "suggestion", "p_wrong", "p_label", "score"]


@pytest.fixture(autouse=True)
def small_models(monkeypatch):
    """Little is enough for small tables."""
    monkeypatch.setattr(room, "_TREES", 40)
    monkeypatch.setattr(room, "_PENALTIES", (0.1,))


def table(
    n: int = 200, classes: int = 2, wrong: int = 16, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, labels, and which are turned: classes lie on a line, with a little overlap."""
    rng = np.random.default_rng(seed)
    truth, turned = np.arange(n) % classes, np.zeros(n, bool)
    X = rng.normal(size=(n, 3))
    X[:, 0] += 6 * truth
    turned[rng.choice(n, wrong, replace=False)] = True
    return X, np.where(turned, (truth + rng.integers(1, classes, n)) % classes, truth), turned


@pytest.fixture(scope="module")
def easy():
    X, y, turned = table()
    return X, y, turned


def by_row(found: pd.DataFrame) -> pd.DataFrame:
    return found.sort_index()


def test_turned_labels_come_first_and_their_classes_are_suggested(easy):
    X, y, turned = easy
    found = label_suspects(X, y)
    assert list(found) == COLUMNS and len(found) == 200 and found.score.is_monotonic_decreasing
    assert average_precision_score(turned[found.index], found.score) > 0.9
    assert (found.label == y[found.index]).all() and (found.suggestion != found.label).all()
    assert (
        found.p_wrong.between(0, 1).all()
        and found.p_label.between(0, 1).all()
        and found.score.between(0, 1).all()
    )
    np.testing.assert_allclose(found.score, (found.p_wrong + 0.25 * (1 - found.p_label)) / 1.25)
    assert found.attrs["expected_wrong"] == pytest.approx(found.p_wrong.sum())
    rates = pd.DataFrame(found.attrs["noise_rates"]).T
    np.testing.assert_allclose(rates.sum(axis=1), 1)
    assert (
        set(found.attrs["weights"]) == {"linear", "forest"}
        and min(found.attrs["weights"].values()) >= 0
    )
    pd.testing.assert_frame_equal(label_suspects(X, y, n=7), found.head(7))
    pd.concat([found.head(2), found.tail(2)])  # what attrs hold does not get in the way


def test_many_classes():
    X, y, turned = table(360, classes=12, wrong=20)
    found = label_suspects(X, y)
    assert average_precision_score(turned[found.index], found.score) > 0.6
    likely = found[found.p_wrong > 0.5]
    assert len(likely) and (likely.label != likely.suggestion).all()


@pytest.mark.parametrize(
    "form", ["list", "frame", "words", "gaps", "sparse", "single", "masked", "nested"]
)
def test_kinds_of_features(easy, form):
    X, y, turned = easy
    frame = pd.DataFrame(X, columns=list("abc"), index=[f"row {i}" for i in range(200)])
    gaps = np.where(np.random.default_rng(0).random(X.shape) < 0.03, np.nan, X)
    given = dict(
        list=X.tolist(),
        frame=frame,
        words=frame.assign(d=np.where(X[:, 1] > 0, "up", None)),
        gaps=gaps,
        sparse=sparse.csr_matrix(X),
        single=X.astype(np.float32),
        masked=np.ma.masked_invalid(gaps),
        nested=pd.DataFrame(gaps, index=frame.index),
    )[form]
    found = label_suspects(given, y)
    names = frame.index if isinstance(given, pd.DataFrame) else pd.RangeIndex(200)
    assert set(found.index) == set(names)
    assert average_precision_score(turned[names.get_indexer(found.index)], found.score) > 0.75
    assert np.isfinite(found[["p_wrong", "p_label", "score"]]).all(axis=None)


@pytest.mark.parametrize(
    "names",
    [np.array(["a", "b"]), np.array([False, True]), np.array([-5, 70]), np.array([0.0, 1.0])],
    ids=str,
)
def test_names_of_labels_do_not_matter(easy, names):
    X, y, _ = easy
    one, other = label_suspects(X, y), label_suspects(X, names[y])
    np.testing.assert_array_equal(one.index, other.index)
    np.testing.assert_allclose(one.p_wrong, other.p_wrong)
    np.testing.assert_array_equal(names[one.suggestion], other.suggestion)
    assert all(type(key) in (str, int, bool) for key in other.attrs["noise_rates"])


def test_the_order_of_rows_and_the_names_order_matter_little():
    X, y, turned = table(300, wrong=30)
    one, order = by_row(label_suspects(X, y)), np.random.default_rng(1).permutation(300)
    shuffled = label_suspects(X[order], y[order])
    again = shuffled.set_axis(order[shuffled.index]).sort_index()
    swapped = by_row(label_suspects(X, 1 - y))
    for other in (again, swapped):
        assert np.corrcoef(one.score, other.score)[0, 1] > 0.9
        assert abs(one.p_wrong.sum() - other.p_wrong.sum()) < 9
    assert (swapped.label == 1 - one.label).all()


@pytest.mark.parametrize("scale", [(1e6, 1e-3, 1.0), (1e-4, 1e-4, 1e-4)], ids=str)
def test_units_of_columns_matter_little(easy, scale):
    X, y, turned = easy
    one, other = by_row(label_suspects(X, y)), by_row(label_suspects(X * scale + 3, y))
    assert (
        average_precision_score(turned, other.score)
        > average_precision_score(turned, one.score) - 0.05
    )


def test_it_is_the_same_every_time_and_with_workers(easy):
    X, y, _ = easy
    one = label_suspects(X, y, DecisionTreeClassifier(max_depth=3), random_state=5)
    pd.testing.assert_frame_equal(
        one, label_suspects(X, y, DecisionTreeClassifier(max_depth=3), random_state=5, n_jobs=2)
    )
    assert not one.p_wrong.equals(label_suspects(X, y, random_state=6).p_wrong.reindex(one.index))


def test_trusted_rows_are_not_listed_and_train(easy):
    X, y, turned = easy
    right = ~turned & (np.arange(200) < 120)
    found = label_suspects(X, y, trusted=right)
    assert set(found.index) == set(np.flatnonzero(~right))
    assert average_precision_score(turned[found.index], found.score) > 0.9
    frame = pd.DataFrame(X, index=[f"row {i}" for i in range(200)])
    named = label_suspects(
        frame, y, trusted=pd.Series(right, frame.index).sample(frac=1, random_state=0)
    )
    np.testing.assert_allclose(named.p_wrong, found.p_wrong)
    last = np.arange(200) != 17
    assert list(label_suspects(X, y, trusted=last).index) == [17]


def test_a_class_that_only_trusted_rows_have(easy):
    X, y, _ = easy
    y = np.append(y, [2] * 6)
    found = label_suspects(np.vstack([X, np.full((6, 3), 30.0)]), y, trusted=y == 2)
    assert len(found) == 200 and 2 in found.attrs["noise_rates"] and (found.p_wrong.notna()).all()


def test_of_a_class_with_one_row_nobody_can_tell(easy):
    X, y, _ = easy
    for names in (y, np.array(["zero", "one"])[y]):
        alone = (
            np.array([*names[:199], 9])
            if names.dtype.kind == "i"
            else np.array([*names[:199], "nine"])
        )
        found = label_suspects(X, alone)
        assert (
            found.index[-1] == 199 and found.iloc[-1][["p_wrong", "p_label", "score"]].isna().all()
        )
        assert found.label.iloc[-1] == alone[-1] and found.suggestion.dtype == found.label.dtype
        assert found.p_wrong.notna().sum() == 199 and np.isfinite(found.attrs["expected_wrong"])
    two = label_suspects(X, np.where(np.arange(200) < 198, y, 9))
    assert two.p_wrong.notna().all()


@pytest.mark.parametrize("n", [4, 5, 7, 12])
def test_tiny_tables(n):
    X, y, _ = table(n, wrong=1)
    y[:4] = [0, 1, 0, 1]
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="^(?!.*the columns say little)")
        found = label_suspects(X, y)
    assert len(found) == n and found.p_wrong.notna().all()


def test_columns_that_say_nothing(easy):
    _, y, _ = easy
    for X in (
        np.zeros((200, 2)),
        np.full((200, 1), np.nan),
        pd.DataFrame(dict(word=["same"] * 200)),
    ):
        with pytest.warns(UserWarning, match="the columns say little about the labels"):
            found = label_suspects(X, y)
        assert found.p_wrong.notna().all()


def test_a_classifier_of_yours_joins(easy):
    X, y, turned = easy
    found = label_suspects(X, y, KNeighborsClassifier(5))
    assert set(found.attrs["weights"]) == {"linear", "forest", "learner"}
    assert average_precision_score(turned[found.index], found.score) > 0.8


def test_a_dataset_lists_its_pool(easy):
    X, y, turned = easy
    names = [f"row {i}" for i in range(150)]
    data = Dataset.from_arrays(X[:150], y[:150], X[150:], y[150:], index=names)
    found = label_suspects(data)
    assert set(found.index) == set(names)
    whole = by_row(label_suspects(X, y)).head(150)
    np.testing.assert_allclose(
        found.p_wrong.reindex(names), whole.p_wrong
    )  # validation rows train along
    assert found.attrs["expected_wrong"] == pytest.approx(found.p_wrong.sum())
    assert len(label_suspects(data, trusted=np.arange(150) < 100)) == 50
    rough = Dataset(sparse.csr_matrix(X[:150]), y[:150], sparse.csr_matrix(X[150:]), y[150:])
    assert len(label_suspects(rough)) == 150
    words = [
        pd.DataFrame(X).assign(word="a").set_axis(list("abcd"), axis=1).iloc[part]
        for part in (slice(150), slice(150, None))
    ]
    assert len(label_suspects(Dataset(words[0], y[:150], words[1], y[150:]))) == 150


def test_values_stand_beside(easy):
    X, y, _ = easy
    worth = pd.Series(np.arange(100.0), np.arange(99, -1, -1))
    found = label_suspects(X, y, values=worth)
    assert list(found) == [*COLUMNS, "value"]
    np.testing.assert_array_equal(found.value, worth.reindex(found.index))
    k, rng = np.repeat([10, 20, 40, 80], 10), np.random.default_rng(0)
    laws = fit_estimator(
        None,
        Contributions(
            k,
            (1 + 0.1 * rng.normal(size=(40, 9))) / k[:, None],
            np.arange(9) + 5,
            index=np.arange(9) + 5,
        ),
    ).laws_
    beside = label_suspects(X, y, values=laws).value
    assert beside.notna().sum() == 9
    np.testing.assert_allclose(beside.dropna().sort_index(), laws.values()["value"])


def test_the_probability_is_fair_where_errors_are_blind():
    """On six simulated tables: as many wrong labels as expected, and in bins as claimed."""
    claimed, wrong = [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(500, 4))
        truth = (rng.random(500) < 1 / (1 + np.exp(-4 * X[:, 0]))).astype(int)
        turned = rng.random(500) < 0.12
        found = by_row(label_suspects(X, np.where(turned, 1 - truth, truth)))
        claimed.append(found.p_wrong)
        wrong.append(turned)
    claimed, wrong = np.concatenate(claimed), np.concatenate(wrong)
    assert 0.7 < claimed.sum() / wrong.sum() < 1.3
    low, high = claimed < 0.1, claimed > 0.7
    assert wrong[low].mean() < 0.1 and wrong[high].mean() > 0.65


def test_nothing_wrong_is_nothing_expected():
    X, y, _ = table(300, wrong=0)
    assert label_suspects(X, y).attrs["expected_wrong"] < 9


def test_equations_on_numbers_that_are_known():
    """Where P = p T, Bayes gives back p; pooling a model with itself changes nothing of note."""
    rng = np.random.default_rng(0)
    p, T = (
        rng.dirichlet([0.3] * 3, 4000),
        np.array([[0.9, 0.1, 0.0], [0.0, 0.8, 0.2], [0.05, 0.05, 0.9]]),
    )
    truth = np.array([rng.choice(3, p=line) for line in p])
    given = np.array([rng.choice(3, p=T[true]) for true in truth])
    P = p @ T
    exact = p * T[:, given].T / P[np.arange(4000), given][:, None]
    q = room.class_posterior(P, given, T, rounds=3000)
    assert np.abs(q - exact).mean() < 0.02
    rates = room.noise_rates(P, given)
    np.testing.assert_allclose(rates.sum(1), 1)
    assert np.abs(rates - T).max() < 0.08
    mixed, weights = room.pooled_probabilities([P, P], given)
    assert weights.sum() == pytest.approx(1, abs=0.15) and np.abs(mixed - P).mean() < 0.03


X, Y, _ = table(40, wrong=2)
FRAME = pd.DataFrame(X, index=[f"row {i}" for i in range(40)])


@pytest.mark.parametrize(
    "arguments, options, message",
    [
        ((X,), {}, "y is missing: pass the label of each row"),
        ((X, Y[:30]), {}, "X has 40 rows, but y has 30"),
        ((X, np.zeros(40, int)), {}, "y holds one class only"),
        ((X, np.arange(40)), {}, "y has 40 classes in 40 rows"),
        ((X, [*range(38), 50, 50]), {}, "y has 39 classes in 40 rows"),
        ((X, [*Y[:39], None]), {}, "y has missing labels"),
        ((X, Y + 0.5), {}, "y holds fractions such as .*: labels are classes"),
        ((np.where(X > 2, np.inf, X), Y), {}, "X holds .* infinite values"),
        ((np.where(X > 2, 1e200, X), Y), {}, "X holds 1e.200, too large"),
        ((sparse.csr_matrix(np.where(X > 2, np.nan, X)), Y), {}, "X is sparse and holds NaN"),
        ((X[:, 0], Y), {}, "X has shape"),
        ((FRAME, pd.Series(Y)), {}, "y has another index than X"),
        ((X, Y), dict(trusted=np.ones(40, bool)), "trusted has every row"),
        ((X, Y), dict(trusted=np.ones(30, bool)), "trusted=.* must be a mask"),
        ((X, Y), dict(trusted=[1, 2]), "trusted=.* must be a mask"),
        ((FRAME, Y), dict(trusted=pd.Series(True, [1, 2])), "trusted has another index"),
        ((X, Y), dict(n=0), "n=0 is too few"),
        ((X, Y), dict(learner=Ridge()), "learner=.* must be a classifier with predict_proba"),
        ((X, Y), dict(learner="logreg"), "learner='logreg' must be a classifier"),
        ((X, Y), dict(values=[1, 2]), "values=.* must be ScalingLaws, or a Series"),
        ((X, Y), dict(values=pd.Series([1.0, 2.0], [3, 3])), "values has the row 3 twice"),
        ((X, Y), dict(values=pd.Series([1.0], ["no"])), "values has none of the rows"),
        ((Dataset.from_arrays(X[:30], Y[:30], X[30:], Y[30:]), Y), {}, "y=.* is one too many"),
        (
            (Dataset.from_arrays(X[:30], X[:30, 0], X[30:], X[30:, 0], target="regression"),),
            {},
            "X is a dataset with numbers",
        ),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_what_cannot_be_judged_says_why(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        label_suspects(*arguments, **options)


def test_rows_of_a_group_do_not_judge_each_other(easy):
    X, y, turned = easy
    copies = np.repeat(np.arange(200), 3)
    found = by_row(label_suspects(X[copies], y[copies], groups=copies.astype(str)))
    assert np.allclose(
        found.p_label.to_numpy().reshape(200, 3).std(1), 0
    )  # the same models have judged them
    ours, theirs = (
        by_row(
            label_suspects(
                X[copies], y[copies], DecisionTreeClassifier(random_state=0), groups=groups
            )
        )
        for groups in (copies, None)
    )
    assert (
        ours.p_wrong[turned[copies]].mean() > 4 * theirs.p_wrong[turned[copies]].mean()
    )  # copies confirm each other


def test_groups_go_with_their_rows(easy):
    X, y, _ = easy
    names = [f"row {i}" for i in range(200)]
    frame, groups = (
        pd.DataFrame(X, names).rename(columns=str),
        pd.Series(np.arange(200) // 4, names),
    )
    one, other = (
        by_row(label_suspects(frame, pd.Series(y, names), groups=each))
        for each in (groups, groups[::-1])
    )
    pd.testing.assert_frame_equal(one, other)
    data = Dataset.from_arrays(X[:160], y[:160], X[160:], y[160:])
    assert len(label_suspects(data, groups=np.arange(160) // 4)) == 160
    trusted = np.arange(200) >= 4  # of the rows in doubt, all are of one group
    assert len(label_suspects(X, y, groups=groups.to_numpy(), trusted=trusted)) == 4


@pytest.mark.parametrize(
    ("groups", "says"), [(np.zeros(200), "one group only"), (np.zeros(3), "groups has shape")]
)
def test_groups_that_cannot_be_are_refused(easy, groups, says):
    with pytest.raises(ValueError, match=says):
        label_suspects(*easy[:2], groups=groups)


def test_probabilities_of_ones_own_join_and_good_ones_count(easy):
    X, y, turned = easy
    truth = np.where(turned, 1 - y, y)
    known = np.where(np.arange(2) == truth[:, None], 0.98, 0.02)
    blind = np.random.default_rng(0).normal(size=(200, 2))  # columns that say nothing
    found = label_suspects(blind, y, pred_probs=known)
    assert found.attrs["weights"]["pred_probs"] > 0.5 and turned[found.index[:16]].all()
    noise = np.random.default_rng(1).dirichlet([1, 1], 200)
    assert label_suspects(X, y, pred_probs=noise).attrs["weights"]["pred_probs"] < 0.1
    with_rare = np.append(y, 2)  # a class of one row, which is not judged
    wide = np.column_stack([np.vstack([known, [0.5, 0.5]]), np.zeros(201)])
    assert len(label_suspects(np.vstack([blind, [0, 0]]), with_rare, pred_probs=wide)) == 201
    data = Dataset.from_arrays(blind[:160], y[:160], blind[160:], y[160:])
    assert turned[label_suspects(data, pred_probs=known[:160]).index[:10]].all()


@pytest.mark.parametrize(
    ("P", "says"),
    [
        (np.full((200, 3), 1 / 3), r"for 200 rows and 2 classes it must be \(200, 2\)"),
        (np.ones((200, 2)), "do not add to 1"),
        (np.full((200, 2), np.nan), "do not add to 1"),
    ],
)
def test_probabilities_that_cannot_be_are_refused(easy, P, says):
    with pytest.raises(ValueError, match=says):
        label_suspects(*easy[:2], pred_probs=P)


def test_what_fits_say_of_rows_without_them(easy):
    X, y, _ = easy
    names = np.array(["no", "yes"])[y]
    data = Dataset.from_arrays(X[:150], names[:150], X[150:], names[150:])
    fits = sample_utilities(
        Utility(GaussianNB(), data, "log_loss"), (20, 60), 20, random_state=0, progress=False
    )
    said = outside_probabilities([fits, fits], names[:150])
    row = 7
    without = [fit for fit in range(len(fits)) if not fits.membership([row])[fit, 0]]
    each = [
        GaussianNB().fit(X[:150][rows], names[:150][rows]).predict_proba(X[[row]])[0]
        for rows in (np.flatnonzero(fits.membership()[fit]) for fit in without)
    ]
    np.testing.assert_allclose(said[row], np.mean(each, axis=0), rtol=1e-4)
    with pytest.raises(ValueError, match="y has 3 classes"):
        outside_probabilities([fits], np.arange(150) % 3)


@pytest.mark.parametrize("share", [0.5, 0.3, 0.1])
@pytest.mark.parametrize("informative", [False, True])
def test_classes_that_columns_do_not_show_are_named(share, informative):
    """No label is wrong; a rare class that models never predict must not look wrong in silence."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(300, 4))
    y = np.where(np.argsort(np.argsort(X[:, 0])) < share * 300, "rare", "common")
    if not informative:
        X = rng.permutation(X)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = label_suspects(X, y)
    assert ("rare" in found.attrs["unjudged"]) == bool(told) == (not informative)
    assert informative or "'rare'" in str(told[0].message)
    judged = found[~found.label.isin(found.attrs["unjudged"])]
    assert judged.empty or judged.p_wrong.mean() < 0.1


def test_texts_alone_need_numbers():
    texts = [f"text {i}" for i in range(60)]
    with pytest.raises(ValueError, match="embed_text"):
        label_suspects(texts, np.arange(60) % 2)
