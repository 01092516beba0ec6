"""Every error that a user can cause names the argument that is wrong: its name, or the file that it
stands for."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parent.parent / "scaling_values"
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
STANDS_FOR_ONE = {
    "argument",
    "path",
    "file",
    "source",
    "where",
    "name",
    "store",
    "X",
    "y",
}  # `f"{argument}=..."` has the argument's name, `f"{path} ..."` the file's

EXCEPTIONS = {  # a part of the message -> why it names no argument
    "Newton's method": "caught by the engine, which refits",
    "its checksum is not the one in its name": "caught at once, and told with the file's name",
    "the estimator is not fitted": "of a method; no argument is wrong",
    "OpenML": "caught by `_fetched`, and told with the dataset's name",
    "the package \\'datasets\\'": "caught by `_fetched`, and told with the dataset's name",
    "the table has {len(y)} rows": "of `split_rows`; the table is what y is a column of, "
    "and from_frame puts the file's name before it",
    "the class {plain(": "of `split_rows`; a class says more than y, "
    "and from_frame puts the file's name before it",
    "labels are classes; make "
    "classes": "of `label_suspects`; the words of `check_target`, which name y",
    "labels compares with "
    "cleanlab": "of `labels_found`; a package is missing, no argument is wrong",
    "points cannot be chosen": "of `ScalingEvaluator`; names the one among its sampling keywords",
    "{words}": "of `fit_laws`; the words of `from_arrays`, "
    "with the call's own names for what is wrong",
    "_for_the_command(": "of the command; the library's words, with the table's names in them",
    "the table has two columns": "of `from_frame`; names the column, "
    "and the file's name is put before it",
}


def raises(
    tree: ast.AST, around: tuple[ast.AST, ...] = ()
) -> Iterator[tuple[ast.Raise, tuple[ast.AST, ...]]]:
    """Every `raise` of an error for people, with the classes and functions around it."""
    for node in ast.iter_child_nodes(tree):
        if (
            isinstance(node, ast.Raise)
            and isinstance(node.exc, ast.Call)
            and ast.unparse(node.exc.func) in ("ValueError", "TypeError")
        ):
            yield node, around
        yield from raises(
            node, (*around, node) if isinstance(node, (ast.ClassDef, *FUNCTION)) else around
        )


def parameters(node: ast.AST) -> set[str]:
    """What a function takes, or a class: its constructor's arguments, or a dataclass's fields."""
    if isinstance(node, FUNCTION):
        patched = next(
            (a.annotation.id for a in node.args.args[:1] if isinstance(a.annotation, ast.Name)),
            None,
        )
        taken = {
            a.arg
            for a in (
                *node.args.posonlyargs,
                *node.args.args,
                *node.args.kwonlyargs,
                node.args.vararg,
                node.args.kwarg,
            )
            if a
        }
        return taken | ({f"class {patched}"} if patched else set())
    fields = {part.target.id for part in node.body if isinstance(part, ast.AnnAssign)}
    return fields | {
        name
        for part in node.body
        if isinstance(part, FUNCTION) and part.name == "__init__"
        for name in parameters(part)
    }


def public(tree: ast.AST) -> set[str]:
    """What the public functions, classes and their public methods take: a private helper speaks of
    their arguments."""

    def open_to_all(nodes: list[ast.AST]) -> list[ast.AST]:
        return [
            node
            for node in nodes
            if isinstance(node, (ast.ClassDef, *FUNCTION)) and not node.name.startswith("_")
        ]

    things = open_to_all(tree.body)
    methods = [
        method
        for thing in things
        if isinstance(thing, ast.ClassDef)
        for method in open_to_all(thing.body)
    ]
    return {name for thing in (*things, *methods) for name in parameters(thing)} - {"self", "cls"}


def message(error: ast.Call) -> tuple[str, set[str]]:
    """The text of a message, and the names that are put into it."""
    text, names = [], set()
    for part in ast.walk(error):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            text.append(part.value)
        if isinstance(part, ast.FormattedValue):
            names |= {inner.id for inner in ast.walk(part.value) if isinstance(inner, ast.Name)}
    return " ".join(text), names


def unnamed(file: Path) -> Iterator[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    known = public(tree) | {
        "X_train",
        "y_train",
        "metric",
    }  # of the dataset, and of the utility, that is an argument
    for node, around in raises(tree):
        text, put_in = message(node.exc)
        mine = set().union(*map(parameters, around)) - {"self", "cls"}
        private = (
            all(part.name.startswith("_") for part in around)
            or any(name.startswith("class ") for name in mine)
            or file.parent.name == "engines"
        )
        words = {word for word in re.findall(r"\w+", text)}
        if words & (mine | known if private else mine) or put_in & STANDS_FOR_ONE:
            continue
        written = ast.unparse(node.exc)
        if any(part in written for part in EXCEPTIONS):
            continue
        yield f"{file.relative_to(LIBRARY)}:{node.lineno} {written}"


@pytest.mark.parametrize(
    "file", sorted(LIBRARY.rglob("*.py")), ids=lambda file: str(file.relative_to(LIBRARY))
)
def test_errors_name_the_argument(file):
    assert not [*unnamed(file)]


def test_exceptions_are_still_needed():
    written = "\n".join(
        ast.unparse(node.exc)
        for file in LIBRARY.rglob("*.py")
        for node, _ in raises(ast.parse(file.read_text(encoding="utf-8")))
    )
    others = "\n".join(file.read_text(encoding="utf-8") for file in LIBRARY.rglob("*.py"))
    assert not [
        part
        for part in EXCEPTIONS
        if part not in written and part.replace("\\'", "'") not in others
    ]
