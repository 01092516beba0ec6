"""What the visible code of a page needs in order to run: found without running it, and run.

A chapter's exported cells and its imports are not shown in its text, so a cell that a reader copies
may use names that no visible cell defines. `Page` reads all cells of a page, and says for the
visible ones

- which names they use before they define them,
- the imports that bring these names, and
- which hidden cells define the rest.

`run` executes what a page then shows, from top to bottom, in a folder of its own.
"""

import ast
import builtins
import os
import re
import symtable
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path

IPYTHON = {"display": "IPython.display"}  # what notebooks know and plain Python does not
AT_ONCE = {"listcomp", "setcomp", "dictcomp", "genexpr"}  # scopes that run where they stand
MAGIC = re.compile(r"^\s*[%!].*$", re.M)
WIDTH = 88  # columns of a generated import


def used_names(statement: ast.stmt) -> set[str]:
    """The global names that a statement reads at once, and does not itself define first."""
    table = symtable.symtable(ast.unparse(statement), "cell", "exec")
    top = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_referenced() and not (symbol.is_assigned() or symbol.is_imported())
    }
    bound = {part.target.id for part in ast.walk(statement) if isinstance(part, ast.NamedExpr)}
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign) and statement.value:
        # "x = x + 1" needs an x; a loop that sets its own variables does not.
        top |= {node.id for node in _own_names(statement.value)} - bound
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        top.add(statement.target.id)
    return top | (_globals_inside(table, later=False) - defined_names(statement) - bound)


def names_for_later(statement: ast.stmt) -> set[str]:
    """The global names that a statement's functions read when they are called."""
    table = symtable.symtable(ast.unparse(statement), "cell", "exec")
    return _globals_inside(table, later=True) - defined_names(statement)


def _own_names(node: ast.AST) -> Iterator[ast.Name]:
    """Names that an expression reads outside of functions and comprehensions within it."""
    scopes = ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
    if isinstance(node, scopes):
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from _own_names(child)


def _globals_inside(table: symtable.SymbolTable, later: bool, called: bool = False) -> set[str]:
    """Global names that the scopes of a table read: in bodies of functions (`later`), or elsewhere.

    `called` says that the table is within such a body.
    """
    found = set()
    for child in table.get_children():
        is_body = child.get_type() == "function" and child.get_name() not in AT_ONCE
        if (called or is_body) == later:
            found |= {
                symbol.get_name()
                for symbol in child.get_symbols()
                if symbol.is_referenced() and symbol.is_global()
            }
        found |= _globals_inside(child, later, called or is_body)
    return found


