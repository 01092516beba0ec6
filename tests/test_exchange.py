"""Export to pandas, Arrow and xarray; to stand-ins of pyDVL and OpenDataVal (see tests/peers)."""

import copy
import json
import subprocess
import sys
import tracemalloc
from abc import ABC, abstractmethod
from enum import Enum
from functools import cached_property
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from conftest import make_arrays
from sklearn.linear_model import LinearRegression, LogisticRegression
from test_laws import make_laws

from scaling_values import (
    Dataset,
    Hierarchical,
    LogLinear,
    MaximumLikelihood,
    Utility,
    assisted_values,
    beta_weights,
    monte_carlo,
    sample_contributions,
    select_points,
)
from scaling_values.exchange import (
    ScalingEvaluator,
    from_pydvl,
    open_xarray,
    to_arrow,
    to_pydvl,
    values_series,
)

OPTIONS = dict(sizes=(10, 60), draws=40, random_state=0)


@pytest.fixture(scope="module")
def named(data):
    labels = np.array([f"customer {i}" for i in range(len(data.X_train))])
    return Dataset(data.X_train, data.y_train, data.X_val, data.y_val, index=labels, name="named")


@pytest.fixture(scope="module")
def samples(named):
    return sample_contributions(
        Utility(LogisticRegression(), named), points=[5, 2, 9, 30], **OPTIONS
    )


@pytest.fixture(scope="module")
def laws(samples):
    return MaximumLikelihood().fit(samples).laws_


# pandas


def test_a_series_has_labels_name_units_and_history(laws, samples):
    series = values_series(laws, made=samples.meta)
    pd.testing.assert_series_equal(series, laws.values()["value"], check_names=False)
    assert series.index.tolist() == ["customer 5", "customer 2", "customer 9", "customer 30"]
    assert (series.name, series.index.name, series.attrs["units"]) == (
        "shapley",
        "index",
        "decrease of log_loss",
    )
    assert (
        series.attrs["seed"] == 0
        and series.attrs["method"] == "laws"
        and series.attrs["sizes"] == list(laws.sizes)
    )
    assert values_series(laws).attrs["units"] == "decrease of the loss"


def test_the_semivalue_is_told_apart(samples):
    two = [values_series(samples, beta_weights(70, a, 1, 10, 60)) for a in (2, 4)]
    first, second = (series.attrs["semivalue"] for series in two)
    assert (
        first != second
        and first.startswith("weights on 51 sizes, 10 to 60")
        and two[0].name == "semivalue"
    )
    assert values_series(samples).attrs["semivalue"] == "shapley"


@pytest.mark.parametrize(
    "values, weights, message",
    [
        (
            pd.DataFrame(dict(score=[1.0])),
            None,
            "values has the columns score: one must be named 'value'",
        ),
        (
            [1.0, 2.0],
            None,
            "values must be ScalingLaws, Contributions, or a DataFrame or Series .*, not list",
        ),
        (pd.DataFrame(dict(value=[1.0])), {10: 1.0}, "weights are for laws or contributions"),
    ],
)
def test_what_has_no_values(values, weights, message):
    for convert in (values_series, to_arrow):
        with pytest.raises(ValueError, match=message):
            convert(values, weights)


# Arrow


def test_an_arrow_table_survives_parquet(laws, samples, tmp_path):
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = to_arrow(laws, made=samples.meta)
    assert [str(kind) for kind in table.schema.types[:3]] == ["double", "double", "int64"]
    parquet.write_table(table, tmp_path / "values.parquet")
    read = parquet.read_table(tmp_path / "values.parquet")
    assert (
        json.loads(
            to_arrow(laws, made=dict(seed=np.int64(3), pool=np.arange(2))).schema.metadata[
                b"scaling_values"
            ]
        )["seed"]
        == 3
    )
    assert read.equals(table) and isinstance(table, arrow.Table)
    made = json.loads(read.schema.metadata[b"scaling_values"])
    assert (made["seed"], made["metric"], made["semivalue"], made["sizes"]) == (
        0,
        "log_loss",
        "shapley",
        list(laws.sizes),
    )
    frame = read.to_pandas().set_index("index")
    np.testing.assert_array_equal(frame["pool_row"], laws.points)
    np.testing.assert_array_equal(frame["standard_error"], laws.values()["se"])


