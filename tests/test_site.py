"""What docs/build_site.py refuses to put on a page, and how it mends formulas."""

import importlib.util
import json
import runpy
import shutil
import struct
import subprocess
import sys
import zlib
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location(
    "build_site", Path(__file__).parent.parent / "docs" / "build_site.py"
)
for needed in ("yaml", "latex2mathml", "nbdev"):
    pytest.importorskip(needed)
site = importlib.util.module_from_spec(spec)
spec.loader.exec_module(site)


def test_no_line_begins_with_an_inline_formula():
    text = site.math(
        "The parameters are\n$x$ and\n  $y$ too.\n\n$z$ begins a paragraph.\n\n# Heading\n$u$ below.\n\n```\n$not$ math\n```\n"
    )
    site.check_lines(text, "page")
    assert text.startswith("The parameters are <math") and "\n```\n$not$ math\n" in text
    assert text.count("\n\n") == 3 and "# Heading\n<span>" in text  # four blocks as before
    with pytest.raises(SystemExit, match="page: a line begins"):
        site.check_lines('Text\n<math display="inline"></math>', "page")


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
        site.output(
            dict(output_type="stream", text=[text]), "page-1-0", True, "images", Path(), "page", {}
        )


def test_other_streams_are_shown():
    assert "41 rows" in site.output(
        dict(output_type="stream", text=["41 rows\n"]),
        "page-1-0",
        True,
        "images",
        Path(),
        "page",
        {},
    )


def test_every_page_is_in_a_section_in_order():
    files = [
        Path(name)
        for name in (
            "000_support.ipynb",
            "23_svm.ipynb",
            "221_many.ipynb",
            "22_two.ipynb",
            "index.ipynb",
        )
    ]
    pages = {file.stem: f"{file.stem}.md" for file in files}
    found = site.navigation(files, pages, {stem: stem for stem in pages})
    assert found == [
        {"Home": "index.md"},
        {"Engines": [{stem: pages[stem]} for stem in ("22_two", "221_many", "23_svm")]},
        {"Support": [{"000_support": "000_support.md"}]},
    ]
    with pytest.raises(SystemExit, match="95_new"):
        site.navigation([*files, Path("95_new.ipynb")], pages | {"95_new": "new.md"}, {})


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


def test_named_tuples_show_their_fields():
    shown = site.reference(
        "### HeldLearners\n\n```python\ndef HeldLearners(\n    *args, **kwargs\n):\n```"
    )
    assert (
        "{ #heldlearners }" in shown
        and "class HeldLearners(NamedTuple):\n    base: BaseEstimator  # to train on D" in shown
    )


def test_nbdev_is_told_where_the_symbols_are(monkeypatch):
    """Without this entry point no page has a link to a source; the package must be installed for nbdev to see it, so the declaration is read here."""
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


def entry(link, name):
    return site.reference(
        f"---\n\n{link}### {name}\n\n```python\ndef {name}(\n    a, # of `b`\n):\n```\n"
    )


def test_every_symbol_links_to_its_definition():
    index = import_module("scaling_values._modidx").d
    home, file = (
        "https://github.com/scaling-values/scaling_values/blob/main/",
        "scaling_values/laws.py",
    )
    lines = (site.ROOT / file).read_text().splitlines()

    def link(file, line):
        return f'[source]({home}{file}#L{line}){{target="_blank" style="float:right"}}\n\n'

    line = 1 + lines.index("class ScalingLaws:")
    right = entry(link(file, line), "ScalingLaws")
    assert (
        '{class="source"}' in right
        and site.check_sources(
            right + entry(link(file, 1 + lines.index("def power_law(")), "power_law"), "laws", index
        )
        == 2
    )
    for wrong, message in (
        ("", "no link.*install"),
        (link("scaling_values/theory.py", line), "is defined in scaling_values/laws.py"),
        (link(file, line + 1), f"line {line + 1}"),
        (link(file, "None"), "None"),
    ):
        with pytest.raises(SystemExit, match=message):
            site.check_sources(entry(wrong, "ScalingLaws"), "laws", index)


def test_links_to_symbols_stand_where_they_help():
    pages = {"00_laws": "laws.md", "50_valuation": "valuation.md"}

    def link(name, page):
        return f"[`{name}`](https://scaling-values.github.io/scaling_values/{page}.html#{name.lower()})"

    def shown(text):
        return site.links(text, "50_valuation", pages)

    assert (
        shown(f"A {link('ScalingLaws', 'laws')} is public.")
        == "A [`ScalingLaws`](laws.md#scalinglaws) is public."
    )
    assert (
        shown(f"{link('_halves', 'valuation')} is here.")
        == "[`_halves`](valuation.md#_halves) is here."
    )
    assert (
        shown(f"{link('refit', 'theory_checks')} is a method.") == "`refit` is a method."
    )  # and not that page's function
    assert (
        shown(f"[as {link('ScalingLaws', 'laws')} says](00_laws.ipynb)")
        == "[as `ScalingLaws` says](laws.md)"
    )
    code = "```python\na, # a `ScalingLaws`\n```"
    assert shown(code.replace("`ScalingLaws`", link("ScalingLaws", "laws"))) == code


def check_results(*notebooks):
    """What the check of results prints about notebooks, in a process of its own, since they change what a process shows and draws."""
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
        and f"83_likelihood_speed.ipynb, cell 19: 1569.5 is stored where {number} is found, and 0 more"
        in said[0]
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
