"""The rules of the house: notebooks and library in sync, rooms in order, names, types, light
outputs."""

import ast
import base64
import inspect
import json
import re
import shutil
import subprocess
import sys
import warnings
from importlib import import_module
from pathlib import Path
from runpy import run_path

import pytest

import scaling_values

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "nbs").glob("*.ipynb"))
LIBRARY = ROOT / "scaling_values"
NAMES = run_path(str(ROOT / "docs" / "public_names.py"))
STUBS = run_path(str(ROOT / "docs" / "make_stubs.py"))
PICTURES = run_path(str(ROOT / "docs" / "light_pictures.py"))


def cells(notebook: Path) -> list[dict]:
    return json.loads(notebook.read_text(encoding="utf-8"))["cells"]


def source(cell: dict) -> str:
    return "".join(cell["source"])


def rooms() -> dict[str, Path]:
    """Module -> its notebook."""
    found = {}
    for notebook in NOTEBOOKS:
        names = [
            m[1]
            for cell in cells(notebook)
            if (m := re.search(r"^#\| default_exp (\S+)", source(cell), re.M))
        ]
        if names:
            found[names[0]] = notebook
    return found


ROOMS = rooms()


def module_file(room: str) -> Path:
    return LIBRARY / (room.replace(".", "/") + ".py")


def test_every_module_comes_from_a_notebook():
    modules = {
        str(path.relative_to(LIBRARY).with_suffix("")).replace("/", ".")
        for path in LIBRARY.rglob("*.py")
    }
    assert {name for name in modules if not name.endswith("__init__") and name != "_modidx"} == set(
        ROOMS
    )


def test_export_changes_nothing(tmp_path):
    copy = tmp_path / "repo"
    copy.mkdir()
    for name in ("settings.ini", "setup.py", "nbs", "scaling_values"):
        origin = ROOT / name
        shutil.copytree(origin, copy / name) if origin.is_dir() else shutil.copy(
            origin, copy / name
        )
    subprocess.run(
        [sys.executable, "-c", "from nbdev.doclinks import nbdev_export; nbdev_export()"],
        cwd=copy,
        check=True,
    )
    for room in ROOMS:
        assert (copy / module_file(room).relative_to(ROOT)).read_text() == module_file(
            room
        ).read_text(), f"{room} differs from its notebook: run nbdev_export"


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_lower_rooms(room):
    place = [*ROOMS].index(room)
    tree = ast.parse(module_file(room).read_text())
    depth = room.count(".") + 1
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.level:
            target = ".".join([*room.split(".")[: depth - node.level], node.module or ""]).strip(
                "."
            )
        elif (node.module or "").startswith("scaling_values."):
            target = node.module.removeprefix("scaling_values.")
        else:
            continue
        assert target in ROOMS and [*ROOMS].index(target) < place, (
            f"{room} imports {target}, which is not below it"
        )
        assert not (room.startswith("estimators") and target.startswith("engines")), (
            f"{room} imports an engine"
        )


def test_the_top_shows_few_names():
    assert len(scaling_values.__all__) <= 40
    assert {*scaling_values.__all__, "engines", "theory", "__version__"} <= {*dir(scaling_values)}
    assert not {"METRICS", "support", "benchmarks"} & {*dir(scaling_values)}
    with pytest.raises(AttributeError, match="no attribute 'fit_lawz'"):
        _ = scaling_values.fit_lawz


def test_a_public_name_has_one_meaning():
    """Whoever shows it, and it is one that its room hands on."""
    meant = {}
    for place, names in NAMES["faces"]().items():
        assert not place.startswith(("scaling_values.experiments", "scaling_values.benchmarks"))
        for name in names:
            value = getattr(import_module(place), name)
            assert meant.setdefault(name, value) is value, f"{place}.{name} is another one"
            assert not name.startswith("_"), f"{place} shows {name}"
    for package, names in NAMES["faces"]().items():
        folder = LIBRARY / package.removeprefix("scaling_values").strip(".")
        if folder.is_dir():
            for name, room in NAMES["listed"](folder / "__init__.pyi").items():
                module = import_module(room, package)
                assert room == f".{name}" or name in module.__all__, f"{room} keeps {name}"
            assert import_module(package).__all__ == sorted(names)


