"""Whatever rows are made of:
the same numbers, columns by name, and an error where neither is possible."""

import datetime
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from conftest import make_arrays
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from scaling_values import (
    Dataset,
    LogLinear,
    Utility,
    find_engine,
    fit_laws,
    sample_contributions,
    write_report,
)
from scaling_values.features import parts_of, read_features, shared_rows

X, Y = make_arrays(160)
NAMES = ["a", "b", "c", "d"]
FRAME = pd.DataFrame(X, columns=NAMES)
RUN = dict(points=range(4), sizes=(20, 40), draws=6, random_state=0, progress=False)


class Stream:
    """A table that speaks Arrow's protocol and nothing else."""

    def __init__(self, frame):
        self.table = pa.table(frame)

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


class Interchange:
    """A table that speaks the older protocol and nothing else."""

    def __init__(self, frame):
        self.table = pa.table(frame)

    def __dataframe__(self, nan_as_null: bool = False, allow_copy: bool = True):
        return self.table.__dataframe__(nan_as_null, allow_copy)


TABLES = {
    "pandas": pd.DataFrame,
    "nullable": lambda f: pd.DataFrame(f).convert_dtypes(),
    "pyarrow types": lambda f: pd.DataFrame(f).convert_dtypes(dtype_backend="pyarrow"),
    "polars": pl.DataFrame,
    "lazy": lambda f: pl.LazyFrame(f),
    "Arrow": pa.table,
    "batch": lambda f: pa.RecordBatch.from_pandas(f, preserve_index=False),
    "stream": Stream,
    "interchange": Interchange,
    "records": lambda f: f.to_records(index=False),
    "Decimal": lambda f: f.map(lambda v: Decimal(repr(v))),
    "objects": lambda f: f.astype(object),
}


def dataset(train, val, y=Y) -> Dataset:
    return Dataset.from_arrays(train, y[:100], val, y[100:])


@pytest.mark.parametrize("kind", TABLES)
def test_numbers_of_any_library_are_the_same_dataset(kind):
    make = TABLES[kind]
    expected = dataset(FRAME[:100], FRAME[100:])
    data = dataset(make(FRAME[:100]), make(FRAME[100:].reset_index(drop=True)))
    np.testing.assert_array_equal(data.X_train, X[:100])
    assert data.feature_names == tuple(NAMES) and data.digest() == expected.digest()


@pytest.mark.parametrize("kind", TABLES)
def test_columns_are_matched_by_name_in_any_library(kind):
    make = TABLES[kind]
    swapped = dataset(
        FRAME[:100], make(FRAME.loc[100:, ["c", "a", "d", "b"]].reset_index(drop=True))
    )
    np.testing.assert_array_equal(swapped.X_val, X[100:])
    with pytest.raises(
        ValueError, match="X_val and X_train have different columns, 'a' among them"
    ):
        dataset(
            make(FRAME[:100]), make(FRAME[100:].rename(columns={"a": "z"}).reset_index(drop=True))
        )
    with pytest.raises(ValueError, match="X and X_val|X_val and X have different columns"):
        fit_laws(
            LogisticRegression(),
            FRAME[:100],
            Y[:100],
            make(FRAME[100:].drop(columns="a").reset_index(drop=True)),
            Y[100:],
            **RUN,
        )


def test_mixed_tables_are_the_same_whatever_the_library():
    frame = FRAME.assign(city=np.where(X[:, 0] > 0, "Rome", "Oslo"))
    digests = [
        dataset(
            make(frame[:100]), make(frame.loc[100:, [*NAMES[::-1], "city"]].reset_index(drop=True))
        ).digest()
        for make in (pd.DataFrame, pl.DataFrame, pa.table)
    ]
    assert len(set(digests)) == 1
    other = frame.assign(city=np.where(X[:, 0] > 0.1, "Rome", "Oslo"))
    assert dataset(other[:100], other[100:]).digest() != digests[0]