def test_what_is_not_known_is_null():
    values = pd.DataFrame(dict(value=[0.1, np.nan]), index=["a", 2])  # labels of two kinds
    table = to_arrow(values)
    assert table.column("value").null_count == 1
    assert table.column("standard_error").null_count == table.column("pool_row").null_count == 2
    assert table.column("index").to_pylist() == ["a", "2"]
    assert to_arrow(values, points=[4, 7]).column("pool_row").to_pylist() == [4, 7]
    with pytest.raises(ValueError, match=r"points has shape \(1,\).* it must be 2 row numbers"):
        to_arrow(values, points=[4])


def test_every_kind_of_label_crosses():
    for labels in ([1, 2], ["a", "b"], pd.to_datetime(["2024-01-01", "2024-01-02"]), [1.5, 2.5]):
        table = to_arrow(pd.Series([0.1, 0.2], index=labels))
        assert pd.Index(table.column("index").to_pandas()).tolist() == pd.Index(labels).tolist()


# pyDVL


class Status(Enum):
    Pending, Converged, Failed = "pending", "converged", "failed"


class StandInResult:
    """Has the attributes of pyDVL's ValuationResult; tests/peers tests the real one."""

    def __init__(
        self,
        *,
        values,
        variances=None,
        counts=None,
        indices=None,
        data_names=None,
        algorithm="",
        status=Status.Pending,
    ):
        self.values, self.variances, self.counts, self.indices = map(
            np.asarray, (values, variances, counts, indices)
        )
        self.names = np.array(
            self.indices if data_names is None else data_names,
            dtype=np.str_ if data_names is None else None,
        )
        self.algorithm, self.status = algorithm, Status(status)


