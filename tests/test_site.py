"""What docs/build_site.py refuses to put on a page, what it adds, and how it mends formulas."""

import importlib.util
import json
import runpy
import shutil
import struct
import subprocess
import sys
import zlib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

for needed in ("yaml", "latex2mathml", "pygments"):
    pytest.importorskip(needed)
spec = importlib.util.spec_from_file_location(
    "build_site", Path(__file__).parent.parent / "docs" / "build_site.py"
)
site = importlib.util.module_from_spec(spec)
sys.modules["build_site"] = site
spec.loader.exec_module(site)
entries = site.reference


def cell(source, kind="code", **directives):
    outputs = directives.pop("outputs", [])
    number = directives.pop("number", 1)
    named = {name.replace("_", "-"): value for name, value in directives.items()}
    return site.Cell(number, kind, source, named, outputs)


def chapter(*cells, module="scaling_values.small"):
    for number, each in enumerate(cells):
        each.number = number
    found = site.Chapter("90_small", "small", {"title": "Small"}, list(cells), Path("small"))
    found.module = module
    return found


# Formulas


def test_no_line_begins_with_an_inline_formula():
    text = site.math(
        "The parameters are\n$x$ and\n  $y$ too.\n\n$z$ begins a paragraph.\n\n"
        "# Heading\n$u$ below.\n\n```\n$not$ math\n```\n"
    )
    site.check_lines(text, "page")
    assert text.startswith("The parameters are <math") and "\n```\n$not$ math\n" in text
    assert text.count("\n\n") == 3 and "# Heading\n<span>" in text  # four blocks as before
    with pytest.raises(SystemExit, match="page: a line begins"):
        site.check_lines('Text\n<math display="inline"></math>', "page")


def test_a_numbered_formula_has_an_anchor_and_shows_its_number():
    shown = site.math(r"So $$a = b \tag{C7}$$ holds.")
    assert 'id="eq-c7"' in shown and ">(C7)</a>" in shown and "tag" not in shown


def test_formulas_break_at_wide_spaces_and_long_ones_at_relations():
    long = "+".join(f"x_{{{i}}}" for i in range(15))
    pieces = site.formula_pieces(rf"f(a = b) = {long} \qquad \text{{so}} \quad c = d")
    assert [kind for kind, _ in pieces] == ["first", "next", "apart", "apart"]
    assert pieces[0][1].strip() == "f(a = b)" and pieces[1][1].startswith("= ")
    assert pieces[3][1].strip() == "c = d"  # short: stays whole


# Links


def names_of(*chapters):
    return site.Names({each.stem: each for each in chapters})


def test_links_to_symbols_stand_where_they_help():
    laws = site.read_notebook(site.NOTEBOOKS / "00_laws.ipynb")
    other = chapter(cell("text", "markdown"))
    names = names_of(laws, other)
    assert site.links("A `ScalingLaws` is public; `ScalingLaws` again.", other, names) == (
        "A [`ScalingLaws`](laws.md#scalinglaws) is public; `ScalingLaws` again."
    )
    assert site.links("[as `ScalingLaws` says](00_laws.ipynb)", other, names) == (
        "[as `ScalingLaws` says](laws.md)"
    )
    assert site.links("[see](../../nbs/00_laws.ipynb#x)", other, names) == "[see](laws.md#x)"
    for code in ("```python\na  # a `ScalingLaws`\n```", "# `ScalingLaws`", "`nothing`"):
        assert site.links(code, other, names) == code
    with pytest.raises(SystemExit, match="leads to 99_gone.ipynb"):
        site.links("[x](99_gone.ipynb)", other, names)


def test_numbers_of_equations_are_links():
    near = chapter(cell(r"$$a \tag{C1}$$", "markdown"), cell(r"$$b \tag{9}$$", "markdown"))
    far = chapter(cell("", "markdown"))
    far.stem, far.url = "10_far", "far"
    names = names_of(near, far)
    assert site.links("By (C1), and Eq. C1.", far, names) == (
        "By [(C1)](small.md#eq-c1), and [Eq. C1](small.md#eq-c1)."
    )
    for text in ("Eq. 9 is the paper's", "(C2) is unknown", "`(C1)` is code", "$(C1)$"):
        assert site.links(text, far, names) == text


