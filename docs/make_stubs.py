"""Types for editors and type checkers: one stub (`.pyi`) beside each exported module.

A type checker reads a module's text, and does not know methods that a notebook adds with `@patch`.
The stubs put them into their classes. They are made from the modules without importing them. Run
this after every `nbdev_export`, from anywhere:

    python docs/make_stubs.py            # writes the stubs
    python docs/make_stubs.py --check    # an error if one of them is not up to date

A stub holds what has no underscore, and what that needs: signatures, docstrings, fields, and the
attributes that methods set. Stubs of packages (`__init__.pyi`) are written by hand; experiments and
benchmarks, which are programs rather than a library, have none.
"""

import ast
import builtins
import copy
import inspect
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

LIBRARY = Path(__file__).resolve().parent.parent / "scaling_values"
PACKAGE = LIBRARY.name
HEADER = "# Made from the module beside it by docs/make_stubs.py: do not edit.\n"
BUILTINS = set(dir(builtins))
# Decorators that change what a type checker must know; the others leave the signature alone.
KEPT = {"property", "cached_property", "classmethod", "staticmethod", "contextmanager"}
KEPT |= {"dataclass", "runtime_checkable", "overload"}
ANY = ast.Name("Any")
# Fields that are None only for some objects, as those of a validation set are where folds judge
# each other. To ask "is it None?" before every use helps nobody: `X | Any` instead of `X | None`.
SELDOM_NONE = {"Dataset": {"X_val", "y_val", "X_test", "y_test"}}


@dataclass(frozen=True)
class Typed:
    """A type as it is written in one module."""

    node: ast.expr
    module: "Module"


@dataclass
class Module:
    """An exported module: its tree, and what its names stand for."""

    name: str  # relative to the package, such as 'engines.base'
    tree: ast.Module
    patches: dict[str, list[tuple["Module", ast.FunctionDef]]] = field(default_factory=dict)

    @cached_property
    def imports(self) -> dict[str, tuple[str, str | None]]:
        """Local name -> (absolute module, name in it or None)."""
        found: dict[str, tuple[str, str | None]] = {}
        parents = f"{PACKAGE}.{self.name}".split(".")
        for node in self.tree.body:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    found[name] = (alias.name if alias.asname else name, None)
            elif isinstance(node, ast.ImportFrom):
                base = parents[: -node.level] if node.level else []
                module = ".".join([*base, *([node.module] if node.module else [])])
                for alias in node.names:
                    found[alias.asname or alias.name] = (module, alias.name)
        return found

    @cached_property
    def definitions(self) -> dict[str, ast.stmt]:
        """What the module defines itself, but patches."""
        found: dict[str, ast.stmt] = {}
        for node in [*self.tree.body, *self.only_types]:
            if isinstance(node, ast.ClassDef):
                found[node.name] = node
            elif isinstance(node, ast.FunctionDef):
                if patch_of(node) is None:
                    found[node.name] = node
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found[node.target.id] = node
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    for name in ast.walk(target):
                        if isinstance(name, ast.Name):
                            found[name.id] = node
        return found

    @cached_property
    def only_types(self) -> list[ast.stmt]:
        """What stands under `if TYPE_CHECKING:`, one name a statement."""
        blocks = [
            node.body
            for node in self.tree.body
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        ]
        found: list[ast.stmt] = []
        for node in (part for block in blocks for part in block):
            for target, value, _ in assigned(node):
                if value is not None:
                    found.append(ast.Assign([target], value, lineno=0))
        return found


def patch_of(node: ast.FunctionDef) -> set[str] | None:
    """The options of `@patch`, or None where there is none."""
    for decorator in node.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        if ast.unparse(call.func if call else decorator) == "patch":
            return {str(option.arg) for option in call.keywords} if call else set()
    return None


def read_modules() -> dict[str, Module]:
    """All exported modules, with the patches of each class beside it."""
    modules = {}
    for path in sorted(LIBRARY.rglob("*.py")):
        if path.name not in ("__init__.py", "_modidx.py"):
            name = ".".join(path.relative_to(LIBRARY).with_suffix("").parts)
            modules[name] = Module(name, ast.parse(path.read_text(encoding="utf-8")))
    for module in modules.values():
        for node in module.tree.body:
            if isinstance(node, ast.FunctionDef) and patch_of(node) is not None:
                for name in class_names(node.args.args[0].annotation):
                    found = resolve(modules, module, name)
                    if found:
                        home, original = found
                        home.patches.setdefault(original, []).append((module, node))
    return modules


