"""What is each training point worth, at the dataset size you have and at the one you will have?"""
__version__ = "0.1.0"

import ast as _ast
from importlib import import_module as _import_module
from pathlib import Path as _Path
from typing import Any as _Any
from warnings import warn as _warn


def _listed(stub: _Path) -> dict[str, str]:
    """Public name -> where it is, relative to the package, as the stub of a package imports it.

    One list for people, type checkers and Python. A module that is listed has itself as its place.
    """
    tree = _ast.parse(stub.read_text(encoding="utf-8"))
    froms = [node for node in tree.body if isinstance(node, _ast.ImportFrom)]
    return {
        alias.name: "." * node.level + (node.module or alias.name)
        for node in froms
        if node.level
        for alias in node.names
    }


def _face(package: str, file: str) -> tuple[list[str], _Any, _Any]:
    """`__all__`, `__getattr__` and `__dir__` of a package whose names load at their first use.

    Importing the package loads no other one, and stays quick.
    """
    places = _listed(_Path(file).with_suffix(".pyi"))
    modules = {name for name, place in places.items() if place == f".{name}"}

    def getattr_(name: str) -> _Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = _import_module(places[name], package)
        value = module if name in modules else getattr(module, name)
        setattr(_import_module(package), name, value)
        return value

    def dir_() -> list[str]:
        dunders = [name for name in vars(_import_module(package)) if name.startswith("__")]
        return sorted({*dunders, *places})

    return sorted({*places} - modules), getattr_, dir_


__all__, _get, __dir__ = _face(__name__, __file__)

# Names that version 0.1 showed here -> where they are now. Deleted after one release.
_MOVED = {
    name: place
    for place, names in {
        "benchmarks.base": "sv_bench",
        "cli": "LEARNERS sv_demo sv_run value_to_folder values_table",
        "contributions": "STATUS SizeMeans Store read_manifest stored_blocks",
        "controls": "control_draws",
        "datasets": "LOADERS Split check_target load_digits make_folds split_folds split_judges "
        "split_rows table_preparation",
        "embedding": "embed_images embed_text",
        "engines": "ENGINES ENGINE_OF_LEARNER Engine EngineResult FastEngine FirstOrder "
        "LinearEngine LogisticEngine MLPEngine NeighborsEngine SVMEngine Status TrainedSet "
        "controlled_means is_refitted",
        "estimators": "Family LogLine Population PredictedLaw Profile compare_with_contributions "
        "default_families fit_log_line group_weights make_laws mean_of_laws minimise_profile "
        "profile_likelihood",
        "estimators.amortized": "read_outputs sample_loss",
        "estimators.likelihood": "sandwich_covariance starting_points",
        "estimators.loglinear": "samples_by_point",
        "exchange": "ScalingEvaluator from_pydvl open_xarray to_arrow to_pydvl values_series",
        "experiments.reproduce": "sv_reproduce",
        "fitting": "predicted_contributions predicted_utilities",
        "labels": "outside_probabilities",
        "laws": "check_weights negative_log_likelihood power_law",
        "loaders": "SOURCES Source data_folders load_adult load_bbc load_cifar10 load_diamonds "
        "load_imdb load_magic load_miniboone load_simulated_linear load_simulated_logistic "
        "load_spambase load_wave_energy simulate table_digest",
        "metrics": "METRICS Metric error_rate log_loss paper_cross_entropy resolve_metric "
        "squared_error",
        "plots": "label_sizes plot_r2",
        "sampling": "DrawPlan FoldPlan check_rows class_allocation compute_draws default_sizes "
        "design_sizes plan_draws",
        "selection": "adding_curve best_rows",
        "tables": "LEAST_ROWS PreparedTable Target guess_task prepare_columns read_table "
        "read_target",
        "theory": "LogisticPopulation aggregate_derivative conditional_contribution "
        "curvature_ratio expected_contribution first_order_contribution leading_contribution "
        "leave_one_out_bound local_exponent logistic_gradient logistic_hessian "
        "logistic_third_derivative sign_threshold",
        "utilities": "default_fits join_fits sample_fold_utilities",
        "utility": "HeldLearners hold_settings",
        "valuation": "law_values node_weights",
        "verdicts": "LearningCurve Verdicts compare_kinds judge_run learning_curve row_kinds",
    }.items()
    for name in names.split()
}


def __getattr__(name: str) -> _Any:
    if name not in _MOVED:
        return _get(name)
    place = f"{__name__}.{_MOVED[name]}"
    _warn(
        f"{__name__}.{name} has moved: write `from {place} import {name}`",
        DeprecationWarning,
        stacklevel=2,
    )
    # Kept, so that a name is warned of once.
    value = globals()[name] = getattr(_import_module(place), name)
    return value
