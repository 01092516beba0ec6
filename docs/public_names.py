"""Where each public name is imported from, read from the sources without importing them.

A name is public if `scaling_values` shows it, or one of the modules that the top lists. Its place
is the first of these that has it: the top; a package that lists it (`engines`, `estimators` or
`metrics`); the module whose chapter defines it. Run from anywhere:

    python docs/public_names.py          # place and name, one per line
    python docs/public_names.py --count  # how many there are in each place
"""

import ast
import sys
from collections import Counter
from pathlib import Path

LIBRARY = Path(__file__).resolve().parent.parent / "scaling_values"


def listed(stub: Path) -> dict[str, str]:
    """Name -> the relative module that a stub imports it from; a module stands for itself."""
    tree = ast.parse(stub.read_text(encoding="utf-8"))
    return {
        alias.name: "." * node.level + (node.module or alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
    }


def exported(module: Path) -> list[str]:
    """The names in a module's `__all__`."""
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return []


def faces() -> dict[str, list[str]]:
    """Place -> the names that it shows: the top, then packages, then modules."""
    top = listed(LIBRARY / "__init__.pyi")
    modules = [name for name, place in top.items() if place == f".{name}"]
    packages = [name for name in modules if (LIBRARY / name).is_dir()]
    found = {"scaling_values": [name for name in top if name not in modules]}
    for name in packages:
        found[f"scaling_values.{name}"] = list(listed(LIBRARY / name / "__init__.pyi"))
    for name in modules:
        if name not in packages:
            found[f"scaling_values.{name}"] = exported(LIBRARY / f"{name}.py")
    return found


def public_names() -> dict[str, str]:
    """Public name -> the place to import it from."""
    places: dict[str, str] = {}
    for place, names in faces().items():
        for name in names:
            places.setdefault(name, place)
    return places


if __name__ == "__main__":
    places = public_names()
    if "--count" in sys.argv:
        for place, number in Counter(places.values()).items():
            print(f"{number:4d}  {place}")
    else:
        for name, place in sorted(places.items(), key=lambda pair: (pair[1], pair[0])):
            print(f"{place:32s} {name}")