def test_a_dead_link_is_named(tmp_path):
    (tmp_path / "a.html").write_text('<a href="b.html#here">x</a><a href="https://x.y/z">y</a>')
    (tmp_path / "b.html").write_text('<h2 id="here"></h2><code>href="none.html"</code>')
    assert site.check_links(tmp_path) == 1
    (tmp_path / "a.html").write_text('<a href="b.html#gone">x</a> <img src=none.png>')
    with pytest.raises(SystemExit, match=r"(?s)a.html: b.html#gone.*a.html: none.png"):
        site.check_links(tmp_path)


# Navigation and search


def test_every_page_has_one_place():
    tabs = [{"Home": "index"}, {"Guide": [{"Part": [{"Law": "00_laws"}]}, {"Other": "b"}]}]
    pages = {"index": "index.md", "00_laws": "laws.md", "b": "b.md"}
    assert site.navigation(tabs, pages) == [
        {"Home": "index.md"},
        {"Guide": [{"Part": [{"Law": "laws.md"}]}, {"Other": "b.md"}]},
    ]
    assert site.titles(tabs) == {"index": "Home", "00_laws": "Law", "b": "Other"}
    with pytest.raises(SystemExit, match="95_new: in no section"):
        site.navigation(tabs, pages | {"95_new": "new.md"})
    with pytest.raises(SystemExit, match="names b: no page"):
        site.navigation(tabs, {"index": "index.md", "00_laws": "laws.md"})
    with pytest.raises(SystemExit, match="names b twice"):
        site.navigation([*tabs, {"More": "b"}], pages)


def test_the_plan_names_all_notebooks_and_pages():
    files = [*site.NOTEBOOKS.glob("*.ipynb"), *site.PAGES.rglob("*.md")]
    stems = {file.stem for file in files} | {"api"} | {Path(name).stem for name in site.ROOT_PAGES}
    plan = site.plan()
    site.navigation(plan["tabs"], {stem: stem for stem in stems})
    named = {stem for order in plan["reading"].values() for stem in order}
    assert named | set(plan["search"]) | set(plan["queries"].values()) <= stems


def test_a_search_that_finds_nothing_is_named(tmp_path):
    (tmp_path / "search").mkdir()
    docs = [dict(location="labels.html#a", title="Labels", text="<p>Also: mislabeled rows</p>")]
    (tmp_path / "search" / "search_index.json").write_text(json.dumps(dict(docs=docs)))
    urls = {"522_labels": "labels", "00_laws": "laws"}
    assert site.check_search(tmp_path, {"mislabel": "522_labels"}, urls) == 1
    with pytest.raises(SystemExit, match="'noisy' does not find labels.html"):
        site.check_search(tmp_path, {"noisy": "522_labels"}, urls)


# Outputs


def shown_output(out, alt="A picture of laws"):
    return site.output(out, "page-1-0", alt, "images", Path())


@pytest.mark.parametrize(
    "text",
    [
        "/usr/lib/python3/site-packages/x.py:1: note",
        "UserWarning: clipped",
        f"see {site.sys.prefix}/bin",
    ],
)
def test_warnings_and_paths_are_refused(text):
    with pytest.raises(SystemExit, match="silence the warning"):
        shown_output(dict(output_type="stream", text=[text]))


def test_other_streams_are_shown():
    assert "41 rows" in shown_output(dict(output_type="stream", text=["41 rows\n"]))


def test_a_picture_says_what_it_shows():
    before = "## Laws\n\nEach **point** has a law, $\\psi_k(z)$, of [its own](x.ipynb). Dots:"
    assert site.alt_text("", before).startswith("Each point has a law, psi_k(z), of its own")
    assert site.alt_text("Two lines cross.", before) == "Two lines cross."
    for alt in ("", "Figure"):
        with pytest.raises(SystemExit, match="fig-alt"):
            site.check_alt(alt, "page-1-0")


def test_every_picture_of_the_site_is_checked(tmp_path):
    page = tmp_path / "a.html"
    page.write_text('<img alt="Laws" src="a.png">')
    assert site.check_pictures(tmp_path) == 1
    page.write_text("<img src=a.png>")
    with pytest.raises(SystemExit, match="a.html"):
        site.check_pictures(tmp_path)