def class_names(annotation: ast.expr | None) -> list[str]:
    """The classes that a patch is for: `self: A`, `self: A | B`."""
    return (
        [node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)]
        if annotation
        else []
    )


def resolve(modules: dict[str, Module], module: Module, name: str) -> tuple[Module, str] | None:
    """The module of ours that defines what is called `name` in `module`, and its name there."""
    while name not in module.definitions:
        origin, original = module.imports.get(name, ("", None))
        if not origin.startswith(f"{PACKAGE}.") or original is None:
            return None
        module, name = modules[origin.removeprefix(f"{PACKAGE}.")], original
    return module, name


def is_constant(node: ast.expr | None) -> bool:
    """Whether a default is short enough to be shown."""
    if isinstance(node, ast.UnaryOp):
        return is_constant(node.operand)
    if isinstance(node, ast.Tuple):
        return all(is_constant(part) for part in node.elts)
    return isinstance(node, ast.Constant)


class Stub:
    """The stub of one module, as it grows."""

    def __init__(self, modules: dict[str, Module], module: Module) -> None:
        self.modules = modules
        self.module = module
        self.body: list[ast.stmt] = []
        self.emitted: set[str] = set()
        self.needed: dict[str, tuple[str, str | None]] = {}  # local name -> where it is from

    def use(self, node: ast.AST, module: Module) -> None:
        """Sees to it that all names of a type that was written in `module` are known here."""
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                self._use_name(part.id, module)

    def _use_name(self, name: str, module: Module) -> None:
        if name in module.definitions:
            if module is self.module:
                self.emit(name)
            else:
                self.needed[name] = (f"{PACKAGE}.{module.name}", name)
        elif name in module.imports:
            self.needed[name] = module.imports[name]
        elif name == "Any":
            self.needed[name] = ("typing", "Any")
        elif name not in BUILTINS:
            raise SystemExit(f"{module.name}: the type {name!r} is not known there")

    def emit(self, name: str) -> None:
        """Adds the definition of a name, once."""
        if name in self.emitted:
            return
        self.emitted.add(name)
        node = self.module.definitions[name]
        if isinstance(node, ast.ClassDef):
            self.body.append(self.class_stub(node))
        elif isinstance(node, ast.FunctionDef):
            self.body.append(self.function_stub(node, self.module))
        elif isinstance(node, ast.AnnAssign):
            self.use(node.annotation, self.module)
            self.body.append(declared(name, node.annotation))
        elif isinstance(node, ast.Assign):
            self.body.append(self.constant_stub(name, node))

    def constant_stub(self, name: str, node: ast.Assign) -> ast.stmt:
        """A type's other name stays as it is; of a constant the type is kept."""
        alias = isinstance(node.value, ast.Subscript | ast.BinOp) and not name.isupper()
        if node in self.module.only_types or (alias and name[0].isupper()):
            self.use(node.value, self.module)
            return copy.deepcopy(node)
        if isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "TypeVar":
            self.use(node.value, self.module)
            return copy.deepcopy(node)
        value: ast.expr | None = node.value
        if isinstance(node.targets[0], ast.Tuple):
            names = [part.id for part in node.targets[0].elts if isinstance(part, ast.Name)]
            parts = node.value.elts if isinstance(node.value, ast.Tuple) else [None] * len(names)
            value = parts[names.index(name)]
        found = self.type_of(value, Scope(self.module)) if value is not None else None
        return declared(name, self.taken(found))

    def taken(self, found: Typed | None) -> ast.expr:
        """A type, with its names made known here; Any where it is not known."""
        found = found or Typed(ANY, self.module)
        self.use(found.node, found.module)
        return found.node

    def function_stub(self, node: ast.FunctionDef, module: Module) -> ast.FunctionDef:
        """A signature with types, short defaults and the docstring."""
        options = patch_of(node)
        stub = copy.deepcopy(node)
        stub.decorator_list = []
        for decorator in node.decorator_list:
            name = ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator)
            if name in KEPT:
                stub.decorator_list.append(decorator)
                self.use(decorator, module)
        if options is not None:
            added = {"as_prop": "property", "cls_method": "classmethod", "set_prop": "property"}
            stub.decorator_list += [ast.Name(added[option]) for option in sorted(options)]
            stub.args.args[0].annotation = None
        arguments = stub.args
        arguments.defaults = [
            d if is_constant(d) else ast.Constant(...) for d in arguments.defaults
        ]
        arguments.kw_defaults = [
            None if d is None else d if is_constant(d) else ast.Constant(...)
            for d in arguments.kw_defaults
        ]
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [extra for extra in (arguments.vararg, arguments.kwarg) if extra]
        for argument in every:
            if argument.annotation:
                self.use(argument.annotation, module)
        if stub.returns:
            self.use(stub.returns, module)
        doc = ast.get_docstring(node)
        stub.body = [ast.Expr(ast.Constant(doc if doc else ...))]
        return stub

    def class_stub(self, node: ast.ClassDef) -> ast.ClassDef:
        """A class with its fields, its own methods, those of `@patch`, and what methods set."""
        stub = ast.ClassDef(node.name, node.bases, node.keywords, [], [], type_params=[])
        for base in [*node.bases, *(keyword.value for keyword in node.keywords)]:
            self.use(base, self.module)
        for decorator in node.decorator_list:
            if ast.unparse(decorator).partition("(")[0] in KEPT:
                stub.decorator_list.append(decorator)
                self.use(decorator, self.module)
        doc = ast.get_docstring(node)
        if doc:
            stub.body.append(ast.Expr(ast.Constant(doc)))
        members = [part for part in node.body if isinstance(part, ast.FunctionDef)]
        methods = [(self.module, part) for part in members]
        methods += self.module.patches.get(node.name, [])
        stub.body += self.fields(node)
        stub.body += self.attributes(node, methods)
        for module, method in methods:
            dunder = method.name.startswith("__") and method.name.endswith("__")
            if dunder or not method.name.startswith("_"):
                stub.body.append(self.function_stub(method, module))
        stub.body = stub.body or [ast.Expr(ast.Constant(...))]
        return stub

    def fields(self, node: ast.ClassDef) -> Iterator[ast.stmt]:
        """What stands in the class itself; of a field its type, and whether it has a default."""
        enum = any("Enum" in ast.unparse(base) for base in node.bases)
        for part in node.body:
            if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                annotation = part.annotation
                if part.target.id in SELDOM_NONE.get(node.name, ()):
                    annotation = (
                        ast.parse(ast.unparse(annotation).replace("None", "Any")).body[0].value
                    )
                    self.use(ANY, self.module)
                self.use(annotation, self.module)
                default = ast.Constant(...) if part.value is not None else None
                yield declared(part.target.id, annotation, default)
            elif isinstance(part, ast.Assign):
                for name in (t.id for t in part.targets if isinstance(t, ast.Name)):
                    if enum:
                        yield part
                    elif not name.startswith("_"):
                        found = self.type_of(part.value, Scope(self.module))
                        yield declared(name, self.taken(found))

    def setters(
        self, node: ast.ClassDef, methods: list[tuple[Module, ast.FunctionDef]]
    ) -> Iterator[tuple[Module, ast.FunctionDef, str]]:
        """Methods, and the room's functions that are given an object of the class, by which
        name."""
        for module, method in methods:
            if method.args.args and method.name != "__setstate__":
                yield module, method, method.args.args[0].arg
        for function in self.module.definitions.values():
            if isinstance(function, ast.FunctionDef):
                for argument in function.args.args:
                    if argument.annotation and ast.unparse(argument.annotation) == node.name:
                        yield self.module, function, argument.arg

    def attributes(
        self, node: ast.ClassDef, methods: list[tuple[Module, ast.FunctionDef]]
    ) -> Iterator[ast.stmt]:
        """Attributes that are set on its objects, with the first type that can be read
        somewhere."""
        inside = {name for part in node.body for name in names_of(part)}
        inside |= {method.name for _, method in methods} | self.inherited(node)
        found: dict[str, Typed | None] = {}
        for module, function, me in self.setters(node, methods):
            scope = Scope(module, function, node.name, self.module)
            for statement in ast.walk(function):
                for target, value, annotation in assigned(statement):
                    if (
                        isinstance(target, ast.Attribute)
                        and ast.unparse(target.value) == me
                        and not target.attr.startswith("_")
                        and target.attr not in inside
                    ):
                        seen = Typed(annotation, module) if annotation else None
                        seen = seen or (self.type_of(value, scope) if value is not None else None)
                        found[target.attr] = found.get(target.attr) or seen
        for name, seen in found.items():
            yield declared(name, self.taken(seen))

    def inherited(self, node: ast.ClassDef) -> set[str]:
        """Names that bases of the package define or set."""
        found: set[str] = set()
        for base in node.bases:
            place = resolve(self.modules, self.module, ast.unparse(base))
            if place and isinstance(definition := place[0].definitions[place[1]], ast.ClassDef):
                stub = Stub(self.modules, place[0]).class_stub(definition)
                found |= {name for part in stub.body for name in names_of(part)}
        return found

    def type_of(self, value: ast.expr, scope: "Scope", depth: int = 0) -> Typed | None:
        """The type of an expression, where it can be read from annotations."""
        if depth > 6:
            return None
        if isinstance(value, ast.Constant):
            name = type(value.value).__name__
            return None if name in ("NoneType", "ellipsis") else Typed(ast.Name(name), scope.module)
        if isinstance(value, ast.UnaryOp):
            return self.type_of(value.operand, scope, depth + 1)
        if isinstance(value, ast.Tuple) and value.elts:
            parts = [self.type_of(part, scope, depth + 1) for part in value.elts]
            known = [part.node for part in parts if part]
            if len(known) == len(parts) and len({part.module.name for part in parts if part}) == 1:
                inner = known[0] if len(known) == 1 else ast.Tuple(known)
                return Typed(ast.Subscript(ast.Name("tuple"), inner), parts[0].module)
            return None
        if isinstance(value, ast.Name):
            return scope.variable(self, value.id, depth)
        if isinstance(value, ast.Call):
            return self.type_of_call(value, scope, depth)
        if isinstance(value, ast.Attribute):
            return self.member(value, scope, depth)
        return None

    def type_of_call(self, call: ast.Call, scope: "Scope", depth: int) -> Typed | None:
        """A class makes its instance, a function what it says that it returns."""
        if isinstance(call.func, ast.Name):
            if call.func.id in ("int", "float", "str", "bool"):
                return Typed(ast.Name(call.func.id), scope.module)
            place = resolve(self.modules, scope.module, call.func.id)
            if not place:
                return None
            definition = place[0].definitions[place[1]]
            if isinstance(definition, ast.ClassDef):
                return Typed(ast.Name(place[1]), place[0])
            if isinstance(definition, ast.FunctionDef) and definition.returns:
                return Typed(definition.returns, place[0])
            return None
        if isinstance(call.func, ast.Attribute):
            return self.member(call.func, scope, depth)
        return None

    def member(self, value: ast.Attribute, scope: "Scope", depth: int) -> Typed | None:
        """What a field holds, or what a method returns, of an object whose class is known."""
        owner = self.type_of(value.value, scope, depth + 1)
        if owner is None and isinstance(value.value, ast.Name):
            place = resolve(self.modules, scope.module, value.value.id)
            owner = Typed(ast.Name(place[1]), place[0]) if place else None
        if owner is None or not isinstance(owner.node, ast.Name):
            return None
        place = resolve(self.modules, owner.module, owner.node.id)
        if not place or not isinstance(definition := place[0].definitions[place[1]], ast.ClassDef):
            return None
        for part in definition.body:
            if isinstance(part, ast.AnnAssign) and ast.unparse(part.target) == value.attr:
                return Typed(part.annotation, place[0])
            if isinstance(part, ast.FunctionDef) and part.name == value.attr and part.returns:
                return Typed(part.returns, place[0])
        for module, method in place[0].patches.get(place[1], []):
            if method.name == value.attr and method.returns:
                return Typed(method.returns, module)
        return None

    def text(self) -> str:
        """All of it, imports first."""
        for name in self.module.definitions:
            if not name.startswith("_"):
                self.emit(name)
        order = list(self.module.definitions)
        self.body.sort(key=lambda node: order.index(names_of(node)[0]))
        exported = self.module.definitions.get("__all__")
        head = [exported] if exported else []
        code = ast.unparse(
            ast.fix_missing_locations(ast.Module([*self.import_lines(), *head, *self.body], []))
        )
        return HEADER + code + "\n"

    def import_lines(self) -> list[ast.stmt]:
        """Absolute for others' packages, relative within ours."""
        lines: list[ast.stmt] = []
        for local, (origin, name) in sorted(
            self.needed.items(), key=lambda item: (item[1][0], item[0])
        ):
            alias = ast.alias(name or origin, None if local == (name or origin) else local)
            if name is None:
                lines.append(ast.Import([alias]))
            elif origin.startswith(PACKAGE):
                depth = self.module.name.count(".") + 1
                inner = origin.removeprefix(PACKAGE).lstrip(".")
                lines.append(ast.ImportFrom(inner or None, [alias], depth))
            else:
                lines.append(ast.ImportFrom(origin, [alias], 0))
        return lines


