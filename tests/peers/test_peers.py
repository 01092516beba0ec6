"""pyDVL and OpenDataVal for real, in the environment that tests/peers.sh makes; skipped where
they are not installed."""

import copy

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LinearRegression, LogisticRegression

pytest.importorskip("pydvl")
pytest.importorskip("opendataval")

import without_torchvision  # noqa: F401  lets OpenDataVal import it
from opendataval.dataloader import DataFetcher, mix_labels
from opendataval.dataval import DataEvaluator, RandomEvaluator
from opendataval.experiment import (
    ExperimentMediator,
    discover_corrupted_sample,
    noisy_detection,
    remove_high_low,
    save_dataval,
)
from opendataval.metrics import accuracy
from opendataval.model import ClassifierSkLearnWrapper
from pydvl.utils.status import Status
from pydvl.valuation.dataset import Dataset as PeerDataset
from pydvl.valuation.methods import ShapleyValuation
from pydvl.valuation.result import ValuationResult
from pydvl.valuation.samplers import PermutationSampler
from pydvl.valuation.scorers import SupervisedScorer
from pydvl.valuation.stopping import MinUpdates
from pydvl.valuation.utility import ModelUtility

from scaling_values import (
    Dataset,
    MaximumLikelihood,
    Utility,
    assisted_values,
    monte_carlo,
    sample_contributions,
)
from scaling_values.exchange import (
    ScalingEvaluator,
    from_pydvl,
    open_xarray,
    to_arrow,
    to_pydvl,
    values_series,
)
from scaling_values.valuation import law_values

OPTIONS = dict(sizes=(10, 60), draws=60, random_state=0)


def arrays(n, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4))
    return X, (X @ np.arange(1, 5) + rng.normal(size=n) > 0).astype(int)


@pytest.fixture(scope="module")
def samples():
    data = Dataset(*arrays(120, 0), *arrays(60, 1), index=[f"row {i}" for i in range(120)])
    return sample_contributions(
        Utility(LogisticRegression(), data), points=[5, 2, 9, 30], **OPTIONS
    )


# pyDVL


def test_values_go_there_and_come_back_exactly(samples):
    estimator = MaximumLikelihood().fit(samples)
    for values in (
        law_values(estimator.laws_),
        monte_carlo(samples),
        assisted_values(samples, estimator),
    ):
        result = to_pydvl(values, points=samples.points)
        assert isinstance(result, ValuationResult) and result.status is Status.Converged
        back = from_pydvl(result)
        pd.testing.assert_frame_equal(
            back[["value", "se"]], values[["value", "se"]], check_exact=True
        )
        np.testing.assert_allclose(result.stderr, values["se"], rtol=1e-15)
        assert result.indices.tolist() == [5, 2, 9, 30] and result.names.tolist() == [
            "row 5",
            "row 2",
            "row 9",
            "row 30",
        ]
        assert to_pydvl(back) == result


def test_a_result_of_theirs_comes_and_goes_back_exactly():
    (X, y), (X_test, y_test) = arrays(25, 0), arrays(40, 1)
    scorer = SupervisedScorer("accuracy", PeerDataset(X_test, y_test), default=0.0)
    valuation = ShapleyValuation(
        ModelUtility(LogisticRegression(), scorer),
        PermutationSampler(seed=0),
        is_done=MinUpdates(10),
        progress=False,
    )
    result = valuation.fit(PeerDataset(X, y)).result
    frame = from_pydvl(result)
    np.testing.assert_allclose(frame["se"], result.stderr, rtol=1e-15)
    assert (
        frame.index.tolist() == list(range(25))
        and (frame["count"] >= 10).all()
        and frame.attrs["algorithm"] == result.algorithm
    )
    again = to_pydvl(frame)
    for name in ("values", "variances", "counts", "indices", "names"):
        np.testing.assert_array_equal(getattr(again, name), getattr(result, name), err_msg=name)
    assert again == ValuationResult(
        values=result.values,
        variances=result.variances,
        counts=result.counts,
        indices=result.indices,
        data_names=result.names,
        algorithm=result.algorithm,
        status=result.status,
    )


def test_sorted_cut_and_added_results(samples):
    result = to_pydvl(samples)
    ranked = from_pydvl(result.sort(reverse=True))
    assert ranked["value"].is_monotonic_decreasing
    pd.testing.assert_frame_equal(
        ranked.sort_index(), from_pydvl(result).sort_index(), check_exact=True
    )
    assert from_pydvl(result[:2]).index.tolist() == ["row 5", "row 2"]
    both = from_pydvl(result + result)  # twice the samples, the same mean
    np.testing.assert_allclose(both["value"], ranked.loc[both.index, "value"])
    np.testing.assert_allclose(both["se"], ranked.loc[both.index, "se"] / np.sqrt(2))


