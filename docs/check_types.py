"""Types, checked by mypy: the stubs, what readers are shown, and calls that are wrong on purpose.

Checked are the package's stubs, README.md's Python, the visible code of the chapters that people
read first, and `tests/typed/calls.py`, whose wrong lines are marked. Settings are in `mypy.ini`.
Run it from anywhere:

    python docs/check_types.py
"""

import ast
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ["index", "45_fitting", "51_selection", "52_uses", "522_labels"]
CALLS = ROOT / "tests" / "typed" / "calls.py"
HIDDEN = re.compile(r"^#\|\s*(export|exporti|exports|hide)\b", re.M)
MADE_HERE = re.compile(r"^#\|\s*default_exp (\S+)", re.M)
IMPORTS = re.compile(r"\s*(from|import) ")
ERROR = re.compile(r"^(?P<file>[^:\n]+):(?P<line>\d+): error: (?P<text>.*?)  \[(?P<code>[\w-]+)\]$")
# Options that are kept in a dict and passed by ** are objects to mypy, which knows no more of them.
# Lessons may look into private names, which stand in no stub.
FORGIVEN = re.compile(r'has incompatible type "\*\*dict\[str, |^Name "_\w+" is not defined')


def readme() -> str:
    """The Python of README.md, block after block."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S))


def known_in(code: str) -> str:
    """The imports of an exported cell, but of private names, which stand in no stub."""
    lines = []
    for node in ast.parse(code).body:
        if isinstance(node, ast.Import):
            lines.append(ast.unparse(node))
        elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
            names = [alias for alias in node.names if not alias.name.startswith("_")]
            if names:
                lines.append(ast.unparse(ast.ImportFrom(node.module, names, node.level)))
    return "\n".join(lines)


def defined_in(room: str) -> str:
    """An import of all that a room's stub defines, which is what a chapter has defined itself."""
    stub = ROOT / "scaling_values" / (room.replace(".", "/") + ".pyi")
    names = re.findall(r"^(?:class |def )?(\w+)(?=[(:])", stub.read_text("utf-8"), re.M)
    public = sorted({name for name in names if not name.startswith("_")})
    return f"from scaling_values.{room} import " + ", ".join(public)


def visible(chapter: str) -> str:
    """A chapter's lessons, after the names that it defines; hidden cells only where they import."""
    book = json.loads((ROOT / "nbs" / f"{chapter}.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(c["source"]) for c in book["cells"] if c["cell_type"] == "code"]
    room = next((found[1] for cell in cells if (found := MADE_HERE.search(cell))), None)
    parts = [defined_in(room)] if room else []
    for cell in cells:
        code = re.sub(r"^(#\||[%!]).*\n?", "", cell, flags=re.M)
        if not HIDDEN.search(cell):
            parts.append(code)
        elif IMPORTS.match(code):
            parts.append(known_in(code))
    return "\n".join(parts)


def write(folder: Path) -> list[Path]:
    """Everything that readers are shown, as files."""
    made = {"readme": readme(), **{f"chapter_{name}": visible(name) for name in CHAPTERS}}
    for name, code in made.items():
        (folder / f"{name}.py").write_text(code + "\n", encoding="utf-8")
    return [folder / f"{name}.py" for name in made]


def expected() -> set[tuple[str, int, str]]:
    """The marked errors: file, line, code."""
    lines = CALLS.read_text(encoding="utf-8").splitlines()
    marks = [(i, re.search(r"# wrong: ([\w-]+)$", line)) for i, line in enumerate(lines, 1)]
    return {(CALLS.name, i, mark[1]) for i, mark in marks if mark}


def main() -> None:
    """Runs mypy once; what it says must be what the marks say."""
    stubs = [str(path) for path in sorted((ROOT / "scaling_values").rglob("*.pyi"))]
    with tempfile.TemporaryDirectory() as folder:
        files = write(Path(folder))
        command = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--no-color-output"]
        command += ["--hide-error-context", "--no-error-summary", "--show-absolute-path"]
        command += [
            "--cache-dir",
            str(Path(folder) / "cache"),
            *stubs,
            str(CALLS),
            *map(str, files),
        ]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        sources = {path.name: path.read_text(encoding="utf-8").splitlines() for path in files}
    found, wrong = set(), []
    for line in run.stdout.splitlines():
        error = ERROR.match(line)
        if not error or FORGIVEN.search(error["text"]):
            continue
        place = (Path(error["file"]).name, int(error["line"]), error["code"])
        found.add(place)
        if place not in expected():
            shown = sources.get(place[0])
            wrong.append(line + (f"\n    {shown[place[1] - 1].strip()}" if shown else ""))
    missed = [
        f"{CALLS.name}:{i}: mypy finds no error {code!r}" for _, i, code in expected() - found
    ]
    if wrong or missed or run.stderr.strip():
        raise SystemExit("\n".join([*wrong, *sorted(missed), run.stderr]))
    print(f"types: {len(stubs)} stubs, {len(files)} texts, {len(expected())} wrong calls found")


if __name__ == "__main__":
    main()
