"""Do the notebooks still show what the files in results/ say? Runs the cells that read them, and
compares what they print with what is stored.

In a notebook, everything from the first cell on that mentions `../results` is run, after the
imports
and the exported code above it. A cell there that computes for long, or measures time, is left out
only if it says so, with the reason:

    #| computes: thirty simulated populations, fitted here

Tables and text are compared word by word. Of pictures, those are compared that are files of
results/figures; drawn ones are not, since a plotting library's next version draws them a little
differently. `docs/build_site.py --check` runs this; alone it is

    python docs/check_results.py             # a line for each difference
    python docs/check_results.py NOTEBOOK    # for some notebooks only
"""

import ast
import json
import re
import sys
from contextlib import chdir
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path
from typing import Any

from execnb.shell import CaptureShell

NOTEBOOKS = Path(__file__).resolve().parent.parent / "nbs"
COMPUTES = re.compile(r"^#\|\s*computes:[ \t]*\S", re.M)


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def reads_results(cell: dict[str, Any]) -> bool:
    return cell["cell_type"] == "code" and "../results" in source(cell) and not is_library(cell)


def is_library(cell: dict[str, Any]) -> bool:
    """Whether a cell's code is exported, or consists of imports: what all later cells may need."""
    if source(cell).startswith("#| export"):
        return True
    return all(
        isinstance(line, ast.Import | ast.ImportFrom) for line in ast.parse(source(cell)).body
    )


def to_run(cells: list[dict[str, Any]]) -> list[tuple[int, bool]]:
    """The cells to run, and whether each one's output is compared.

    Empty where nothing is read from results/.
    """
    first = next((i for i, cell in enumerate(cells) if reads_results(cell)), len(cells))
    code = [
        (i, cell)
        for i, cell in enumerate(cells)
        if cell["cell_type"] == "code" and not COMPUTES.search(source(cell))
    ]
    return (
        [(i, i >= first) for i, cell in code if i >= first or is_library(cell)]
        if first < len(cells)
        else []
    )


def words(outputs: list[dict[str, Any]]) -> list[str]:
    """What outputs say, as words and numbers without tags and spaces.

    Of a picture from a file it is the file's hash.
    """
    said = []
    for out in outputs:
        data = {
            kind: "".join(text)
            for kind, text in out.get("data", {"text/plain": out.get("text", "")}).items()
        }
        plain = data.get("text/plain", "")
        if "image/png" not in data:
            said += re.sub(
                r"<style.*?</style>|<[^>]*>", " ", data.get("text/html", plain), flags=re.S
            ).split()
        elif plain.startswith("<IPython.core.display.Image"):
            said.append(f"picture {sha256(data['image/png'].strip().encode()).hexdigest()[:8]}")
    return said


def differences(notebook: Path) -> list[str]:
    """One line for every cell whose output is another than the stored one."""
    cells, found = json.loads(notebook.read_text(encoding="utf-8"))["cells"], []
    shell, place = CaptureShell(), notebook.name
    with chdir(notebook.parent):
        for i, compared in to_run(cells):
            outputs = shell.run(source(cells[i]))
            if shell.exc:
                return [*found, f"{place}, cell {i}: {type(shell.exc).__name__}: {shell.exc}"]
            pairs = zip_longest(words(cells[i]["outputs"]), words(outputs), fillvalue="nothing")
            changed = [(stored, now) for stored, now in pairs if stored != now] if compared else []
            if changed:
                stored, now = changed[0]
                found.append(
                    f"{place}, cell {i}: {stored} is stored where {now} is found, "
                    f"and {len(changed) - 1} more like this"
                )
    return found


def main() -> None:
    notebooks = [Path(name).resolve() for name in sys.argv[1:]] or sorted(NOTEBOOKS.glob("*.ipynb"))
    reading = [
        notebook
        for notebook in notebooks
        if any(map(reads_results, json.loads(notebook.read_text(encoding="utf-8"))["cells"]))
    ]
    found = [line for notebook in reading for line in differences(notebook)]
    if found:
        raise SystemExit(
            "\n".join(
                [
                    *found,
                    "run these notebooks again, "
                    "or say in the cell what it computes: #| computes: ...",
                ]
            )
        )
    print(f"{len(reading)} notebooks show what results/ says")


if __name__ == "__main__":
    main()