def test_a_retina_picture_is_shown_at_half_its_pixels(tmp_path):
    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    for per_metre, width in ((7874, 460), (2835, 920)):
        head = chunk(b"IHDR", struct.pack(">IIBBBBB", 920, 10, 8, 2, 0, 0, 0)) + chunk(
            b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)
        )
        (tmp_path / "p.png").write_bytes(b"\x89PNG\r\n\x1a\n" + head)
        assert site.width_of(tmp_path / "p.png") == f'width="{width}"'


def test_code_in_a_lead():
    assert site.inline_code("run `a < b` & go") == "run <code>a &lt; b</code> &amp; go"


# The code of a page


def page_of(*cells):
    return site.page_code(chapter(*cells))


def test_imports_of_what_visible_cells_use():
    code = page_of(
        cell("import numpy as np\nimport pandas as pd", export=""),
        cell("from scaling_values.laws import ScalingLaws, _tail", export=""),
        cell("def double(x):\n    return 2 * x", export=""),
        cell("from fastcore.test import test_eq"),
        cell("FACTOR = 3\nunused = 4", hide=""),
        cell("test_eq(double(np.ones(2))[0] * FACTOR, 6)\nlaws: ScalingLaws = None\n_tail"),
    )
    imports, setup = code.preamble()
    assert imports.splitlines() == [
        "import numpy as np",
        "from fastcore.test import test_eq",
        "",
        "from scaling_values import ScalingLaws",
        "from scaling_values.laws import _tail",
        "from scaling_values.small import double",
    ]
    assert setup == "FACTOR = 3\nunused = 4"
    code.check()
    assert code.code().startswith("import numpy as np\n") and code.code().count("FACTOR") == 2


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("x = y + 1", ["y"]),
        ("x = x + 1", ["x"]),
        ("[a for a in b if a > c]", ["b", "c"]),
        ("for i in range(3):\n    j = i\nj", []),
        ("def f(n):\n    return g(n) + later\n\nlater = 1", ["g"]),
        ("%time f = 1\nf", ["f"]),
        ("lines = [(w := len(line)) + w for line in ['a']]\nw", []),
        ("with open('f') as file:\n    file.read()", []),
        ("display(1)", []),  # imported from IPython
    ],
)
def test_undefined_names(source, missing):
    code = page_of(cell(source))
    if not missing:
        code.check()
        return
    with pytest.raises(SystemExit, match=", ".join(rf"{name} \(cell 0\)" for name in missing)):
        code.check()


def test_pages_run_as_they_are_shown(capsys):
    run = site.run({"good": "from pathlib import Path\nPath('a').write_text('b')\n"})
    assert list(run) == ["good"] and not Path("a").exists()
    with pytest.raises(SystemExit, match="bad: '1 / 0' fails as the page shows it: ZeroDivision"):
        site.run({"bad": "x = 1\n1 / 0\n"})


def blocks_of(*cells):
    each = chapter(*cells)
    for i, part in enumerate(cells):
        if part.exported:
            each.entries[i] = entries.definitions(part.source, each.module)
    return site.blocks_of(each, names_of(each), "images", Path(), "https://git")


def test_exported_code_stands_folded_below_its_introduction():
    kinds = [
        (block.kind, block.text)
        for block in blocks_of(
            cell("Twice as much:", "markdown"),
            cell("def double(x):\n    return 2 * x", export=""),
            cell("def _half(x):\n    return x / 2", exporti=""),
            cell("import os", export=""),
            cell("double(2)"),
        )
    ]
    assert [kind for kind, _ in kinds] == ["prose", "entry", "source", "entry", "source"] + [
        "imports",
        "code",
    ]
    assert "Source: <code>double</code>" in kinds[2][1] and kinds[2][1].startswith("<details")


def test_an_introduction_to_nothing_is_named():
    hidden = cell("x = 1", hide="")
    for text in ("The second table:", "Text.\n\n## A heading"):
        with pytest.raises(SystemExit, match="nothing is shown below"):
            site.check_introductions(blocks_of(cell(text, "markdown"), hidden), "page")
    for cells in (
        [cell("All is said.", "markdown"), hidden],
        [cell("The second table:", "markdown"), cell("x = 1")],
        [cell("## A heading", "markdown"), cell("Text.", "markdown"), hidden],
    ):
        site.check_introductions(blocks_of(*cells), "page")