@pytest.mark.parametrize(
    "bad, words",
    [
        (pd.DataFrame({"v": [[1, 2], [3, 4]]}), "lists in column 'v'"),
        (pl.DataFrame({"v": [[1.0], [2.0]]}), "lists in column 'v'"),
        (pd.DataFrame({"v": [1j, 2j]}), "complex numbers in column 'v'"),
        (np.array([[1j]]), "complex"),
        (np.array([["2020-01-01"]], "datetime64[D]"), "datetime64"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "two columns called 'a'"),
        (pd.DataFrame([[1, 2]], columns=[1, "1"]), "two columns called '1'"),
        (pd.DataFrame({"a": []}), "empty"),
        (np.zeros((0, 3)), "empty"),
        (pd.Series([1.0, 2.0]), "two-dimensional"),
        (pl.Series([1.0, 2.0]), "two-dimensional"),
        (sparse.csr_array((0, 3)), "not empty"),
        (FRAME.assign(a=np.inf), "infinite values, the first .inf. in row 0, column 'a'"),
        ([["x"]], "not numbers"),
        (sparse.csr_array(np.array([[np.inf]])), "infinite"),
        ({"a": [1.0]}, "not numbers|two-dimensional"),
    ],
)
def test_what_cannot_be_read_is_named(bad, words):
    with pytest.raises(ValueError, match=f"X_train.*({words})"):
        read_features(bad, "X_train")


def test_disguises_of_numbers():
    masked = np.ma.masked_array([[1.0, 2.0]], mask=[[False, True]])
    assert np.isnan(read_features(masked, "X").X).tolist() == [[False, True]]
    gaps = read_features(
        pd.DataFrame(
            {"a": pd.array([1, None], "Int64"), "b": [Decimal("1.5"), None], "c": [True, False]}
        ),
        "X",
    )
    np.testing.assert_array_equal(gaps.X, [[1, 1.5, 1], [np.nan, np.nan, 0]])
    words = read_features(pd.DataFrame({"a": ["1", "2"], "b": [1, 2]}), "X").X
    assert (
        list(words.a) == ["1", "2"] and words.b.dtype.kind == "i"
    )  # texts that look like numbers stay texts
    assert isinstance(
        read_features(pd.DataFrame({"when": [datetime.date(2020, 1, 1)]}), "X").X, pd.DataFrame
    )


def test_later_writes_of_the_user_do_not_reach_the_dataset():
    for make in (
        np.array,
        lambda a: pd.DataFrame(a, columns=NAMES),
        lambda a: pd.DataFrame(a, columns=NAMES).assign(word="x"),
        sparse.csr_array,
    ):
        mine, labels = make(X.copy()), Y.copy()
        data = Dataset.from_arrays(
            mine[:100] if not isinstance(mine, pd.DataFrame) else mine.iloc[:100],
            labels[:100],
            mine[100:],
            labels[100:],
        )
        before = data.digest()
        if isinstance(mine, np.ndarray):
            mine[:] = 7
        elif isinstance(mine, pd.DataFrame):
            mine.loc[:, "a"] = 7.0
        else:
            mine.data[:] = 7
        labels[:] = 1
        assert data.digest() == before


def test_gaps_are_the_learners_business():
    holed = X.copy()
    holed[::7, 1] = np.nan
    data = dataset(holed[:100], holed[100:])
    for learner in (
        HistGradientBoostingClassifier(max_iter=2),
        make_pipeline(SimpleImputer(), LogisticRegression()),
    ):
        samples = sample_contributions(Utility(learner, data), **RUN)
        assert (
            np.isfinite(samples.delta[~np.isnan(samples.delta)]).all()
            and np.isfinite(samples.base_loss).all()
        )
    for learner in (LogisticRegression(), KNeighborsClassifier(), SVC()):
        with pytest.raises(
            ValueError,
            match="cannot use these features, which hold .* values that are NaN.*SimpleImputer",
        ):
            Utility(learner, data, "error_rate")
    only_one = X.copy()
    only_one[130, 0] = np.nan  # far behind the rows that are tried first
    with pytest.raises(ValueError, match="cannot use these features"):
        Utility(LogisticRegression(), dataset(only_one[:100], only_one[100:]))