@dataclass
class Scope:
    """Where an expression stands: a module, and perhaps a method of a class."""

    module: Module
    function: ast.FunctionDef | None = None
    owner: str = ""
    home: Module | None = None

    def variable(self, stub: Stub, name: str, depth: int) -> Typed | None:
        """The type of a parameter, of a local variable that is set once, or of a constant."""
        if self.function is None:
            return None
        arguments = self.function.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        untyped_self = every and every[0].annotation is None
        if untyped_self and name == every[0].arg and self.owner and self.home:
            return Typed(ast.Name(self.owner), self.home)
        for argument in every:
            if argument.arg == name:
                return Typed(argument.annotation, self.module) if argument.annotation else None
        for statement in ast.walk(self.function):
            for target, value, annotation in assigned(statement):
                if isinstance(target, ast.Name) and target.id == name:
                    if annotation:
                        return Typed(annotation, self.module)
                    return stub.type_of(value, self, depth + 1) if value is not None else None
        return None


def assigned(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr | None, ast.expr | None]]:
    """(target, value, annotation) of a statement; of a pair that is unpacked one by one."""
    if isinstance(node, ast.AnnAssign):
        yield node.target, node.value, node.annotation
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Tuple):
                values = listed(node.value) or [None] * len(target.elts)
                yield from ((part, value, None) for part, value in zip(target.elts, values))
            else:
                yield target, node.value, None
    elif isinstance(node, ast.For | ast.With | ast.NamedExpr):
        return