def test_points_without_a_value(samples):
    values = monte_carlo(samples)
    values.loc["row 9", ["value", "se", "n_eff"]] = np.nan
    result = to_pydvl(values, points=samples.points)
    assert result.status is Status.Pending and result.counts[2] == 0
    pd.testing.assert_frame_equal(
        from_pydvl(result)[["value", "se"]], values[["value", "se"]], check_exact=True
    )


# OpenDataVal


@pytest.fixture(scope="module")
def fetcher():
    X, y = make_classification(
        400,
        10,
        n_informative=6,
        n_redundant=0,
        n_clusters_per_class=1,
        class_sep=1.5,
        random_state=0,
    )
    fetcher = DataFetcher.from_data(X, np.eye(2)[y], one_hot=True, random_state=0)
    return fetcher.split_dataset_by_count(150, 120, 130).noisify(mix_labels, noise_rate=0.1)


@pytest.fixture(scope="module")
def evaluator(fetcher):
    return ScalingEvaluator(LogisticRegression(), sizes=(15, 100), draws=80, random_state=0).train(
        fetcher, batch_size=32, epochs=2
    )


def test_it_is_an_evaluator(evaluator):
    assert isinstance(evaluator, DataEvaluator) and DataEvaluator.Evaluators[
        "scalingevaluator"
    ] is type(evaluator)
    assert (
        repr(evaluator)
        == "ScalingEvaluator(LogisticRegression(), sizes=(15, 100), draws=80, random_state=0)"
    )
    assert evaluator.data_values.shape == (150,) and np.isfinite(evaluator.data_values).all()
    np.testing.assert_array_equal(copy.deepcopy(evaluator).data_values, evaluator.data_values)


def test_it_finds_wrong_labels(fetcher, evaluator):
    chance = RandomEvaluator(random_state=0).input_fetcher(fetcher)
    ours, theirs = (
        noisy_detection(evaluator, fetcher)["kmeans_f1"],
        noisy_detection(chance, fetcher)["kmeans_f1"],
    )
    found = discover_corrupted_sample(evaluator, fetcher, percentile=0.1)["corrupt_found"]
    print(
        f"noisy_detection: F1 {ours:.2f}, at random {theirs:.2f}; of the wrong labels "
        f"{found[1]:.0%} among the lowest tenth, {found[2]:.0%} in two tenths"
    )
    assert ours > 2 * theirs and found[2] > 0.6


def test_removing_by_its_values(fetcher, evaluator):
    model = ClassifierSkLearnWrapper(LogisticRegression, 2)
    result = remove_high_low(evaluator, fetcher, model=model, percentile=0.2, metric=accuracy)
    low, high = (
        np.mean(result[f"remove_{which}_influential_first_accuracy"][1:4])
        for which in ("least", "most")
    )
    print(f"remove_high_low: accuracy {low:.3f} without the lowest, {high:.3f} without the highest")
    assert low > high
    assert set(save_dataval(evaluator, fetcher)) == {"indices", "data_values"}


def test_the_mediator_runs_it_beside_theirs(fetcher):
    mediator = ExperimentMediator(
        fetcher,
        ClassifierSkLearnWrapper(LogisticRegression, 2),
        metric_name="accuracy",
        raises_error=True,
    )
    ours = ScalingEvaluator(
        LogisticRegression(), sizes=(15, 60), draws=20, random_state=np.random.RandomState(0)
    )
    mediator.compute_data_values([ours])
    frame = mediator.evaluate(noisy_detection)
    assert frame.index[0] == str(ours) and 0 <= frame["kmeans_f1"].iloc[0] <= 1


def test_regression_and_subsets():
    import torch

    X = np.random.default_rng(0).normal(size=(90, 3))
    y = X @ [1.0, 2.0, 3.0] + np.random.default_rng(1).normal(size=90)
    rows = torch.utils.data.TensorDataset(torch.as_tensor(X))
    items = type(
        "Rows",
        (torch.utils.data.Dataset,),
        dict(__len__=lambda self: 90, __getitem__=lambda self, i: rows[i][0]),
    )()
    fetcher = DataFetcher.from_data(items, y, one_hot=False, random_state=0).split_dataset_by_count(
        50, 20, 20
    )
    assert isinstance(fetcher.datapoints[0], torch.utils.data.Subset)
    values = (
        ScalingEvaluator(LinearRegression(), sizes=(10, 30), draws=20, random_state=0)
        .train(fetcher)
        .data_values
    )
    assert values.shape == (50,) and np.isfinite(values).all()


# the rest, with their older NumPy


def test_the_rest_runs_beside_them(samples):
    assert (
        values_series(samples).index.tolist()
        == to_arrow(samples).column("index").to_pylist()
        == samples.index.tolist()
    )
    np.testing.assert_array_equal(open_xarray(samples)["delta"], samples.delta)