def test_sparse_rows_stay_sparse():
    counts = sparse.csr_matrix(np.random.default_rng(0).poisson(1, size=(160, 30)))
    data, dense = (
        dataset(counts[:100], counts[100:]),
        dataset(counts[:100].toarray(), counts[100:].toarray()),
    )
    utility = Utility(MultinomialNB(), data)
    assert find_engine(utility).name == "refit" and sparse.issparse(data.X_train)
    found, expected = (
        sample_contributions(Utility(MultinomialNB(), one), **RUN) for one in (data, dense)
    )
    np.testing.assert_allclose(found.delta, expected.delta, atol=1e-12)
    with pytest.warns(UserWarning, match="features hold a sparse matrix"):
        assert find_engine(Utility(LogisticRegression(), data)).name == "refit"


def test_text_and_categories_for_pipelines_by_name(tmp_path, no_pictures):
    rng = np.random.default_rng(0)
    frame = FRAME.assign(
        city=pd.Categorical(rng.choice(["Rome", "Oslo"], 160)),
        note=rng.choice(["good day", "bad day", "no day"], 160),
    )
    columns = make_column_transformer(
        (StandardScaler(), ["a", "b"]), (OneHotEncoder(), ["city"]), (TfidfVectorizer(), "note")
    )
    data = dataset(frame[:100], frame[100:])
    utility = Utility(make_pipeline(columns, LogisticRegression()), data)
    samples = sample_contributions(utility, **RUN)
    again = sample_contributions(
        Utility(
            make_pipeline(columns, LogisticRegression()),
            dataset(pl.DataFrame(frame[:100]), pl.DataFrame(frame[100:])),
        ),
        **RUN,
    )
    np.testing.assert_allclose(samples.delta, again.delta, atol=1e-12)
    more = RUN | dict(
        draws=10, points=range(8), store=tmp_path / "run"
    )  # one store, since every point is a refit of all
    laws = fit_laws(
        make_pipeline(columns, LogisticRegression()), data, estimator=LogLinear(), **more
    )
    write_report(
        tmp_path / "report.html",
        laws,
        sample_contributions(utility, **more),
        data,
        estimator=LogLinear(),
    )
    assert "good day" in (tmp_path / "report.html").read_text()


def test_integers_beyond_numbers_are_named():
    big, ones = np.array([[10**400, 1], [2, 3]], object), [[1.0], [2.0]]
    with pytest.raises(ValueError, match="X_train holds an integer of more than 308 digits"):
        Dataset.from_arrays(big, [0, 1], ones, [0, 1])
    with pytest.raises(ValueError, match="y_train holds an integer of more than 308 digits"):
        Dataset.from_arrays(ones, [-(10**400), 1], ones, [0, 1], target="regression")
    frame = pd.DataFrame({"a": [1, 2, 10**400] * 20, "label": np.arange(60) / 7})
    with pytest.raises(ValueError, match="column 'a' holds infinite values"):
        Dataset.from_frame(frame, "label")


class ByName(ClassifierMixin, BaseEstimator):
    """A user's own learner that wants columns by name."""

    def fit(self, X, y):
        self.classes_, self.threshold_ = np.unique(y), X["a"].mean()
        return self

    def predict(self, X):
        return self.classes_[(X["a"] > self.threshold_).to_numpy().astype(int)]


class Single(ClassifierMixin, BaseEstimator):
    """A learner that insists on single precision, as networks in torch do."""

    def fit(self, X, y):
        assert X.dtype == np.float32
        self.classes_, self.weights_ = (
            np.unique(y),
            torch.zeros(X.shape[1]) + torch.as_tensor(X).mean(0),
        )
        return self

    def predict(self, X):
        return self.classes_[(torch.as_tensor(X) @ self.weights_ > 0).numpy().astype(int)]


def test_learners_get_the_form_they_can_use():
    by_name = make_pipeline(
        make_column_transformer((StandardScaler(), ["a", "c"])), LogisticRegression()
    )
    data = dataset(FRAME[:100], FRAME[100:])
    for learner in (ByName(), by_name):
        assert np.isfinite(Utility(learner, data, "error_rate").loss(range(50)))
    assert Utility(LogisticRegression(), data).form.names is None  # arrays, wherever they will do
    with pytest.raises(ValueError, match="failed on a preceding set of 2. rows|only .*integers"):
        sample_contributions(Utility(ByName(), dataset(X[:100], X[100:]), "error_rate"), **RUN)