def test_old_imports_warn_once_and_say_where_the_name_is():
    public = NAMES["public_names"]()
    for name, place in scaling_values._MOVED.items():
        vars(scaling_values).pop(name, None)
        place = f"scaling_values.{place}"
        with pytest.warns(DeprecationWarning, match=f"`from {place} import {name}`$") as told:
            value = getattr(scaling_values, name)
        assert value is getattr(import_module(place), name)
        assert [warning.filename for warning in told] == [__file__]
        assert public.get(name, place) == place, f"{name} has a better place: {public[name]}"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        from scaling_values.metrics import METRICS  # noqa: F401  (it has just been warned of)


def test_stubs_are_up_to_date():
    assert not STUBS["outdated"](STUBS["stubs"]()), "run docs/make_stubs.py"


def public_functions():
    for room in ROOMS:
        module = import_module(f"scaling_values.{room}")
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isfunction(thing):
                yield f"{room}.{name}", thing
            elif inspect.isclass(thing):
                for method, function in vars(thing).items():
                    function = (
                        getattr(function, "fget", None)
                        or getattr(function, "__func__", None)
                        or getattr(function, "func", function)
                    )
                    written = (
                        inspect.isfunction(function)
                        and function.__module__.startswith("scaling_values")
                        and not method.startswith("_")
                    )
                    if written or (
                        method == "__init__"
                        and inspect.isfunction(function)
                        and function.__code__.co_filename.startswith(str(LIBRARY))
                    ):
                        yield f"{room}.{name}.{method}", function


@pytest.mark.parametrize(
    "name, function",
    list(public_functions()),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_public_functions_have_types_and_a_docstring(name, function):
    function = inspect.unwrap(function)
    signature = inspect.signature(function)
    untyped = [
        p.name
        for p in signature.parameters.values()
        if p.annotation is p.empty and p.name not in ("self", "cls")
    ]
    assert not untyped, f"{name} lacks types for {untyped}"
    assert signature.return_annotation is not signature.empty, f"{name} lacks a return type"
    trivial = (
        name.endswith("__init__") or name.startswith("engines.base.Engine.") or function.__doc__
    )
    properties = name.split(".")[-1] in ("classes", "mu", "standard_error", "bends", "shared")
    assert trivial or properties, f"{name} lacks a docstring"


def test_an_equation_has_a_name_of_its_own():
    """A docstring that says "Eq. K1" means one equation of the house."""
    tags = [
        tag
        for notebook in NOTEBOOKS
        for cell in cells(notebook)
        for tag in re.findall(r"\\tag\{(\w+)\}", source(cell))
    ]
    assert len(tags) > 20 and len(set(tags)) == len(tags), sorted(tags)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)
def test_pictures_are_light_and_their_letters_large_enough(notebook):
    """A screen shows half the dots per inch of a picture; letters of 8 points need 70 of them."""
    for picture in PICTURES["pictures"](notebook.read_text(encoding="utf-8")):
        png = base64.b64decode(picture)
        assert PICTURES["is_light"](png), "run docs/light_pictures.py"
        dots = PICTURES["dots_per_inch"](png)
        assert not dots or dots > 140, f"drawn with {dots / 2:.0f} dots per inch: leave dpi out"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_light_and_clean(notebook):
    for i, cell in enumerate(cells(notebook)):
        if cell["cell_type"] != "code":
            continue
        outputs = cell.get("outputs", [])
        assert len(json.dumps(outputs)) < 100_000, (
            f"cell {i} stores {len(json.dumps(outputs))} bytes of output"
        )
        assert not any(out["output_type"] == "error" for out in outputs), (
            f"cell {i} stores an error"
        )
        assert cell["execution_count"] is None and not cell["metadata"], (
            f"cell {i} is not clean: run nbdev_clean"
        )
        if source(cell).startswith("#| export"):
            assert source(cell).count("\n") < 90, (
                f"cell {i} exports {source(cell).count(chr(10)) + 1} lines: grow it in steps"
            )
        if re.search(r"^(import|from) ", source(cell), re.M):
            rest = [
                line
                for line in source(cell).splitlines()
                if line.strip() and not re.match(r"(import|from|#|\)|    [\w, ]+,?$)", line)
            ]
            assert not rest, f"cell {i} mixes imports with {rest[0]!r}"


def test_import_is_quick_since_it_loads_no_other_package():
    code = (
        "import sys; before = set(sys.modules); import scaling_values; "
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before} - "
        "sys.stdlib_module_names)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert loaded == ["scaling_values"]


def test_commands_start_without_torch():
    """It takes seconds to load, and help or an error needs none."""
    subprocess.run(
        [sys.executable, "-c", "import scaling_values.cli, sys; assert 'torch' not in sys.modules"],
        check=True,
    )
