"""How the code and the chapters read, in numbers: those that `docs/` compares with other packages.

    python docs/measure.py                # two tables of this repository
    python docs/measure.py FOLDER ...     # code only: of other packages, beside it
    python docs/measure.py --json FILE    # and the numbers in a file

Code is read from modules without importing them. What is counted:

- function body: lines from the first statement after the docstring to the last one; nested
functions
  count for themselves and for the one around them
- arguments: all that a function takes, `self` not counted
- tuple assignments: `a, b = x, y` with a tuple on both sides, per 100 lines that are not empty
- name = lambda: assignments of a lambda to a name, per 100 functions
- private names imported across modules: `from .x import _y`
- public names: those of `scaling_values/__init__.pyi`, without modules

Of notebooks: a definition is an exported cell with a function or a class, a lesson a code cell that
is neither exported nor hidden nor only imports.
"""

import ast
import json
import re
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "scaling_values"
Function = ast.FunctionDef | ast.AsyncFunctionDef
DIRECTIVE = re.compile(r"^#\|\s*(\w+)", re.M)


def body_lines(node: Function) -> int:
    """Lines of a function's body without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def arguments(node: Function) -> int:
    """How many arguments a function takes."""
    spec = node.args
    named = [arg.arg for arg in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)]
    stars = (spec.vararg is not None) + (spec.kwarg is not None)
    return len([name for name in named if name not in ("self", "cls")]) + stars


def quantile(values: list[int], share: float) -> int:
    """The value below which a share of the sorted values lies."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def code_numbers(folder: Path) -> dict[str, Any]:
    """The numbers of a package's modules."""
    bodies, taken, lengths = [], [], []
    filled = tuples = lambdas = private = 0
    for file in sorted(folder.rglob("*.py")):
        if "test" in file.name or "tests" in file.parts or file.name == "_modidx.py":
            continue
        text = file.read_text(encoding="utf-8")
        lengths += [len(line) for line in text.splitlines()]
        filled += sum(bool(line.strip()) for line in text.splitlines())
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, Function):
                bodies.append(body_lines(node))
                taken.append(arguments(node))
            elif isinstance(node, ast.Assign):
                named = any(isinstance(target, ast.Name) for target in node.targets)
                both = isinstance(node.value, ast.Tuple) and any(
                    isinstance(target, ast.Tuple) for target in node.targets
                )
                tuples += both
                lambdas += named and isinstance(node.value, ast.Lambda)
            elif isinstance(node, ast.ImportFrom) and is_own(node, folder.name):
                private += sum(is_private(alias.name) for alias in node.names)
    return {
        "functions": len(bodies),
        "function body: median / p90 / max": (
            f"{statistics.median_low(bodies)} / {quantile(bodies, 0.9)} / {max(bodies)}"
        ),
        "arguments: p90 / max": f"{quantile(taken, 0.9)} / {max(taken)}",
        "lines": len(lengths),
        "lines > 100 columns, per cent": percent(lengths, 100),
        "lines > 120 columns, per cent": percent(lengths, 120),
        "tuple assignments per 100 lines": round(100 * tuples / filled, 1),
        "name = lambda per 100 functions": round(100 * lambdas / len(bodies), 1),
        "private names imported across modules": private,
    }


def is_own(node: ast.ImportFrom, package: str) -> bool:
    """Whether an import is from the package itself."""
    return node.level > 0 or (node.module or "").partition(".")[0] == package


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def percent(lengths: list[int], most: int) -> float:
    return round(100 * sum(length > most for length in lengths) / len(lengths), 1)


def public_names() -> int:
    """How many names `scaling_values` shows, modules not counted."""
    tree = ast.parse((PACKAGE / "__init__.pyi").read_text(encoding="utf-8"))
    froms = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module]
    return sum(len(node.names) for node in froms)


def kinds(cells: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """definition, export, lesson, import, text or other, and the source, cell by cell."""
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            yield "text", source
        elif cell["cell_type"] == "code" and source.strip():
            yield code_kind(source), source


def code_kind(source: str) -> str:
    named = set(DIRECTIVE.findall(source))
    body = ast.parse(re.sub(r"^\s*[%!].*$", "", source, flags=re.M)).body
    if all(isinstance(node, ast.Import | ast.ImportFrom) for node in body):
        return "import"
    if named & {"export", "exporti", "exports"}:
        defines = any(isinstance(node, Function | ast.ClassDef) for node in body)
        return "definition" if defines else "export"
    return "other" if "hide" in named else "lesson"


def notebook_numbers(file: Path) -> dict[str, Any]:
    """The numbers of one chapter."""
    found = list(kinds(json.loads(file.read_text(encoding="utf-8"))["cells"]))
    count = {
        kind: sum(each == kind for each, _ in found) for kind in ("definition", "lesson", "text")
    }
    words = [len(source.split()) for kind, source in found if kind == "text"]
    longest = run = 0
    for kind, _ in found:
        run = run + 1 if kind in ("definition", "export") else 0
        longest = max(longest, run)
    defined = count["definition"]
    return {
        "chapter": file.stem,
        "definitions": defined,
        "lessons": count["lesson"],
        "lessons per definition": round(count["lesson"] / defined, 2) if defined else None,
        "words per text": round(sum(words) / len(words)) if words else 0,
        "longest text": max(words, default=0),
        "longest run of exports": longest,
    }


def print_table(rows: list[dict[str, Any]]) -> None:
    """Rows as a Markdown table."""
    print("| " + " | ".join(rows[0]) + " |")
    print("| " + " | ".join("---" for _ in rows[0]) + " |")
    for row in rows:
        print("| " + " | ".join("" if each is None else str(each) for each in row.values()) + " |")
    print()


def main() -> None:
    asked = sys.argv[1:]
    file = Path(asked.pop(asked.index("--json") + 1)) if "--json" in asked else None
    folders = [PACKAGE, PACKAGE / "engines", PACKAGE / "estimators"]
    folders += [Path(name) for name in asked if name != "--json"]
    columns = {folder.name: code_numbers(folder) for folder in folders}
    columns[PACKAGE.name]["public names"] = public_names()
    measures = list(columns[PACKAGE.name])
    print_table(
        [
            {"code": measure} | {name: each.get(measure) for name, each in columns.items()}
            for measure in measures
        ]
    )
    chapters = [notebook_numbers(path) for path in sorted((ROOT / "nbs").glob("*.ipynb"))]
    print_table(chapters)
    defined = sum(row["definitions"] for row in chapters)
    lessons = sum(row["lessons"] for row in chapters)
    print(f"{lessons} lessons for {defined} definitions: {lessons / defined:.2f} per definition")
    if file:
        file.write_text(json.dumps({"code": columns, "chapters": chapters}, indent=1) + "\n")


if __name__ == "__main__":
    main()
