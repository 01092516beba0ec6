"""Values of training rows by OpenDataVal's and pyDVL's own code, for cells that `sv_bench field`
wrote.

python tests/peers/field_values.py CELL.npz ...    # writes CELL.peers.npz beside each; one that
is there is left alone

A method that trains models goes on until it has used both budgets of the cell: a number of fits,
and seconds of
processor time. Its values are read off when a budget is used up. All other methods run once.
"""

import contextlib
import io
import json
import os
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
import without_torchvision  # noqa: F401  lets OpenDataVal import it
from opendataval.dataloader import DataFetcher
from opendataval.dataval import (
    BetaShapley,
    DataBanzhaf,
    DataOob,
    DataShapley,
    KNNShapley,
    LavaEvaluator,
    LeaveOneOut,
    TMCSampler,
)
from opendataval.metrics import accuracy
from opendataval.model import ClassifierSkLearnWrapper
from pydvl.influence.torch import DirectInfluence
from sklearn.linear_model import LogisticRegression
from torch.utils.data import DataLoader, TensorDataset

PIECE = 25  # fits between two looks at the clock
PACKAGES = ("opendataval", "pydvl", "numpy", "torch", "scikit-learn")


class Counted(ClassifierSkLearnWrapper):
    """OpenDataVal's own wrapper, which counts fits."""

    fits = 0

    def fit(self, *args, **kwargs):
        Counted.fits += 1
        return super().fit(*args, **kwargs)


def minus_log_loss(y: torch.Tensor, P: torch.Tensor) -> float:
    """The utility that scaling_values uses, for a method that is tried with it too."""
    own = (P * y).sum(1).clamp_min(1e-15)
    return own.log().mean().item()


def fetched(cell: dict) -> DataFetcher:
    """The cell's rows, as OpenDataVal takes them: classes one-hot."""
    classes = np.eye(int(cell["y_train"].max()) + 1)
    parts = [
        part
        for name in ("train", "val", "test")
        for part in (cell[f"X_{name}"], classes[cell[f"y_{name}"]])
    ]
    return DataFetcher.from_data_splits(*parts, one_hot=True, random_state=int(cell["seed"]))


class Spent:
    """Fits and seconds of processor time since it was made."""

    def __init__(self) -> None:
        self.fits = Counted.fits
        self.start = time.process_time()

    def now(self) -> dict:
        return dict(fits=Counted.fits - self.fits, seconds=time.process_time() - self.start)


def in_pieces(step, values, cell: dict):
    """Yield (budget's name, values, what was spent) as each budget is used up; a budget may be
    overstepped by a step."""
    spent, budgets = Spent(), dict(fits=int(cell["fits"]), seconds=float(cell["seconds"]))
    while budgets:
        step()
        now = spent.now()
        for name in [name for name, most in budgets.items() if now[name] >= most]:
            del budgets[name]
            yield name, values(), now


def subsets(kind, cell: dict, fetcher: DataFetcher, metric=accuracy):
    """Methods whose fits are independent: Banzhaf and out-of-bag."""
    evaluator = kind(num_models=PIECE, random_state=int(cell["seed"]))
    evaluator.setup(fetcher, model(cell), metric)
    yield from in_pieces(evaluator.train_data_values, evaluator.evaluate_data_values, cell)


def permutations(cell: dict, fetcher: DataFetcher):
    """Data Shapley and Beta Shapley, from the same truncated permutations."""
    sampler = TMCSampler(mc_epochs=1, cache_name=None, random_state=int(cell["seed"]))
    shapley, beta = DataShapley(sampler), BetaShapley(sampler)
    for evaluator in (beta, shapley):
        evaluator.setup(fetcher, model(cell), accuracy)

    def step():
        shapley.train_data_values()
        beta.marg_contrib = shapley.marg_contrib

    def values():
        return {
            "Data Shapley": shapley.evaluate_data_values(),
            "Beta Shapley": beta.evaluate_data_values(),
        }

    yield from in_pieces(step, values, cell)


def model(cell: dict) -> Counted:
    return Counted(LogisticRegression, int(cell["y_train"].max()) + 1)


