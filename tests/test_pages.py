"""Pages for readers: public names only, no test machinery in sight, links to files that are
there."""

import ast
import json
import re
from pathlib import Path

import pytest

import scaling_values

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted(
    file for file in (ROOT / "nbs").glob("*.ipynb") if not re.match(r"\d", file.name)
)
PAGES = sorted((ROOT / "docs" / "pages").glob("*.md"))
HIDDEN = re.compile(r"^#\| *(hide|echo: *false)", re.M)
FENCED = re.compile(r"```python\n(.*?)```", re.S)


def cells(notebook: Path, kind: str) -> list[str]:
    found = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in found if cell["cell_type"] == kind]


def shown_code(notebook: Path) -> list[str]:
    """Visible cells, and code that stands in prose."""
    visible = [code for code in cells(notebook, "code") if not HIDDEN.search(code)]
    return visible + [code for text in cells(notebook, "markdown") for code in FENCED.findall(text)]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda file: file.stem)
def test_pages_import_public_names(notebook):
    imports = [
        node
        for code in shown_code(notebook)
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ImportFrom) and node.module == "scaling_values"
    ]
    names = {alias.name for node in imports for alias in node.names}
    assert names <= set(scaling_values.__all__)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda file: file.stem)
def test_pages_show_no_tests(notebook):
    for code in shown_code(notebook):
        assert not re.search(r"\b(assert|expect_fail|test_eq|test_close|fastcore)\b", code)


@pytest.mark.parametrize("file", [*NOTEBOOKS, *PAGES], ids=lambda file: file.stem)
def test_links_between_pages_lead_to_files(file):
    text = (
        "\n".join(cells(file, "markdown")) if file.suffix == ".ipynb" else file.read_text("utf-8")
    )
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        made = link == "sample_report.html"  # by the build
        assert made or (file.parent / link).exists(), f"{file.name}: {link} is not there"


def test_readme_is_short_and_has_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.count("\n```sh\n") == 2
    assert len(text.split()) < 1500