# Entries


def entry(source):
    return entries.definitions(source, "scaling_values.small")[0]


FUNCTION = '''
def weigh(
    # (n, d) what is weighed,
    # in kilograms
    X: np.ndarray,
    *sizes: int,
    unit: str | None = None,  # `kg`, if None
) -> pd.Series:  # (n,) weights
    """Weigh all rows. Quickly.

    More.
    """
'''


def test_parameters_are_a_table():
    shown = entries.render(entry(FUNCTION), "https://git#L3", "page")
    assert entries.signature_text(entry(FUNCTION)) == "weigh(X, *sizes, unit=None) -> pd.Series"
    assert "<td>(n, d) what is weighed, in kilograms</td>" in shown
    assert "<td><code>None</code></td><td><code>kg</code>, if None</td>" in shown
    assert "<em>returns</em></th><td><code>pd.Series</code></td>" in shown
    assert "{ #weigh .entry }" in shown and "](https://git#L3)" in shown
    assert "from scaling_values.small import weigh" in shown
    assert entry(FUNCTION).summary == "Weigh all rows."


def test_fields_methods_and_members_are_shown():
    fields = entry("class Row(NamedTuple):\n    place: int = 0  # in the pool")
    assert fields.arguments[0].meaning == "in the pool"
    protocol = entry(
        "class Engine(Protocol):\n    name: str  # short\n"
        "    def seconds(self, n: int) -> float:\n        'A price.'"
    )
    shown = entries.render(protocol, "u", "page")
    assert entries.signature_text(protocol) == "class Engine(Protocol)"
    assert "seconds(n) " in shown and "A price." in shown and "<td>short</td>" in shown
    status = entry("class Status(IntEnum):\n    absent = 0  # in the draw")
    assert "in the draw" in entries.render(status, "u", "page")
    method = entry("@patch\ndef top(self: ScalingLaws, n: int = 3) -> int: ...")
    assert method.name == "ScalingLaws.top" and entries.signature_text(method) == (
        "ScalingLaws.top(n=3) -> int"
    )
    prop = entry("@patch(as_prop=True)\ndef sizes(self: ScalingLaws): ...")
    assert entries.signature_text(prop) == "ScalingLaws.sizes"


def test_a_class_takes_parameters_from_its_base():
    base = entry("class Base:\n    def __init__(self, utility: Utility):  # what\n        pass")
    child = entries.with_inherited(entry("class Child(Base): ..."), {"Base": base})
    assert entries.signature_text(child) == "Child(utility)"


def test_long_signatures_wrap_and_clipped_ones_are_named():
    many = ", ".join(f"parameter_{i}: int = {i}" for i in range(12))
    long = entry(f"def f({many}, default='{'x' * 40}'): ...")
    text = entries.signature_text(long)
    assert max(map(len, text.splitlines())) <= entries.COLUMNS and "default=..." in text
    entries.check_signature(long, text, "page")
    with pytest.raises(SystemExit, match="page: the signature of f is clipped"):
        entries.check_signature(long, text.replace("\n", ""), "page")
    with pytest.raises(SystemExit, match="lacks parameter_11"):
        entries.check_signature(long, text.replace("parameter_11", "etc"), "page")


def test_registries_show_their_rows():
    found = entries.definitions(
        (site.ROOT / "scaling_values" / "engines" / "base.py").read_text("utf-8"),
        "scaling_values.engines.base",
    )
    registry = next(each for each in found if each.name == "ENGINES")
    assert entries.is_registry(registry)
    assert "<th><code>svm</code></th><td>SVMEngine</td>" in entries.registry_table(registry)


def test_every_public_name_has_a_place_to_import_from_and_a_line():
    faces = entries.faces()
    for name, module in faces["scaling_values"].items():
        assert entries.import_from(module, name) == "scaling_values"
    assert entries.import_from("scaling_values.laws", "_tail") == "scaling_values.laws"
    chapters = {stem: site.read_notebook(site.NOTEBOOKS / f"{stem}.ipynb") for stem in ("00_laws",)}
    laws = {"scaling_values": {"ScalingLaws": "scaling_values.laws"}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entries, "faces", lambda: laws)
        shown = site.api_page(chapters)
    assert '<a href="laws.html#scalinglaws"><code>ScalingLaws</code></a>' in shown