def influence(cell: dict) -> np.ndarray:
    """Koh and Liang's influence with the Hessian, by pyDVL, of the learner that everybody
    trains."""
    X, y = cell["X_train"], cell["y_train"]
    Counted.fits += 1
    fitted = LogisticRegression().fit(X, y)
    outputs = len(fitted.coef_)
    linear = torch.nn.Linear(X.shape[1], outputs, dtype=torch.float64)
    with torch.no_grad():
        linear.weight.copy_(torch.from_numpy(fitted.coef_))
        linear.bias.copy_(torch.from_numpy(fitted.intercept_))
    if outputs == 1:
        loss, form = torch.nn.functional.binary_cross_entropy_with_logits, (-1, 1)
    else:
        loss, form = torch.nn.functional.cross_entropy, (-1,)
    tensors = {}
    for part in ("train", "val"):
        labels = torch.from_numpy(cell[f"y_{part}"]).reshape(form)
        labels = labels.double() if outputs == 1 else labels
        tensors[part] = (torch.from_numpy(cell[f"X_{part}"]), labels)
    # C = 1: the mean loss has a ridge of one over the number of rows
    calculator = DirectInfluence(linear, loss, regularization=1 / len(y))
    calculator.fit(DataLoader(TensorDataset(*tensors["train"]), batch_size=len(y)))
    by_row = calculator.influences(*tensors["val"], *tensors["train"])
    return by_row.mean(0).detach().numpy()


def once(name: str, cell: dict, fetcher: DataFetcher) -> np.ndarray:
    """Methods without a budget."""
    if name == "influence":
        return influence(cell)
    seed, judges = int(cell["seed"]), len(cell["y_val"])
    evaluator = {
        "leave-one-out": lambda: LeaveOneOut(random_state=seed),
        "KNN-Shapley": lambda: KNNShapley(random_state=seed),
        "KNN-Shapley, 100": lambda: KNNShapley(k_neighbors=judges, random_state=seed),
        "LAVA": lambda: LavaEvaluator(random_state=seed),
    }[name]()
    evaluator.setup(fetcher, model(cell), accuracy).train_data_values()
    return evaluator.evaluate_data_values()


ONCE = ("leave-one-out", "KNN-Shapley", "KNN-Shapley, 100", "LAVA", "influence")


def all_values(cell: dict, checked: bool) -> tuple[dict, dict]:
    """Values by 'method|budget', and what they cost or why there are none."""
    values, costs = {}, {}

    def keep(name, budget, found, cost):
        values[f"{name}|{budget}"] = np.asarray(found, float)
        costs[f"{name}|{budget}"] = cost

    fetcher = fetched(cell)
    for name in ONCE:
        spent = Spent()
        try:
            keep(name, "once", once(name, cell, fetcher), spent.now())
        except Exception as error:
            costs[f"{name}|once"] = dict(error=f"{type(error).__name__}: {error}"[:300])
    plans = {
        "Data Banzhaf": lambda: subsets(DataBanzhaf, cell, fetcher),
        "Data-OOB": lambda: subsets(DataOob, cell, fetcher),
        "permutations": lambda: permutations(cell, fetcher),
    }
    if checked:
        plans["Data Banzhaf, log-loss"] = lambda: subsets(
            DataBanzhaf, cell, fetcher, minus_log_loss
        )
    for name, plan in plans.items():
        for budget, found, cost in plan():
            parts = found if isinstance(found, dict) else {name: found}
            for each, numbers in parts.items():
                keep(each, budget, numbers, cost)
    return values, costs


def main(paths: list[str]) -> None:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # of deprecated parts that the packages use
    for path in map(Path, paths):
        out = path.with_suffix(".peers.npz")
        if out.exists():
            continue
        with np.load(path) as stored:
            cell = {name: stored[name] for name in stored.files}
        with contextlib.redirect_stdout(io.StringIO()):
            values, costs = all_values(cell, bool(cell["checked"]))
        meta = dict(costs=costs, versions={name: version(name) for name in PACKAGES})
        part = out.with_name(f"{out.name}.{os.getpid()}")
        with open(part, "wb") as file:
            np.savez(file, meta=np.array(json.dumps(meta)), **values)
        part.rename(out)


if __name__ == "__main__":
    main(sys.argv[1:])
