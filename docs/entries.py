"""Reference entries, read from the source: signature, what it is, parameters as a table.

Nothing is imported for functions and classes; their sources say everything. Only registries
(`ENGINES`, `METRICS`, ...) are loaded, since their rows are objects.
"""

import ast
import html
import io
import re
import textwrap
import tokenize
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from importlib import import_module
from inspect import Parameter, isclass, signature
from pathlib import Path
from typing import Any

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "scaling_values"
COLUMNS = 80  # of a signature: what fits on the page beside two side bars
LONG_DEFAULT = 24  # characters; longer defaults stand in the table only
FIELDS = {"NamedTuple", "Protocol", "TypedDict", "Enum", "IntEnum"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Argument:
    """A parameter or a field."""

    name: str  # with its stars
    type: str = ""
    default: str = ""
    meaning: str = ""


@dataclass
class Entry:
    """One definition of the library."""

    name: str  # `function`, `Class`, `Class.method` or `CONSTANT`
    module: str  # dotted, that defines it
    kind: str  # function, class, method, property or constant
    node: ast.AST
    doc: str = ""
    arguments: list[Argument] = field(default_factory=list)
    returns: Argument | None = None
    bases: list[str] = field(default_factory=list)
    members: list["Entry"] = field(default_factory=list)  # methods that stand in the class itself
    line: int = 0  # of its definition in the module's file

    @property
    def anchor(self) -> str:
        return self.name.lower()

    @property
    def summary(self) -> str:
        """The first sentence of what it is."""
        return first_sentence(self.doc)


def first_sentence(text: str) -> str:
    text = re.sub(r"\s+", " ", text.strip().split("\n\n")[0])
    return re.split(r"(?<=[.!?])\s+(?=[A-Z`(])", text)[0]


# Reading


def comments(source: str) -> dict[int, tuple[str, bool]]:
    """line -> (comment, whether it has the line for itself)."""
    found = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            alone = not token.line[: token.start[1]].strip()
            found[token.start[0]] = (token.string.lstrip("#").strip(), alone)
    return found


def _text(node: ast.AST | None) -> str:
    return (
        "" if node is None else ast.unparse(node).strip("'\"") if _quoted(node) else _source(node)
    )


def _quoted(node: ast.AST) -> bool:
    """Whether an annotation is written as a string."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _source(node: ast.AST) -> str:
    return re.sub(r"'([^'\"]*)'", r'"\1"', ast.unparse(node))


def _default(node: ast.AST | None) -> str:
    return "" if node is None else _source(node)


def _meaning(noted: dict[int, tuple[str, bool]], first: int, last: int) -> str:
    """The comment on an argument's lines, or on those just above it."""
    beside = [noted[i][0] for i in range(first, last + 1) if i in noted and not noted[i][1]]
    above, i = [], first - 1
    while i in noted and noted[i][1]:
        above.insert(0, noted[i][0])
        i -= 1
    return " ".join(above + beside)


def read_arguments(
    node: Function, noted: dict[int, tuple[str, bool]], method: bool
) -> tuple[list[Argument], Argument | None]:
    """The parameters of a function with their comments, and what it returns."""
    spec = node.args
    positional = [*spec.posonlyargs, *spec.args]
    defaults = [None] * (len(positional) - len(spec.defaults)) + list(spec.defaults)
    parts = [("", arg, default) for arg, default in zip(positional, defaults, strict=True)]
    if method:
        parts = parts[1:]
    if spec.vararg:
        parts.append(("*", spec.vararg, None))
    elif spec.kwonlyargs:
        parts.append(("*", None, None))
    parts += [
        ("", arg, default) for arg, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True)
    ]
    if spec.kwarg:
        parts.append(("**", spec.kwarg, None))
    last_lines = [arg.end_lineno for _, arg, _ in parts if arg]
    found = []
    for star, arg, default in parts:
        if arg is None:
            found.append(Argument("*"))
            continue
        last = max(arg.end_lineno, default.end_lineno if default else 0)
        # Of several parameters on a line, the comment belongs to the last one.
        shared = last_lines.count(arg.end_lineno) > 1 and arg.end_lineno == last
        later = [other for _, other, _ in parts if other and other.lineno == last]
        own = not shared or later[-1] is arg
        found.append(
            Argument(
                star + arg.arg,
                _text(arg.annotation),
                _default(default),
                _meaning(noted, arg.lineno, last) if own else "",
            )
        )
    first = max([node.lineno, *last_lines]) + (1 if last_lines else 0)
    first = min(first, node.returns.lineno if node.returns else first)
    meaning = " ".join(
        noted[i][0] for i in range(first, node.body[0].lineno) if i in noted and not noted[i][1]
    )
    returns = Argument("returns", _text(node.returns), "", meaning)
    return found, returns if returns.type not in ("", "None") or meaning else None


