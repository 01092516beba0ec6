"""What is each training point worth, at the dataset size you have and at the one you will have?"""
__version__ = "0.1.0"

import ast as _ast
from importlib import import_module as _import_module
from pathlib import Path as _Path
from typing import Any as _Any


def _public_names() -> dict[str, str]:
    """Public name -> module that defines it, read from the stub beside this file: one list for people, tools and Python."""
    stub = _ast.parse(_Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    froms = [node for node in stub.body if isinstance(node, _ast.ImportFrom)]
    return {alias.name: f"{__name__}.{node.module}" for node in froms for alias in node.names}


_HOME = _public_names()
__all__ = sorted(_HOME)


def __getattr__(name: str) -> _Any:
    # Rooms load when a name of theirs is first used, so that importing the package stays quick.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(_import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
