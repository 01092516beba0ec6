"""Every kind of bad input is one clear error, before anything is trained."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import make_arrays
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.svm import SVC

from scaling_values import (
    Contributions,
    Dataset,
    MaximumLikelihood,
    Utility,
    fit_laws,
    load_dataset,
    monte_carlo,
    sample_contributions,
    select_points,
    shapley_weights,
)


class Untrainable(ClassifierMixin, BaseEstimator):
    """A learner whose training is a test failure: bad input must be found before."""

    def fit(self, X, y):
        raise AssertionError("trained before the input was checked")

    def predict(self, X):
        raise AssertionError

    def predict_proba(self, X):
        raise AssertionError


X, Y = make_arrays(120)
XV, YV = make_arrays(60, seed=1)


def dataset(**changes) -> Dataset:
    return Dataset.from_arrays(**(dict(X_train=X, y_train=Y, X_val=XV, y_val=YV) | changes))


def holed(value: float) -> np.ndarray:
    bad = X.copy()
    bad[7, 2] = value
    return bad


def sample(**changes):
    return sample_contributions(
        Utility(Untrainable(), dataset()),
        **(dict(points=range(10), sizes=(10, 50), draws=4, random_state=0) | changes),
    )


def rare_class():
    y = np.zeros(120, int)
    y[:3] = 1
    return sample_contributions(
        Utility(Untrainable(), dataset(y_train=y)), points=range(10), sizes=(10, 50), draws=4
    )


def table(**changes) -> pd.DataFrame:
    return pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "label": np.where(Y, "yes", "no")}).assign(
        **changes
    )


def other_store(tmp_path, **changes):
    real = Utility(LogisticRegression(), dataset())
    sample_contributions(
        real, range(3), (10, 20), draws=2, random_state=0, store=tmp_path / "store"
    )
    sample_contributions(
        real,
        **(
            dict(points=range(3), sizes=(10, 20), draws=2, random_state=0, store=tmp_path / "store")
            | changes
        ),
    )


SAMPLES = Contributions(k=np.array([10, 20]), delta=np.ones((2, 3)), points=np.arange(3))

CASES = {
    "NaN in X": (
        lambda: Utility(LogisticRegression(), dataset(X_train=holed(np.nan))),
        "hold 1 values that are NaN, the first in row 7, column 2",
    ),
    "infinite X": (lambda: dataset(X_train=holed(np.inf)), "the first (inf) in row 7, column 2"),
    "NaN in validation": (
        lambda: Utility(LogisticRegression(), dataset(X_val=holed(np.nan), y_val=Y)),
        "hold 1 values that are NaN",
    ),
    "lengths differ": (
        lambda: dataset(y_train=Y[:-1]),
        "X_train has 120 rows, but y_train has 119",
    ),
    "widths differ": (lambda: dataset(X_val=XV[:, :3]), "X_val has 3 features, but X_train has 4"),
    "one class": (lambda: dataset(y_train=np.zeros(120, int)), "y_train holds one class only"),
    "unseen class": (lambda: dataset(y_val=YV + 5), "y_val holds the class"),
    "strings in X": (
        lambda: dataset(X_train=X.astype(str).tolist()[:-1] + [["a"] * 4]),
        "X_train holds values that are not numbers",
    ),
    "strings in a frame": (
        lambda: dataset(X_train=pd.DataFrame(X).assign(city="Rome")),
        "X_val has 4 features, but X_train has 5",
    ),
    "strings as responses": (
        lambda: dataset(y_train=np.array(["a"] * 120), target="regression"),
        "y_train holds values that are not numbers",
    ),
    "fractions as labels": (
        lambda: dataset(y_train=Y + 0.5),
        "for numbers pass target='regression'",
    ),
    "missing label": (
        lambda: dataset(y_train=[None, *Y[1:]]),
        "y_train has missing labels, the first in row 0",
    ),
    "flat X": (
        lambda: dataset(X_train=X[:, 0]),
        "X_train has shape (120,): it must be two-dimensional",
    ),
    "unknown target": (lambda: dataset(target="classificaton"), "did you mean 'classification'?"),
    "test without labels": (lambda: dataset(X_test=XV), "X_test and y_test must be given together"),
    "index of wrong length": (lambda: dataset(index=[1, 2]), "index has shape (2,)"),
    "size above the pool": (
        lambda: sample(sizes=(10, 500)),
        "the pool has 120 rows, so the largest preceding set that leaves out a point has 119",
    ),
    "size equal to the pool": (
        lambda: sample(sizes=(10, 120)),
        "the largest preceding set that leaves out a point has 119",
    ),
    "size below the classes": (
        lambda: sample(sizes=(1, 50)),
        "have all classes, or pass stratify=False",
    ),
    "rare class lost": (rare_class, "have all classes, or pass stratify=False"),
    "sizes reversed": (
        lambda: sample(sizes=(50, 10)),
        "sizes=(50, 10) is reversed: write the smaller first, (10, 50)",
    ),
    "size zero": (lambda: sample(sizes=(0, 50)), "the smallest size must be at least 1"),
    "sizes not integers": (lambda: sample(sizes=(10.5, 50)), "sizes=(10.5, 50) must be integers"),
    "one size": (lambda: sample(sizes=10), "sizes=10 must be two integers"),
    "one draw": (lambda: sample(draws=1), "draws=1 is too few: at least 2 needed"),
    "draws not an integer": (lambda: sample(draws=2.5), "draws=2.5 must be an integer"),
    "unknown design": (
        lambda: sample(design="gird"),
        "design='gird' is unknown; did you mean 'grid'?",
    ),
    "unknown engine": (lambda: sample(engine="refitt"), "did you mean 'refit'?"),
    "point outside the pool": (
        lambda: sample(points=[5, 120]),
        "points holds row 120, but the pool's rows are 0 to 119",
    ),
    "point twice": (lambda: sample(points=[5, 5]), "points holds a row more than once"),
    "points as labels": (lambda: sample(points=["a"]), "points must be a list of row numbers"),
    "bad seed": (lambda: sample(random_state="zero"), "random_state='zero' is not a seed"),
    "negative seed": (lambda: sample(random_state=-1), "random_state=-1 is not a seed"),
    "block of nothing": (lambda: sample(block_size=0), "block_size=0 is too few"),
    "no predict_proba": (
        lambda: Utility(SVC(), dataset(), "log_loss"),
        "metric='log_loss' needs predict_proba",
    ),
    "scorer needs probabilities": (
        lambda: Utility(
            LinearRegression(),
            dataset(y_train=Y * 1.0, y_val=YV * 1.0, target="regression"),
            "neg_log_loss",
        ),
        "needs predict_proba",
    ),
    "unknown metric": (
        lambda: Utility(LogisticRegression(), dataset(), "logloss"),
        "metric='logloss' is unknown; did you mean 'log_loss'?",
    ),
    "metric of another target": (
        lambda: Utility(LogisticRegression(), dataset(), "squared_error"),
        "is for regression",
    ),
    "regressor for classes": (
        lambda: Utility(LinearRegression(), dataset(), "error_rate"),
        "does not fit the data's target",
    ),
    "learner's class": (
        lambda: Utility(LogisticRegression, dataset()),
        "must be a scikit-learn estimator",
    ),
    "data as arrays": (
        lambda: Utility(LogisticRegression(), (X, Y)),
        "data must be a Dataset, not tuple",
    ),
    "unknown dataset": (
        lambda: load_dataset("digitz"),
        "name='digitz' is unknown; did you mean 'digits'?",
    ),
    "missing column": (
        lambda: Dataset.from_frame(table(), "lable"),
        "column 'lable' is not in the table; did you mean 'label'?",
    ),
    "one row": (
        lambda: Dataset.from_frame(table()[:1], "label"),
        "the table has 1 rows: at least 10 are needed",
    ),
    "empty target": (
        lambda: Dataset.from_frame(table(label=None), "label"),
        "column 'label' is empty in every row",
    ),
    "lists": (
        lambda: Dataset.from_frame(table(a=[[1, 2]] * 120), "label"),
        "the table has lists in column 'a'",
    ),
    "infinite column": (
        lambda: Dataset.from_frame(table(a=np.inf), "label"),
        "column 'a' holds infinite values",
    ),
    "only a target": (
        lambda: Dataset.from_frame(table()[["label"]], "label"),
        "there is nothing to learn from",
    ),
    "split": (
        lambda: Dataset.from_frame(table(), "label", split=(0.5, 0.2, 0.2)),
        "must be three fractions that add to 1",
    ),
    "single member": (
        lambda: Dataset.from_frame(table(label=["once", *["b"] * 119]), "label"),
        "the class 'once' has 1 row",
    ),
    "weights outside": (
        lambda: monte_carlo(sampled(), shapley_weights(5, 20)),
        "sampled at sizes 10 to 20 only",
    ),
    "design unknown": (lambda: monte_carlo(SAMPLES), "contributions do not know their design"),
    "bounds": (
        lambda: MaximumLikelihood(alpha_bounds=(2, 1)).fit(SAMPLES),
        "alpha_bounds=(2, 1) must be two finite numbers",
    ),
    "too many to select": (
        lambda: select_points(MaximumLikelihood().fit(sampled(30)).laws_, 99, k=10),
        "n=99 points were asked for",
    ),
    "level": (
        lambda: MaximumLikelihood().fit(sampled(30)).laws_.interval(10, level=90),
        "level=90 must lie between 0 and 1",
    ),
    "fit_laws one class": (
        lambda: fit_laws(Untrainable(), X, np.zeros(120), XV, YV),
        "one class only",
    ),
    "infinite contributions": (
        lambda: Contributions(
            k=np.array([1, 2]), delta=np.full((2, 1), np.inf), points=np.array([0])
        ),
        "infinite values",
    ),
}


def sampled(draws: int = 12) -> Contributions:
    return sample_contributions(
        Utility(LogisticRegression(), dataset()), range(4), (10, 20), draws, random_state=0
    )


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_a_clear_error(case):
    call, message = CASES[case]
    with pytest.raises(ValueError) as caught:
        call()
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "changes, difference",
    [
        (dict(sizes=(10, 30)), "sizes was [10, 20] and is now [10, 30]"),
        (dict(random_state=1), "seed was 0 and is now 1"),
        (dict(points=range(4)), "points was '3 rows"),
        (dict(independent=True), "independent was False and is now True"),
        (dict(design="grid"), "design was 'uniform' and is now 'grid'"),
    ],
)
def test_a_store_of_other_arguments_is_refused(tmp_path, changes, difference):
    with pytest.raises(ValueError, match="belongs to another run") as caught:
        other_store(tmp_path, **changes)
    assert difference in str(caught.value)


def test_a_store_with_other_data_or_learner_is_refused(tmp_path):
    arguments = dict(
        points=range(3), sizes=(10, 20), draws=2, random_state=0, store=tmp_path / "store"
    )
    sample_contributions(Utility(LogisticRegression(), dataset()), **arguments)
    with pytest.raises(ValueError, match="learner was 'LogisticRegression\\(\\) "):
        sample_contributions(Utility(LogisticRegression(C=2.0), dataset()), **arguments)
    with pytest.raises(ValueError, match="data was"):
        sample_contributions(Utility(LogisticRegression(), dataset(X_train=X + 1)), **arguments)


def test_damaged_or_foreign_folders_are_named(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("hello")
    with pytest.raises(ValueError, match="is a folder with other files in it"):
        sample(store=tmp_path / "mine")
    with pytest.raises(ValueError, match="is a file: a folder is needed"):
        sample(store=tmp_path / "mine" / "notes.txt")
    other_store(tmp_path)
    block = next((tmp_path / "store").glob("draws-*.npz"))
    block.write_bytes(block.read_bytes()[:100])
    with pytest.raises(ValueError, match=f"{block.name} is damaged"):
        other_store(tmp_path)
    (tmp_path / "store" / "manifest.json").write_text("{")
    with pytest.raises(ValueError, match="manifest.json is damaged"):
        other_store(tmp_path)


def test_missing_and_unreadable_tables(tmp_path):
    with pytest.raises(FileNotFoundError, match="is not a file"):
        Dataset.from_frame(tmp_path / "none.csv", "label")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(ValueError, match="could not be read as parquet"):
        Dataset.from_frame(tmp_path / "broken.parquet", "label")
    (tmp_path / "table.json").write_text(json.dumps({}))
    with pytest.raises(ValueError, match="neither .csv, .tsv nor .parquet"):
        Dataset.from_frame(tmp_path / "table.json", "label")


def test_more_early_errors(tmp_path):
    data = Dataset.from_arrays(X, Y, XV, YV)
    (tmp_path / "manifest.json").write_text("[1]")
    for store in (tmp_path,):
        with pytest.raises(ValueError, match="is not a store's manifest"):
            sample_contributions(
                Utility(LogisticRegression(), data), range(2), (20, 30), draws=2, store=store
            )
    with pytest.raises(ValueError, match="two columns called 'a'"):
        Dataset.from_frame(pd.DataFrame(X[:, :2], columns=["a", "a"]).assign(label=Y), "label")
    with pytest.raises(ValueError, match="n_starts=0 is too few"):
        MaximumLikelihood(n_starts=0).fit(
            Contributions(k=np.array([1, 2]), delta=np.ones((2, 1)), points=np.array([0]))
        )
    with pytest.raises(ValueError, match="must be Contributions, not ndarray"):
        MaximumLikelihood().fit(X, Y)
