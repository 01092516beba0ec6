"""What docs/build_site.py refuses to put on a page, and how it mends formulas."""

import importlib.util
import struct
import zlib
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("build_site", Path(__file__).parent.parent / "docs" / "build_site.py")
for needed in ("yaml", "latex2mathml", "nbdev"):
    pytest.importorskip(needed)
site = importlib.util.module_from_spec(spec)
spec.loader.exec_module(site)


def test_no_line_begins_with_an_inline_formula():
    text = site.math("The parameters are\n$x$ and\n  $y$ too.\n\n$z$ begins a paragraph.\n\n# Heading\n$u$ below.\n\n```\n$not$ math\n```\n")
    site.check_lines(text, "page")
    assert text.startswith("The parameters are <math") and "\n```\n$not$ math\n" in text
    assert text.count("\n\n") == 3 and "# Heading\n<span>" in text  # four blocks as before
    with pytest.raises(SystemExit, match="page: a line begins"):
        site.check_lines('Text\n<math display="inline"></math>', "page")


@pytest.mark.parametrize("text", ["/usr/lib/python3/site-packages/x.py:1: note", "UserWarning: clipped", f"see {site.sys.prefix}/bin"])
def test_warnings_and_paths_are_refused(text):
    with pytest.raises(SystemExit, match="silence the warning"):
        site.output(dict(output_type="stream", text=[text]), "page-1-0", True, "images", Path(), {})


def test_other_streams_are_shown():
    assert "41 rows" in site.output(dict(output_type="stream", text=["41 rows\n"]), "page-1-0", True, "images", Path(), {})


def test_every_page_is_in_a_section_in_order():
    files = [Path(name) for name in ("000_support.ipynb", "23_svm.ipynb", "221_many.ipynb", "22_two.ipynb", "index.ipynb")]
    pages = {file.stem: f"{file.stem}.md" for file in files}
    found = site.navigation(files, pages, {stem: stem for stem in pages})
    assert found == [{"Home": "index.md"}, {"Engines": [{stem: pages[stem]} for stem in ("22_two", "221_many", "23_svm")]}, {"Support": [{"000_support": "000_support.md"}]}]
    with pytest.raises(SystemExit, match="95_new"):
        site.navigation([*files, Path("95_new.ipynb")], pages | {"95_new": "new.md"}, {})


def test_a_retina_picture_is_shown_at_half_its_pixels(tmp_path):
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    for per_metre, width in ((7874, 460), (2835, 920)):
        head = chunk(b"IHDR", struct.pack(">IIBBBBB", 920, 10, 8, 2, 0, 0, 0)) + chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1))
        (tmp_path / "p.png").write_bytes(b"\x89PNG\r\n\x1a\n" + head)
        assert site.width_of(tmp_path / "p.png") == f'width="{width}"'


def test_code_in_a_lead():
    assert site.inline_code("run `a < b` & go") == "run <code>a &lt; b</code> &amp; go"


def test_named_tuples_show_their_fields():
    shown = site.reference("### HeldLearners\n\n```python\ndef HeldLearners(\n    *args, **kwargs\n):\n```")
    assert "{ #heldlearners }" in shown and "class HeldLearners(NamedTuple):\n    base: BaseEstimator  # to train on D" in shown