def test_entries_lead_to_their_definitions():
    laws = site.read_notebook(site.NOTEBOOKS / "00_laws.ipynb")
    lines = (site.ROOT / "scaling_values" / "laws.py").read_text("utf-8").splitlines()
    found = list(laws.all_entries())
    assert len(found) > 5
    for each in found:
        own = each.name.rpartition(".")[2]
        assert lines[each.line - 1].lstrip().startswith((f"def {own}(", f"class {own}"))


def test_nbdev_is_told_where_the_symbols_are(monkeypatch):
    """Other tools of nbdev find the symbols by this entry point."""
    setuptools, told = pytest.importorskip("setuptools"), {}
    monkeypatch.setattr(setuptools, "setup", lambda **arguments: told.update(arguments))
    monkeypatch.chdir(site.ROOT)
    runpy.run_path("setup.py")
    name, value = told["entry_points"]["nbdev"][0].split("=")
    index = EntryPoint(name, value, "nbdev").load()
    assert (
        name == "scaling_values"
        and "scaling_values.laws.ScalingLaws" in index["syms"]["scaling_values.laws"]
    )


# Numbers of results


def check_results(*notebooks):
    """What the check of results prints about notebooks, in a process of its own, since they
    change what a process shows and draws."""
    return subprocess.run(
        [sys.executable, site.ROOT / "docs" / "check_results.py", *notebooks],
        capture_output=True,
        text=True,
    )


def test_a_number_that_is_not_that_of_the_results_is_named(tmp_path):
    pytest.importorskip("execnb")
    (tmp_path / "results").symlink_to(site.ROOT / "results")
    (tmp_path / "nbs").mkdir()
    notebook = Path(shutil.copy(site.ROOT / "nbs" / "83_likelihood_speed.ipynb", tmp_path / "nbs"))
    stored = notebook.read_text()
    number = str(
        json.loads((site.ROOT / "results" / "bench_likelihood.json").read_text())["rows"][-1][
            "times_paper"
        ]
    )
    assert stored.count(f">{number}<") == 1
    notebook.write_text(stored.replace(f">{number}<", ">1569.5<"))
    done = check_results(
        site.ROOT / "nbs" / notebook.name, notebook
    )  # of the first, which is right, nothing is said
    said = done.stderr.splitlines()
    assert (
        done.returncode == 1
        and len(said) == 2
        and f"cell 19: 1569.5 is stored where {number} is found, and 0 more" in said[0]
    )


def test_all_that_comes_after_results_is_run_unless_it_says_that_it_computes(tmp_path):
    pytest.importorskip("execnb")
    (tmp_path / "results").mkdir()
    (tmp_path / "nbs").mkdir()
    (tmp_path / "results" / "runs.json").write_text("[1.5, 2.5]")
    (tmp_path / "results" / "new.png").write_bytes(b"drawn anew")
    old = dict(
        data={"image/png": "b2xk", "text/plain": "<IPython.core.display.Image object>"},
        output_type="execute_result",
    )

    def shown(text):
        return [dict(data={"text/plain": text}, output_type="execute_result")]

    def code(source, outputs=()):
        return dict(cell_type="code", source=source, outputs=list(outputs))

    cells = [
        code("#| export\nimport json"),
        code("1 / 0  # computed, above the results"),
        code("from pathlib import Path\nfrom IPython.display import Image"),
        dict(cell_type="markdown", source="From ../results:"),
        code("runs = json.loads(Path('../results/runs.json').read_text())\nruns[0]", shown("1.5")),
        code("#| computes: a fit\n1 / 0"),
        code("sum(runs)", shown("5.0")),
        code("Image('../results/new.png')", [old]),
        code("#| computes:\nno_reason", shown("given")),
    ]
    notebook = tmp_path / "nbs" / "70_small.ipynb"
    notebook.write_text(json.dumps(dict(cells=cells)))
    lines = check_results(notebook).stderr.splitlines()
    assert (
        lines[0] == "70_small.ipynb, cell 6: 5.0 is stored where 4.0 is found, and 0 more like this"
    )
    assert lines[1].startswith("70_small.ipynb, cell 7: picture ")
    assert (
        lines[2] == "70_small.ipynb, cell 8: NameError: name 'no_reason' is not defined"
        and len(lines) == 4
    )