def listed(value: ast.expr) -> list[ast.expr]:
    """The parts of a tuple; `*[part] * 4` in it stands for four."""
    parts: list[ast.expr] = []
    for part in value.elts if isinstance(value, ast.Tuple) else []:
        repeated = part.value if isinstance(part, ast.Starred) else None
        if isinstance(repeated, ast.BinOp) and isinstance(repeated.left, ast.List):
            parts += repeated.left.elts * ast.literal_eval(repeated.right)
        else:
            parts.append(part)
    return parts


def names_of(node: ast.AST) -> list[str]:
    """What a statement of a module or a class defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.AnnAssign):
        return [ast.unparse(node.target)]
    if isinstance(node, ast.Assign):
        return [part.id for t in node.targets for part in ast.walk(t) if isinstance(part, ast.Name)]
    return []


def declared(name: str, annotation: ast.expr, default: ast.expr | None = None) -> ast.AnnAssign:
    """`name: annotation`, with a default or without."""
    return ast.AnnAssign(ast.Name(name), annotation, default, 1)


def stubs() -> dict[Path, str]:
    """File -> its text, before it is formatted."""
    modules = read_modules()
    return {
        LIBRARY / (name.replace(".", "/") + ".pyi"): Stub(modules, module).text()
        for name, module in modules.items()
        if not name.startswith(("experiments.", "benchmarks."))
    }


def meaning(text: str) -> tuple[set[tuple], list[str]]:
    """What a stub says, however it is formatted and its imports are sorted."""
    imports, rest = set(), []
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = (getattr(node, "module", None), getattr(node, "level", 0))
            imports |= {(alias.name, alias.asname, *module) for alias in node.names}
        else:
            rest.append(ast.dump(_with_plain_docstrings(node)))
    return imports, rest


def _with_plain_docstrings(tree: ast.AST) -> ast.AST:
    """The formatter indents the later lines of docstrings."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str() as text)):
                node.value.value = inspect.cleandoc(text)
    return tree


def outdated(made: dict[Path, str]) -> list[str]:
    """Stubs that say something else, are missing, or have no module any more."""
    found = [
        path
        for path, text in made.items()
        if not path.exists() or meaning(path.read_text(encoding="utf-8")) != meaning(text)
    ]
    others = {path for path in LIBRARY.rglob("*.pyi") if path.name != "__init__.pyi"} - {*made}
    return sorted(str(path.relative_to(LIBRARY.parent)) for path in [*found, *others])


def main() -> None:
    """Writes or checks."""
    made = stubs()
    if "--check" in sys.argv:
        if late := outdated(made):
            raise SystemExit(f"run docs/make_stubs.py, for these are not up to date: {late}")
        return
    for name in outdated(made):
        (LIBRARY.parent / name).unlink(missing_ok=True)
    new = [path for path in made if not path.exists()]
    for path in new:
        path.write_text(made[path], encoding="utf-8")
    if new:
        subprocess.run(
            ["ruff", "check", "-q", "--fix", "--select", "I", *map(str, new)], check=True
        )
        subprocess.run(["ruff", "format", "-q", *map(str, new)], check=True)


if __name__ == "__main__":
    main()