def defined_names(statement: ast.stmt) -> set[str]:
    """The global names that a statement binds."""
    table = symtable.symtable(ast.unparse(statement), "cell", "exec")
    bound = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_assigned() or symbol.is_imported()
    }
    if isinstance(statement, ast.Import):
        bound |= {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
    return bound | {
        part.target.id for part in ast.walk(statement) if isinstance(part, ast.NamedExpr)
    }


def statements(source: str) -> list[ast.stmt]:
    """The statements of a cell, without its magic lines."""
    return ast.parse(MAGIC.sub("", source)).body


def is_import(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Import | ast.ImportFrom)


def only_imports(source: str) -> bool:
    """Whether a cell consists of imports, and of nothing else."""
    parts = statements(source)
    return bool(parts) and all(map(is_import, parts))


def import_statements(statement: ast.stmt) -> dict[str, tuple[str, str]]:
    """name -> (module, name there), or (module, "") where the module itself is imported."""
    if isinstance(statement, ast.Import):
        return {
            alias.asname or alias.name.partition(".")[0]: (
                alias.name if alias.asname else alias.name.partition(".")[0],
                "",
            )
            for alias in statement.names
        }
    if isinstance(statement, ast.ImportFrom):
        module = statement.module or ""
        return {alias.asname or alias.name: (module, alias.name) for alias in statement.names}
    return {}


def import_block(wanted: dict[str, tuple[str, str]]) -> str:
    """Import statements for names: modules first, then names by module, the library's own last."""
    modules, froms = [], {}
    for name, (module, original) in sorted(wanted.items()):
        if not original:
            modules.append(f"import {module}" + (f" as {name}" if name != module else ""))
        else:
            shown = original if name == original else f"{original} as {name}"
            froms.setdefault(module, []).append(shown)
    own = [_from(module, names) for module, names in sorted(froms.items()) if _is_own(module)]
    others = [
        _from(module, names) for module, names in sorted(froms.items()) if not _is_own(module)
    ]
    outside = "\n".join([*sorted(modules), *others])
    return "\n\n".join(part for part in (outside, "\n".join(own)) if part)


def _is_own(module: str) -> bool:
    return module.partition(".")[0] == "scaling_values"


def _from(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")"


@dataclass
class Page:
    """The code of a page: what is shown, and where everything else comes from."""

    name: str  # of the notebook or the file, for messages
    module: str = ""  # that the notebook is exported to
    find: Callable[[str, str], str] = lambda module, name: module  # the module to import from
    visible: list[tuple[int, str]] = field(default_factory=list)  # number of the cell, code
    hidden: list[str] = field(default_factory=list)  # cells that run and are not shown
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)  # as import_statements
    exported: set[str] = field(default_factory=set)  # names that exported cells define

    def missing(self, before: str = "") -> list[tuple[int, str]]:
        """Names that visible cells use and nothing visible defines: (cell, name), in order.

        `before` is code that stands above the first cell.
        """
        known = set(dir(builtins)) | {"__name__", "__doc__"}
        found, later = [], []
        for i, source in [(-1, before), *self.visible]:
            for statement in statements(source):
                for name in sorted(used_names(statement) - known):
                    found.append((i, name))
                    known.add(name)
                known |= defined_names(statement)
                later += [(i, name) for name in sorted(names_for_later(statement))]
        return found + [(i, name) for i, name in dict.fromkeys(later) if name not in known]

    def preamble(self) -> tuple[str, str]:
        """The imports that the visible cells need, and the hidden cells that they need."""
        wanted: dict[str, tuple[str, str]] = {}
        setup: list[str] = []
        while True:
            absent = [
                name
                for _, name in self.missing("\n".join([import_block(wanted), *setup]))
                if name not in wanted
            ]
            new = {name: where for name in absent if (where := self._origin(name))}
            cells = [
                source
                for source in self.hidden
                if source not in setup
                and any(
                    name in absent and name not in new
                    for statement in statements(source)
                    for name in defined_names(statement)
                )
            ]
            if not new and not cells:
                return import_block(wanted), "\n\n".join(setup)
            wanted |= new
            setup = [source for source in self.hidden if source in (*setup, *cells)]

    def _origin(self, name: str) -> tuple[str, str] | None:
        """The module a name is imported from, and its name there."""
        if name in self.exported:
            return self.find(self.module, name), name
        if name in self.imported:
            module, original = self.imported[name]
            return (self.find(module, original) if original else module), original
        if name in IPYTHON:
            return IPYTHON[name], name
        return None

    def code(self) -> str:
        """All that the page shows, as one program."""
        imports, setup = self.preamble()
        cells = [MAGIC.sub("", source) for _, source in self.visible]
        return "\n\n".join(part for part in (imports, setup, *cells) if part) + "\n"

    def check(self) -> None:
        """An error where a visible cell uses a name that nothing on the page defines."""
        imports, setup = self.preamble()
        if left := self.missing("\n".join([imports, setup])):
            places = ", ".join(f"{name} (cell {i})" for i, name in left)
            raise SystemExit(
                f"{self.name}: visible code uses names that nothing defines: {places}. "
                "Define or import them in a cell of the page"
            )


def run(pages: dict[str, str], beside: Path | None = None) -> dict[str, float]:
    """Execute pages, name -> code, each in an empty folder, and return the seconds of each.

    An error ends the run, with the page and the line. Modules that one page has imported are
    there for the next; its names are not. `beside` is a folder that stands beside the empty one,
    as results/ does beside nbs/.
    """
    os.environ.setdefault("MPLBACKEND", "Agg")
    os.environ.setdefault("TQDM_DISABLE", "1")
    seconds = {}
    for name, code in pages.items():
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            empty = Path(folder) / "nbs"
            empty.mkdir()
            if beside:
                (Path(folder) / beside.name).symlink_to(beside)
            _execute(name, code, empty)
            if "matplotlib.pyplot" in sys.modules:
                sys.modules["matplotlib.pyplot"].close("all")
        seconds[name] = time.perf_counter() - start
        print(f"{name}: {seconds[name]:.1f} s", flush=True)
    return seconds


def _execute(name: str, code: str, folder: Path) -> None:
    """Run a page's code in a folder; an error names the line as the page shows it."""
    with chdir(folder):
        try:
            exec(compile(code, name, "exec"), {"__name__": "__main__"})
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            lines = [frame.lineno for frame in frames if frame.filename == name] or [1]
            shown = code.splitlines()[lines[-1] - 1].strip()
            raise SystemExit(
                f"{name}: {shown!r} fails as the page shows it: {type(error).__name__}: {error}"
            ) from error