def _decorators(node: Function | ast.ClassDef) -> str:
    return " ".join(map(ast.unparse, node.decorator_list))


def _is_property(node: Function) -> bool:
    return bool(re.search(r"property|as_prop=True", _decorators(node)))


def read_function(
    node: Function, noted: dict[int, tuple[str, bool]], module: str, owner: str = ""
) -> Entry:
    patched = "patch" in _decorators(node).replace("(", " ").split()
    if patched:
        owner = _text(node.args.args[0].annotation)
    static = "staticmethod" in _decorators(node)
    arguments, returns = read_arguments(node, noted, bool(owner) and not static)
    kind = "property" if _is_property(node) else "method" if owner else "function"
    name = f"{owner}.{node.name}" if owner else node.name
    doc = ast.get_docstring(node) or ""
    return Entry(name, module, kind, node, doc, arguments, returns)


def _fields(node: ast.ClassDef, noted: dict[int, tuple[str, bool]]) -> list[Argument]:
    return [
        Argument(
            part.target.id,
            _text(part.annotation),
            _default(part.value),
            _meaning(noted, part.lineno, part.end_lineno),
        )
        for part in node.body
        if isinstance(part, ast.AnnAssign)
        and isinstance(part.target, ast.Name)
        and not part.target.id.startswith("_")
        and "ClassVar" not in ast.unparse(part.annotation)
    ]


def _enum_members(node: ast.ClassDef, noted: dict[int, tuple[str, bool]]) -> list[Argument]:
    return [
        Argument(
            part.targets[0].id, "", _source(part.value), _meaning(noted, part.lineno, part.lineno)
        )
        for part in node.body
        if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name)
    ]


def read_class(node: ast.ClassDef, noted: dict[int, tuple[str, bool]], module: str) -> Entry:
    bases = [ast.unparse(base) for base in node.bases]
    members = [
        read_function(part, noted, module, node.name)
        for part in node.body
        if isinstance(part, Function) and not part.name.startswith("_")
    ]
    entry = Entry(
        node.name,
        module,
        "class",
        node,
        ast.get_docstring(node) or "",
        bases=bases,
        members=members,
    )
    makers = [part for part in node.body if isinstance(part, Function) and part.name == "__init__"]
    if makers:
        entry.arguments, _ = read_arguments(makers[0], noted, method=True)
    elif FIELDS & set(bases) or "dataclass" in _decorators(node):
        entry.arguments = _fields(node, noted)
        if any("Enum" in base for base in bases):
            entry.arguments = _enum_members(node, noted)
    return entry


def definitions(source: str, module: str) -> list[Entry]:
    """What a cell, or a module, defines at its top level."""
    noted, found = comments(source), []
    for node in ast.parse(source).body:
        if isinstance(node, Function):
            found.append(read_function(node, noted, module))
        elif isinstance(node, ast.ClassDef):
            found.append(read_class(node, noted, module))
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name):
                above = _meaning(noted, node.lineno, node.end_lineno)
                found.append(Entry(target.id, module, "constant", node, above))
    return found


@cache
def definition_lines(module: str) -> dict[str, int]:
    """name -> the line of its definition in the module's file; methods with their class."""
    source = module_file(module).read_text(encoding="utf-8")
    found = {}
    for entry in definitions(source, module):
        found.setdefault(entry.name, entry.node.lineno)
        for member in entry.members:
            found.setdefault(member.name, member.node.lineno)
    return found


