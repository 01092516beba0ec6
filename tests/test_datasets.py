"""Datasets from tables:
preparation is fitted on the pool alone, and every row can be traced back."""

import numpy as np
import pandas as pd
import pytest
from conftest import make_arrays
from sklearn.linear_model import LogisticRegression, Ridge

from scaling_values import Dataset, Utility, load_dataset
from scaling_values.datasets import check_target, split_rows

X, Y = make_arrays(200)
XV, YV = make_arrays(60, seed=1)


def people(n: int = 200, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 80, n),
            "income": rng.lognormal(10, 1, n),
            "city": rng.choice(["Rome", "Oslo", "Lima"], n),
            "member": rng.random(n) < 0.5,
            "empty": np.nan,
        },
        index=[f"person {i}" for i in range(n)],
    )
    frame.loc[frame.index[::7], "income"] = np.nan
    frame.loc[frame.index[::11], "city"] = None
    frame["moved"] = np.where(frame.age < 40, "yes", "no")
    return frame


def test_preparation_sees_the_pool_alone():
    frame = people()
    data = Dataset.from_frame(frame, "moved")
    pool = list(data.index)
    changed = frame.copy()
    changed.loc[~changed.index.isin(pool), ["age", "income"]] *= (
        100  # what the pool cannot see must not change how it is prepared
    )
    np.testing.assert_array_equal(Dataset.from_frame(changed, "moved").X_train, data.X_train)
    columns = dict(zip(data.feature_names, data.X_train.T))
    income = frame.loc[pool, "income"].fillna(frame.loc[pool, "income"].median())
    np.testing.assert_allclose(
        columns["income"], (income - income.mean()) / income.std(ddof=0), rtol=1e-12
    )
    np.testing.assert_array_equal(columns["city_Rome"], frame.loc[pool, "city"] == "Rome")
    np.testing.assert_array_equal(columns["city_(missing)"], frame.loc[pool, "city"].isna())
    assert set(data.feature_names) >= {"age", "income", "member"} and "empty" not in columns


def test_splits_are_disjoint_complete_proportional_and_seeded():
    y = np.repeat(["a", "b"], [150, 50])
    parts = split_rows(y, "classification")
    assert sorted(np.concatenate(parts)) == list(range(200)) and [len(p) for p in parts] == [
        120,
        40,
        40,
    ]
    assert [(y[p] == "b").sum() for p in parts] == [30, 10, 10]
    np.testing.assert_array_equal(split_rows(y, "classification")[0], parts[0])
    assert (split_rows(y, "classification", random_state=1)[0] != parts[0]).any()
    assert [len(p) for p in split_rows(y, "classification", (0.7, 0.3, 0.0))] == [140, 60, 0]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_files_and_frames_agree(tmp_path, suffix):
    frame = people().reset_index(drop=True)
    file = tmp_path / f"people.{suffix}"
    frame.to_parquet(file) if suffix == "parquet" else frame.to_csv(file, index=False)
    from_file, from_frame = Dataset.from_frame(file, "moved"), Dataset.from_frame(frame, "moved")
    np.testing.assert_allclose(from_file.X_train, from_frame.X_train, rtol=1e-12)
    assert from_file.name == "people" and from_file.digest()


def test_the_target_is_inferred_and_can_be_said():
    frame = people()
    assert (
        Dataset.from_frame(frame.assign(moved=np.linspace(0, 1, 200)), "moved").target
        == "regression"
    )
    assert Dataset.from_frame(frame, "moved").target == "classification"
    counts = frame.assign(moved=np.arange(200))
    assert Dataset.from_frame(counts, "moved", target="regression").target == "regression"


def test_unseen_and_rare_categories_are_no_trouble():
    frame = people()
    frame["city"] = [
        f"town {i}" for i in range(200)
    ]  # every validation row has a category that the pool has not
    data = Dataset.from_frame(frame, "moved")
    assert np.isfinite(data.X_val).all() and data.X_train.shape[1] < 60


def test_the_users_frame_is_left_alone():
    frame = people()
    before = frame.copy(deep=True)
    Dataset.from_frame(frame, "moved")
    pd.testing.assert_frame_equal(frame, before)