@pytest.mark.parametrize("wrap", [Single, lambda: make_pipeline(StandardScaler(), Single())])
def test_single_precision_is_kept_for_learners_of_other_packages(wrap):
    single = dataset(X[:100].astype(np.float32), torch.tensor(X[100:], dtype=torch.float32))
    assert single.single and single.X_train.dtype == np.float64
    assert np.isfinite(Utility(wrap(), single, "error_rate").loss(range(50)))
    assert (
        Utility(LogisticRegression(), single).form.single is False
    )  # scikit-learn computes in double precision
    with pytest.raises(ValueError, match="pass X_train and X_val as float32"):
        sample_contributions(Utility(Single(), dataset(X[:100], X[100:]), "error_rate"), **RUN)


def test_rows_that_judge_themselves_are_told():
    with pytest.warns(UserWarning, match="50% of the rows of X_val are also in X_train"):
        Dataset.from_arrays(
            X[:100], Y[:100], np.vstack([X[:30], X[100:130]]), np.r_[Y[:30], Y[100:130]]
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dataset(X[:100], X[100:])
    assert shared_rows(np.array([[0.0], [1.0], [1.0], [2.0]]), np.array([[-0.0], [5.0]])) == (
        0.5,
        0.5,
    )
    assert shared_rows(sparse.csr_array(np.eye(3)), sparse.csr_array(np.eye(3)[:1])) == (1.0, 0.0)


def test_identity_of_tables_is_their_content():
    one, other = pd.DataFrame({"a": ["1", "2"]}), pd.DataFrame({"a": [1, 2]})
    assert [p.tolist() for p in parts_of(one)] != [p.tolist() for p in parts_of(other)]


def some_texts(n: int = 80) -> tuple[list[str], np.ndarray]:
    rng = np.random.default_rng(0)
    texts = [
        " ".join(rng.choice("good bad film plot scene light sound".split(), 6)) for _ in range(n)
    ]
    return texts, np.array(["good" in text for text in texts]).astype(int)


@pytest.mark.parametrize(
    "form",
    [
        list,
        tuple,
        np.array,
        lambda texts: np.array(texts, object),
        lambda texts: pd.Series(texts, dtype="string"),
        lambda texts: pd.Series(texts, dtype="category"),
        pl.Series,
        pa.array,
    ],
)
def test_texts_alone_are_features(form):
    """A pipeline that begins with a vectorizer gets the texts as it would from the user."""
    texts, y = some_texts()
    one = make_pipeline(TfidfVectorizer(), LogisticRegression())
    other = make_pipeline(
        make_column_transformer((TfidfVectorizer(), "text")), LogisticRegression()
    )
    settings = dict(draws=3, points=range(8), random_state=0, progress=False)
    laws = fit_laws(one, form(texts), y, **settings)
    same = fit_laws(other, pd.DataFrame(dict(text=texts)), y, **settings)
    np.testing.assert_allclose(laws.contribution(30), same.contribution(30))


def test_texts_keep_their_labels_of_rows_and_whole_fits_take_them():
    texts, y = some_texts()
    column = pd.Series(texts, index=[f"review {i}" for i in range(80)])
    learner = make_pipeline(TfidfVectorizer(), MultinomialNB())
    laws = fit_laws(learner, column, y, fits=100, random_state=0, progress=False)
    assert list(laws.index) == list(column.index)


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["a", None, "b"], "X holds 1 missing texts, the first in row 1"),
        (["a", 1, "b"], "X holds values that are not numbers"),
        ([["a", "b"], ["c"]], "X holds values that are not numbers"),
        ([None, None], "X has shape"),
        ([b"a", b"b"], "X holds values that are not numbers"),
    ],
)
def test_what_is_not_all_texts_is_an_error(texts, words):
    with pytest.raises(ValueError, match=words):
        read_features(texts, "X")