def module_file(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path.with_suffix(".py") if not path.is_dir() else path / "__init__.py"


# What is imported from where


@cache
def faces() -> dict[str, dict[str, str]]:
    """Face -> {public name: the module that defines it}.

    A face is a package whose stub lists names, or a module that the package's stub lists.
    """
    found = {}
    stubs = sorted(PACKAGE.rglob("__init__.pyi"), key=lambda path: len(path.parts))
    modules = set()
    for stub in stubs:
        package = ".".join(stub.parent.relative_to(ROOT).parts)
        names = found[package] = {}
        for node in ast.parse(stub.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.ImportFrom):
                continue
            above = package.split(".")[: len(package.split(".")) - (node.level or 1) + 1]
            home = ".".join([*above, node.module] if node.module else above)
            for alias in node.names:
                if node.module:
                    names[alias.asname or alias.name] = home
                else:
                    modules.add(f"{home}.{alias.name}")
    for module in sorted(modules - set(found)):
        found[module] = dict.fromkeys(_all_names(module), module)
    return found


def _all_names(module: str) -> list[str]:
    """The names in a module's `__all__`."""
    for node in ast.parse(module_file(module).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return ast.literal_eval(node.value)
    return []


def import_from(module: str, name: str) -> str:
    """The module that a reader imports a name from: the shortest face that shows it."""
    showing = [face for face, names in faces().items() if names.get(name) == module]
    return min(showing, key=lambda face: (face.count("."), len(face)), default=module)


# Writing


def python_html(source: str) -> str:
    """Python as highlighted HTML."""
    spans = highlight(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)).rstrip("\n")
    spans = re.sub(
        r'<span class="(?:n|p|w|nb)">([^<]*)</span>', r"\1", spans
    )  # plain: half the size
    return f'<div class="highlight"><pre><code>{spans}</code></pre></div>'


def inline_code(text: str) -> str:
    """Plain text as HTML, with what stands in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))


def signature_text(entry: Entry) -> str:
    """How something is called, on as many lines as it needs."""
    if entry.kind == "property":
        return entry.name
    if entry.kind == "class" and (FIELDS - {"NamedTuple"}) & set(entry.bases):
        return f"class {entry.name}({', '.join(entry.bases)})"

    def shown(argument: Argument) -> str:
        default = argument.default if len(argument.default) <= LONG_DEFAULT else "..."
        return argument.name + (f"={default}" if argument.default else "")

    returns = f" -> {entry.returns.type}" if entry.returns and entry.returns.type else ""
    if len(returns) > COLUMNS // 2:
        returns = ""
    parts = [shown(argument) for argument in entry.arguments]
    line = f"{entry.name}({', '.join(parts)}){returns}"
    if len(line) <= COLUMNS:
        return line
    inner = textwrap.fill(
        ", ".join(part.replace(" ", "\0") for part in parts),
        COLUMNS,
        initial_indent="    ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    ).replace("\0", " ")
    return f"{entry.name}(\n{inner},\n){returns}"


def check_signature(entry: Entry, text: str, page: str) -> None:
    """An error where a signature would be clipped, or leaves a parameter out."""
    if wide := [line for line in text.splitlines() if len(line) > COLUMNS + 10]:
        raise SystemExit(f"{page}: the signature of {entry.name} is clipped: {wide[0]}")
    absent = [argument.name for argument in entry.arguments if argument.name not in text]
    if absent and text.endswith(")") and not text.startswith("class "):
        raise SystemExit(f"{page}: the signature of {entry.name} lacks {', '.join(absent)}")


def arguments_table(arguments: list[Argument], returns: Argument | None, kind: str) -> str:
    """Name, type, default and meaning, a row for each parameter."""
    rows = [argument for argument in arguments if argument.name != "*"]
    if not rows and not returns:
        return ""

    def code(text: str) -> str:
        return f"<code>{html.escape(text)}</code>"

    def row(argument: Argument, tag: str) -> str:
        name = tag or code(argument.name)
        type_ = code(argument.type) if argument.type else ""
        default = code(argument.default) if argument.default else ""
        meaning = inline_code(argument.meaning)
        return f"<tr><th>{name}</th><td>{type_}</td><td>{default}</td><td>{meaning}</td></tr>"

    lines = [row(argument, "") for argument in rows]
    if returns:
        lines.append(row(returns, "<em>returns</em>"))
    titles = "".join(f"<th>{title}</th>" for title in (kind, "type", "default", "meaning"))
    return (
        f'<table class="parameters"><thead><tr>{titles}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table>"
    )


def members_table(entry: Entry) -> str:
    """The methods that a class has in its own body, a line each."""
    if not entry.members:
        return ""
    rows = "".join(
        f"<tr><th>{python_html(_member_signature(member))}</th>"
        f"<td>{inline_code(member.summary)}</td></tr>"
        for member in entry.members
    )
    return (
        '<table class="parameters members"><thead><tr><th>method</th><th>meaning</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _member_signature(member: Entry) -> str:
    named = ", ".join(
        argument.name + (f"={argument.default}" if argument.default else "")
        for argument in member.arguments
    )
    name = member.name.rpartition(".")[2]
    returns = f" -> {member.returns.type}" if member.returns and member.returns.type else ""
    return name if member.kind == "property" else f"{name}({named}){returns}"


def with_inherited(entry: Entry, classes: Mapping[str, Entry]) -> Entry:
    """A class that takes its parameters from a class of this library shows those."""
    if entry.kind == "class" and not entry.arguments:
        for base in entry.bases:
            known = classes.get(base.rpartition(".")[2])
            if known and known is not entry:
                entry.arguments = with_inherited(known, classes).arguments
                break
    return entry


def render(
    entry: Entry,
    source_url: str,
    page: str,
    prose: Callable[[str], str] = str,  # Markdown of a docstring -> Markdown with its links
) -> str:
    """An entry as Markdown and HTML: heading, import, signature, docstring, table."""
    shown = signature_text(entry) if entry.kind != "constant" else ""
    check_signature(entry, shown, page)
    top = entry.name.partition(".")[0]
    origin = ""
    if entry.kind in ("function", "class", "constant"):
        statement = f"from {import_from(entry.module, top)} import {entry.name}"
        origin = f'<p class="origin"><code>{statement}</code></p>'
    kind = "field" if FIELDS & set(entry.bases) or _is_dataclass(entry) else "parameter"
    if any("Enum" in base for base in entry.bases):
        kind = "member"
    table = arguments_table(entry.arguments, entry.returns, kind) + members_table(entry)
    if table and is_program(entry.module):  # its pages are studies: results matter more
        table = (
            f'<details class="source-code"><summary>Parameters</summary>{origin}{table}</details>'
        )
        origin = ""
    blocks = [
        f'[source]({source_url}){{class="source"}}',
        f"#### `{entry.name}` {{ #{entry.anchor} .entry }}",
        origin,
        f'<div class="signature">{python_html(shown)}</div>' if shown else "",
        prose(entry.doc),
        table,
        registry_table(entry) if entry.kind == "constant" else "",
    ]
    return "\n\n".join(block for block in blocks if block)


def _is_dataclass(entry: Entry) -> bool:
    return isinstance(entry.node, ast.ClassDef) and "dataclass" in _decorators(entry.node)


# Registries


def is_program(module: str) -> bool:
    """Whether a module belongs to the experiments or benchmarks, which are no library."""
    return module.startswith(("scaling_values.experiments", "scaling_values.benchmarks"))


def is_registry(entry: Entry) -> bool:
    """Whether a constant is a public table of names that the reference shows row by row."""
    if entry.kind != "constant" or not re.fullmatch(r"[A-Z][A-Z_]+", entry.name):
        return False
    shown = any(names.get(entry.name) == entry.module for names in faces().values())
    return shown and not is_program(entry.module)


def _plain(value: Any) -> str:
    """An object as a reader would write it."""
    if isinstance(value, str):
        return value.rpartition(":")[2] if re.fullmatch(r"[\w.]+:\w+", value) else value
    if isclass(value):
        return value.__name__
    if callable(value) and hasattr(value, "__name__"):
        needed = [
            part
            for part in signature(value).parameters.values()
            if part.default is Parameter.empty
            and part.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
        ]
        if value.__name__.startswith(("_", "<")) and not needed:
            return re.sub(r"\s+", " ", repr(value()))
        return value.__name__
    if isinstance(value, tuple | list):
        return ", ".join(map(_plain, value))
    return "" if value is None else str(value)


def _columns(value: Any) -> dict[str, str] | None:
    """The parts of a row, where it has named ones."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if hasattr(value, "_fields"):
        return {name: _plain(getattr(value, name)) for name in value._fields}
    if is_dataclass(value):
        return {part.name: _plain(getattr(value, part.name)) for part in fields(value)}
    return None


def _rows(value: Any) -> Iterator[tuple[str, dict[str, str]]]:
    pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
    for key, row in pairs:
        yield str(key), _columns(row) or {"": _plain(row)}


def registry_table(entry: Entry) -> str:
    """The rows of a registry, as the imported module has them."""
    value = getattr(import_module(entry.module), entry.name)
    if not isinstance(value, Mapping | tuple | list):
        return ""
    rows = list(_rows(value))
    titles = list(dict.fromkeys(title for _, row in rows for title in row))
    titles = [title for title in titles if any(row.get(title) for _, row in rows)]
    head = "".join(f"<th>{html.escape(title)}</th>" for title in ["", *titles])
    body = "".join(
        f"<tr><th><code>{html.escape(key)}</code></th>"
        + "".join(f"<td>{html.escape(row.get(title, ''))}</td>" for title in titles)
        + "</tr>"
        for key, row in rows
    )
    return (
        '<div class="table registry"><table class="registry">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
