"""Who finds wrong labels: OpenDataVal's own evaluators beside ScalingEvaluator, on the same data,
model and experiment.

tests/peers.sh .peers compare          # writes results/peers.json; some minutes
"""

import time
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import without_torchvision  # noqa: F401  lets OpenDataVal import it
from opendataval.dataloader import DataFetcher, mix_labels
from opendataval.dataval import (
    AME,
    BetaShapley,
    DataBanzhaf,
    DataOob,
    DataShapley,
    KNNShapley,
    RandomEvaluator,
    TMCSampler,
)
from opendataval.experiment import discover_corrupted_sample, noisy_detection
from opendataval.metrics import accuracy
from opendataval.model import ClassifierSkLearnWrapper
from sklearn.linear_model import LogisticRegression

from scaling_values import load_dataset
from scaling_values.exchange import ScalingEvaluator
from scaling_values.support import save_report

ROWS, NOISE, REPEATS, MODELS, PASSES = (300, 200, 200), 0.1, 5, 1000, 10
LEARNER = LogisticRegression(solver="newton-cholesky", tol=1e-8)


def fetch(seed: int) -> DataFetcher:
    digits = load_dataset("digits")
    X, y = np.vstack([digits.X_train, digits.X_val]), np.append(digits.y_train, digits.y_val) % 2
    fetcher = DataFetcher.from_data(X, np.eye(2)[y], one_hot=True, random_state=seed)
    return fetcher.split_dataset_by_count(*ROWS).noisify(mix_labels, noise_rate=NOISE)


def evaluators(seed: int) -> dict:
    def passes():
        return TMCSampler(mc_epochs=PASSES, cache_name=None, random_state=seed)

    return {
        "ScalingEvaluator": ScalingEvaluator(
            LEARNER, sizes=(20, 200), draws=100, random_state=seed
        ),
        "ScalingEvaluator, error rate": ScalingEvaluator(
            LEARNER, metric="error_rate", sizes=(20, 200), draws=100, random_state=seed
        ),
        "DataShapley": DataShapley(passes()),
        "BetaShapley": BetaShapley(passes()),
        "DataBanzhaf": DataBanzhaf(MODELS, random_state=seed),
        "DataOob": DataOob(MODELS, random_state=seed),
        "AME": AME(MODELS // 4, random_state=seed),  # four shares of rows
        "KNNShapley": KNNShapley(random_state=seed),
        "RandomEvaluator": RandomEvaluator(random_state=seed),
    }


def judged(name: str, fetcher: DataFetcher, seed: int) -> dict:
    """One row of the report."""
    evaluator = evaluators(seed)[name]
    model = ClassifierSkLearnWrapper(LogisticRegression, 2, solver="newton-cholesky", tol=1e-8)
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        evaluator.setup(fetcher, model, accuracy).train_data_values()
        assert evaluator.data_values is not None
    seconds = time.perf_counter() - start
    found = discover_corrupted_sample(evaluator, fetcher, percentile=NOISE)["corrupt_found"]
    return dict(
        evaluator=name,
        seed=seed,
        f1=noisy_detection(evaluator, fetcher)["kmeans_f1"],
        lowest_tenth=found[1],
        lowest_two=found[2],
        seconds=round(seconds, 1),
    )


def main() -> None:
    rows = []
    for seed in range(REPEATS):
        fetcher = fetch(seed)
        for name in evaluators(seed):
            rows.append(judged(name, fetcher, seed))
            print(rows[-1], flush=True)
    protocol = dict(
        data="digits, odd or even",
        rows=ROWS,
        wrong_labels=NOISE,
        repeats=REPEATS,
        models=MODELS,
        permutations=PASSES,
        draws=100,
        versions={
            name: version(name)
            for name in ("opendataval", "pydvl", "numpy", "pandas", "torch", "scikit-learn")
        },
    )
    save_report(
        dict(rows=rows, protocol=protocol),
        Path("results/peers.json"),
        "tests/peers.sh .peers compare",
    )


if __name__ == "__main__":
    main()