def test_digits_are_what_they_were():
    digits = load_dataset("digits")
    assert (
        digits.X_train.shape == (1078, 64)
        and len(digits.X_val) == 359
        and len(digits.X_test) == 360
    )
    assert digits.digest() == load_dataset("digits").digest()
    rows = [*digits.index]
    from sklearn.datasets import load_digits

    np.testing.assert_array_equal(load_digits().data[rows] / 16, digits.X_train)


def test_text_that_is_numbers_dates_or_labels():
    frame = people().assign(code=lambda f: f.age.astype(str))
    frame.loc[frame.index[:5], "code"] = None
    assert "code" in Dataset.from_frame(frame, "moved").feature_names
    with pytest.warns(UserWarning, match="column 'since': dates: days since 2020-01-01"):
        Dataset.from_frame(
            frame.assign(since=[f"2020-01-{i % 28 + 1:02d}" for i in range(200)]), "moved"
        )
    with pytest.warns(
        UserWarning,
        match=(
            "column 'id': left out, an identifier: 200 different texts in 200 rows; keep='id' "
            "takes it"
        ),
    ):
        Dataset.from_frame(frame.assign(id=[f"p{i}" for i in range(200)]), "moved")


def test_the_column_of_text_is_named():
    frame = pd.DataFrame({"gaps": [1.0, np.nan] * 10, "word": ["x"] * 20})
    data = Dataset.from_arrays(frame, [0, 1] * 10, frame.assign(gaps=2.0), [0, 1] * 10)
    with pytest.raises(ValueError, match="column 'word'"):
        Utility(LogisticRegression(), data)


def test_one_column_of_responses_is_flat_and_outputs_must_agree():
    y, y_val = X @ [1.0, 2, 3, 4], XV @ [1.0, 2, 3, 4]
    flat = Dataset.from_arrays(X, y, XV, y_val, target="regression")
    column = Dataset.from_arrays(X, pd.DataFrame(y), XV, y_val[:, None], target="regression")
    assert Utility(Ridge(), flat).loss(range(30)) == Utility(Ridge(), column).loss(range(30))
    with pytest.raises(ValueError, match="outputs differ"):
        Dataset.from_arrays(X, np.column_stack([y, y]), XV, y_val, target="regression")


def test_small_classes_and_integer_targets_are_explained():
    frame = pd.DataFrame({"a": X[:20, 0], "label": np.repeat(["v", "w", "x", "y", "z"], 4)})
    with pytest.raises(ValueError, match="drop or merge small classes"):
        Dataset.from_frame(frame, "label")
    with pytest.raises(ValueError, match="target='regression'"):
        Dataset.from_frame(frame.assign(label=np.arange(20) * 7), "label", target="classification")
    with pytest.warns(UserWarning, match="some of them in fewer than 5 rows: regression"):
        assert (
            Dataset.from_frame(frame.assign(label=np.arange(20) * 7), "label").target
            == "regression"
        )


@pytest.mark.parametrize("kind", [object, bool, "category", "Int64", "string"])
def test_labels_of_any_kind_match(kind):
    y, y_val = pd.Series(Y).astype(kind), pd.Series(YV).astype(kind)
    data = Dataset.from_arrays(X, y, XV, y_val)
    assert len(data.classes) == 2 and data.y_train.dtype.kind == data.y_val.dtype.kind
    Utility(LogisticRegression(), data).loss(range(40))
    with pytest.raises(ValueError, match="labels of different kinds|never occurs in y_train"):
        Dataset.from_arrays(X, Y, XV, np.where(YV, "one", "zero"))


def test_labels_of_pythons_and_numpys_own_types_are_of_one_kind():
    assert check_target([np.str_("a"), "b"], "classification", "y").tolist() == ["a", "b"]
    assert check_target([np.True_, False], "classification", "y").tolist() == [True, False]
    assert check_target([np.int64(1), 2, 3.0], "classification", "y").tolist() == [1, 2, 3]
    for mixed in ([np.str_("1"), 1], [True, 2], [b"a", "a"]):
        with pytest.raises(ValueError, match="y mixes labels of different kinds"):
            check_target(mixed, "classification", "y")