@pytest.fixture
def stand_in_pydvl(monkeypatch):
    for name in ("pydvl", "pydvl.valuation", "pydvl.valuation.result"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    sys.modules["pydvl.valuation.result"].ValuationResult = StandInResult


def test_values_come_back_exactly(stand_in_pydvl, laws, samples):
    estimator = MaximumLikelihood().fit(samples)
    for values in (laws.values(), monte_carlo(samples), assisted_values(samples, estimator)):
        back = from_pydvl(to_pydvl(values, points=laws.points))
        pd.testing.assert_frame_equal(
            back[["value", "se"]], values[["value", "se"]], check_exact=True
        )
        assert back["point"].tolist() == [5, 2, 9, 30]
        again = from_pydvl(to_pydvl(back))
        pd.testing.assert_frame_equal(again, back, check_exact=True)
        assert again.attrs == back.attrs == dict(algorithm="scaling_values", status="converged")


def test_counts_variances_and_names(stand_in_pydvl, laws, samples):
    result = to_pydvl(laws)
    np.testing.assert_array_equal(result.counts, laws.n_samples)
    np.testing.assert_allclose(
        np.sqrt(result.variances / result.counts), laws.values()["se"], rtol=1e-15
    )
    assert (
        result.names.tolist() == laws.index.tolist()
        and result.algorithm == "scaling_values shapley"
    )
    direct = to_pydvl(samples)
    np.testing.assert_array_equal(direct.counts, np.floor(monte_carlo(samples)["n_eff"]))
    plain = to_pydvl(pd.Series([0.5, np.nan]))
    assert (
        plain.names.tolist() == ["0", "1"]
        and plain.status is Status.Pending
        and plain.counts.tolist() == [1, 0]
    )
    assert from_pydvl(plain).index.tolist() == [0, 1]


def test_two_hundred_thousand_laws_take_little_memory(stand_in_pydvl):
    many = make_laws(200_000)
    y = np.random.default_rng(0).integers(0, 3, 400_000)
    for work in (
        to_arrow,
        values_series,
        to_pydvl,
        lambda laws: select_points(laws, 100, k=500, y=y),
    ):
        tracemalloc.start()
        result = work(many)
        kept, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak - kept < 300e6, result


def test_variances_alone(stand_in_pydvl):
    back = from_pydvl(to_pydvl(pd.DataFrame(dict(value=[1.0], count=[4], variance=[0.04]))))
    assert back["se"].tolist() == [0.1] and back["variance"].tolist() == [0.04]


def test_tables_that_do_not_fit_pydvl(stand_in_pydvl):
    with pytest.raises(ValueError, match="values has the label 'a' more than once"):
        to_pydvl(pd.Series([1.0, 2.0], index=["a", "a"]))
    wrong = pd.DataFrame(dict(value=[1.0], se=[0.1], count=[4], variance=[0.01]))
    with pytest.raises(ValueError, match="both se and variance, and they differ"):
        to_pydvl(wrong)
    with pytest.raises(
        ValueError,
        match="result must be a ValuationResult of pyDVL, not DataFrame: it has no variances",
    ):
        from_pydvl(wrong)


def test_standard_errors_to_the_last_bit():
    from scaling_values.exchange import _standard_error, _update_variance

    if np.finfo(np.longdouble).nmant == np.finfo(float).nmant:
        pytest.skip("this machine has no longer double")
    rng = np.random.default_rng(0)
    errors, counts = rng.lognormal(-9, 5, 200_000), rng.integers(0, 10**6, 200_000)
    np.testing.assert_array_equal(_standard_error(_update_variance(errors, counts), counts), errors)


# OpenDataVal


class StandInEvaluator(ABC):
    """What ours needs of OpenDataVal's DataEvaluator; tests/peers tests the real one."""

    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    @abstractmethod
    def input_data(self, x_train, y_train, x_valid, y_valid): ...

    @abstractmethod
    def train_data_values(self, *args, **kwargs): ...

    @abstractmethod
    def evaluate_data_values(self): ...

    @cached_property
    def data_values(self):
        return self.evaluate_data_values()


@pytest.fixture
def stand_in_opendataval(monkeypatch):
    for name in ("opendataval", "opendataval.dataval"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    sys.modules["opendataval.dataval"].DataEvaluator = StandInEvaluator


class Rows:
    """A dataset as torch has them: a length and items."""

    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return self.rows[i]


def test_labels_and_features_in_every_form_give_the_same_values(stand_in_opendataval):
    torch = pytest.importorskip("torch")
    (X, y), (X_val, y_val) = make_arrays(80), make_arrays(40, seed=1)

    def one_hot(labels):
        return torch.nn.functional.one_hot(torch.as_tensor(labels)).float()

    def as_tensor(array):
        return torch.as_tensor(array)

    forms = [
        (X, y, X_val, y_val),
        (as_tensor(X), one_hot(y), as_tensor(X_val), one_hot(y_val)),
        (
            Rows(as_tensor(X)),
            as_tensor(y).float()[:, None],
            Rows(as_tensor(X_val)),
            as_tensor(y_val)[:, None],
        ),
        (
            as_tensor(X).reshape(80, 2, 2),
            as_tensor(y),
            as_tensor(X_val).reshape(40, 2, 2),
            as_tensor(y_val),
        ),
    ]
    values = [
        ScalingEvaluator(LogisticRegression(), estimator=LogLinear(), **OPTIONS)
        .input_data(*form)
        .train_data_values(batch_size=32, epochs=1)
        .data_values
        for form in forms
    ]
    for others in values[1:]:
        np.testing.assert_array_equal(others, values[0])
    assert values[0].shape == (80,) and np.isfinite(values[0]).all()


def test_an_evaluator_belongs_to_both_and_keeps_what_it_found(stand_in_opendataval):
    evaluator = ScalingEvaluator(LogisticRegression(), estimator=LogLinear(), **OPTIONS)
    assert isinstance(evaluator, StandInEvaluator) and isinstance(evaluator, ScalingEvaluator)
    assert type(evaluator) is type(ScalingEvaluator(LogisticRegression()))
    with pytest.raises(ValueError, match="call input_data"):
        evaluator.train_data_values()
    with pytest.raises(ValueError, match="call train_data_values"):
        evaluator.evaluate_data_values()
    evaluator.input_data(*make_arrays(80), *make_arrays(40, seed=1)).train_data_values()
    assert len(evaluator.laws_) == 80 and set(evaluator.values_) == {"value", "se", "trust"}
    twin = copy.deepcopy(evaluator)
    np.testing.assert_array_equal(twin.data_values, evaluator.data_values)
    before = evaluator.data_values
    evaluator.sampling["draws"] = 60
    assert not np.array_equal(
        evaluator.train_data_values().data_values, before
    )  # the cache is of the last training


def test_an_evaluator_for_regression(stand_in_opendataval):
    X, X_val = make_arrays(60)[0], make_arrays(30, seed=1)[0]
    evaluator = ScalingEvaluator(LinearRegression(), **OPTIONS)
    evaluator.input_data(X, X[:, :1], X_val, X_val[:, :1])
    assert evaluator.data_.target == "regression" and evaluator.data_.y_train.ndim == 1


def test_estimators_that_learn_from_features(stand_in_opendataval):
    evaluator = ScalingEvaluator(
        LogisticRegression(), estimator=Hierarchical(), **OPTIONS
    ).input_data(*make_arrays(80), *make_arrays(40, seed=1))
    assert np.isfinite(evaluator.train_data_values().data_values).all()
    with pytest.raises(ValueError, match="an evaluator values every training point"):
        ScalingEvaluator(LogisticRegression(), points=[1, 2])


def test_a_point_without_a_value_is_not_the_best(stand_in_opendataval):
    evaluator = ScalingEvaluator(LogisticRegression())
    evaluator.values_ = pd.DataFrame(dict(value=[1.0, np.nan, 3.0]))
    with pytest.warns(UserWarning, match="1 of 3 points have no value"):
        assert evaluator.evaluate_data_values().tolist() == [1.0, 2.0, 3.0]


def test_labels_that_are_no_labels(stand_in_opendataval):
    X, _ = make_arrays(4)
    with pytest.raises(ValueError, match=r"y_train has shape \(4, 3\) and is not one-hot"):
        ScalingEvaluator(LogisticRegression()).input_data(X, np.full((4, 3), 0.3), X, [0, 1, 0, 1])


# xarray


@pytest.mark.parametrize("independent", [False, True])
@pytest.mark.parametrize("points", [None, range(7), [5, 2, 9]])
def test_a_store_opens_as_the_samples_are(named, tmp_path, points, independent):
    pytest.importorskip("xarray")
    some = (
        named
        if points is not None
        else Dataset(
            named.X_train[:30], named.y_train[:30], named.X_val, named.y_val, index=named.index[:30]
        )
    )
    options = dict(sizes=(10, 20), draws=6, random_state=0, independent=independent)
    samples = sample_contributions(
        Utility(LogisticRegression(), some),
        points=points,
        store=tmp_path / "s",
        block_size=2,
        **options,
    )
    opened = open_xarray(
        tmp_path / "s", data=some, points=points if isinstance(points, list) else None
    )
    assert opened.equals(open_xarray(samples))
    np.testing.assert_array_equal(opened["delta"], samples.delta)
    assert opened["k"].dims == (("draw", "point") if independent else ("draw",))
    assert (
        opened["index"].to_numpy().tolist() == samples.index.tolist()
        and opened["y"].to_numpy().tolist() == samples.y.tolist()
    )
    assert (
        opened.attrs["seed"] == 0
        and opened.attrs["sizes"] == [10, 20]
        and opened.attrs["independent"] == int(independent)
    )


def test_a_store_alone_says_what_it_knows(named, tmp_path):
    pytest.importorskip("xarray")
    options = dict(sizes=(10, 20), draws=6, random_state=0, block_size=2)
    sample_contributions(
        Utility(LogisticRegression(), named), points=[5, 2, 9], store=tmp_path / "s", **options
    )
    alone = open_xarray(str(tmp_path / "s"))
    assert set(alone.coords) == {"draw", "kind"} and alone["delta"].dims == ("draw", "point")
    assert set(open_xarray(tmp_path / "s", points=[5, 2, 9]).coords) == {"draw", "kind", "point"}
    for points in ([2, 5, 9], [5, 2]):
        with pytest.raises(
            ValueError,
            match="points must be the 3 rows that were valued, in their order; "
            f"the {len(points)} given",
        ):
            open_xarray(tmp_path / "s", points=points)
    with pytest.raises(
        ValueError, match="points must be the 3 rows that were valued, in their order$"
    ):
        open_xarray(tmp_path / "s", data=named)
    other = Dataset(named.X_train + 1, named.y_train, named.X_val, named.y_val, name="other")
    with pytest.raises(
        ValueError, match="data='other' has the hash .* but the store was made from named"
    ):
        open_xarray(tmp_path / "s", data=other, points=[5, 2, 9])


def test_finished_draws_of_a_run_that_stopped(named, tmp_path):
    pytest.importorskip("xarray")
    options = dict(sizes=(10, 20), draws=6, random_state=0, block_size=2)
    whole = sample_contributions(
        Utility(LogisticRegression(), named), store=tmp_path / "s", **options
    )
    files = {file.name: file.read_bytes() for file in (tmp_path / "s").iterdir()}
    next((tmp_path / "s").glob("draws-00000002-*")).unlink()
    opened = open_xarray(tmp_path / "s")
    assert opened["draw"].to_numpy().tolist() == [0, 1, 4, 5]
    np.testing.assert_array_equal(opened["delta"], whole.delta[[0, 1, 4, 5]])
    assert {
        file.name: file.read_bytes() for file in (tmp_path / "s").iterdir()
    }.items() <= files.items()  # nothing computed, nothing changed


def test_folders_that_are_no_stores(named, tmp_path, samples):
    pytest.importorskip("xarray")
    with pytest.raises(ValueError, match="holds no store of contributions: pass the folder"):
        open_xarray(tmp_path)
    with pytest.raises(ValueError, match="does not exist, so it holds no store"):
        open_xarray(tmp_path / "nowhere")
    sample_contributions(
        Utility(LogisticRegression(), named),
        store=tmp_path / "s",
        sizes=(10, 20),
        draws=2,
        random_state=0,
    )
    for file in (tmp_path / "s").glob("draws-*"):
        file.unlink()
    with pytest.raises(ValueError, match="has no finished draws yet"):
        open_xarray(tmp_path / "s")
    with pytest.raises(ValueError, match="points and data are for stores"):
        open_xarray(samples, data=named)


def test_a_dataset_goes_to_a_file_and_back(samples, tmp_path):
    xarray = pytest.importorskip("xarray")
    arrays = open_xarray(samples)
    arrays.to_netcdf(tmp_path / "samples.nc", engine="scipy")
    with xarray.open_dataset(tmp_path / "samples.nc", engine="scipy") as back:
        np.testing.assert_array_equal(back["delta"], samples.delta)
        assert (
            back.attrs["learner"] == arrays.attrs["learner"]
            and back["index"].to_numpy().tolist() == samples.index.tolist()
        )


# packages that are not there


@pytest.mark.parametrize(
    "package, call, message",
    [
        (
            "pydvl",
            lambda samples: to_pydvl(samples),
            "to_pydvl needs the package 'pydvl': .*tests/peers.sh",
        ),
        (
            "opendataval",
            lambda samples: ScalingEvaluator(LogisticRegression()),
            "ScalingEvaluator needs the package 'opendataval': .*tests/peers.sh",
        ),
        (
            "xarray",
            lambda samples: open_xarray(samples),
            r'open_xarray needs the package \'xarray\': pip install "scaling_values\[xarray\]"',
        ),
        (
            "pyarrow",
            lambda samples: to_arrow(samples),
            "to_arrow needs the package 'pyarrow': pip install pyarrow",
        ),
    ],
)
def test_a_missing_package_is_named(monkeypatch, samples, package, call, message):
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=message):
        call(samples)


def test_importing_needs_no_neighbour():
    code = (
        "import sys, scaling_values.exchange; "
        "print([name for name in ('xarray', 'pydvl', 'opendataval') if name in sys.modules])"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "[]"
    )
