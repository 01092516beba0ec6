"""Build the site, and README.md, from the notebooks; needs neither Quarto nor a network.

Cells become Markdown for mkdocs-material, and formulas MathML, so that pages need no script from
elsewhere. Exported code is shown folded below the prose that introduces it, with a reference entry
for each public definition; the imports that a page's visible code needs stand at its top.
`docs/navigation.yml` says which page stands where, and what searches must find it.

From the repository's root:

    python docs/build_site.py            # README.md, and the site in _site/
    python docs/build_site.py --check    # and an error if README.md or a number of results/ is old
    python docs/build_site.py --run      # no site: run what Get started, Tutorials and README show
    python docs/build_site.py --run laws # or what the named pages show

The build ends with an error at: a page without a place, a place without a page, a dead link, a
picture without a text, a clipped signature, visible code that uses undefined names, an introduction
with nothing below it, and a search of docs/navigation.yml that does not find its page.
"""

import base64
import html
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from configparser import ConfigParser
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from latex2mathml.converter import convert

sys.path.insert(0, str(Path(__file__).resolve().parent))

import entries as reference  # noqa: E402
from visible_code import (  # noqa: E402  # noqa: E402
    Page,
    defined_names,
    import_statements,
    is_import,
    only_imports,
    run,
    statements,
)

ROOT = Path(__file__).resolve().parent.parent
SOURCE, SITE, IMAGES = ROOT / "_site_src", ROOT / "_site", ROOT / "docs" / "images"
NOTEBOOKS, PAGES = ROOT / "nbs", ROOT / "docs" / "pages"
ROOT_PAGES = ("CHANGELOG.md", "CONTRIBUTING.md")  # of the repository, that the site carries
RUN_TABS = ("Get started", "Tutorials")  # whose visible code `--run` executes
CODE = re.compile(r"(^(?:```|~~~).*?^(?:```|~~~)$|`[^`\n]*`)", re.M | re.S)
FENCE = re.compile(r"(^(?:```|~~~).*?^(?:```|~~~)$)", re.M | re.S)
LINE_START = re.compile(r"^(?:[ \t]*)<math[^>]*display=\"inline\"", re.M)
NOISE = re.compile(r"site-packages|dist-packages|\w*Warning:|" + re.escape(sys.prefix))
WIDE_PICTURE = 560  # pixels: beyond, a telephone shows a part, and the rest by scrolling
FEW_LINES, LONG_LINE = 3, 100  # printed text wraps if it has so few lines, or so long ones
LONG_CELL = 40  # letters in a cell of a table: more are words rather than a label
LONG_PIECE = 26  # characters of a formula: longer pieces may break before a relation


def math(text: str) -> str:
    """TeX to MathML outside code; characters that Markdown would read are written as entities."""

    def mathml(tex: str, display: str) -> str:
        out = convert(tex.strip(), display=display)
        tags = re.split(r"(<[^>]*>)", out.replace(r"\_", "_"))
        unknown = re.search(r"\\[a-zA-Z]*", " ".join(part for part in tags if part[:1] != "<"))
        if unknown:
            raise SystemExit(f"{unknown[0]} in the formula {tex.strip()!r} is not known to MathML")
        return "".join(
            part
            if part.startswith("<")
            else re.sub(r"[*_\\|\[\]`]", lambda m: f"&#{ord(m[0])};", part)
            for part in tags
        )

    def display(m: re.Match) -> str:
        tex, number = without_tag(m[1])
        formula = "".join(
            f'<span class="{kind}">{mathml(piece, "block")}</span>'
            for kind, piece in formula_pieces(tex)
        )
        if number is None:
            return f'\n\n<div class="formula">{formula}</div>\n\n'
        label = f'<a class="number" href="#{equation_anchor(number)}">({number})</a>'
        where = f'id="{equation_anchor(number)}"'
        return f'\n\n<div class="formula" {where}>{formula}{label}</div>\n\n'

    parts = CODE.split(text)
    for i in range(0, len(parts), 2):
        parts[i] = re.sub(r"\$\$(.+?)\$\$", display, parts[i], flags=re.S)
        parts[i] = re.sub(
            r"(?<![\\$])\$([^$\n]+?(?:\n[^$\n]+?)?)\$(?!\d)",
            lambda m: mathml(m[1].replace("\n", " "), "inline"),
            parts[i],
        )
    # Markdown takes a line that begins with <math for a block of its own: such a line is joined
    # to its paragraph's line before.
    text = re.sub(
        r"^(?!#|\||```|~~~)(.*\S)[ \t]*\n[ \t]*(?=<math[^>]*display=\"inline\")",
        r"\1 ",
        "".join(parts),
        flags=re.M,
    )
    # At the beginning of a paragraph, or below a heading, there is none; there a tag that Markdown
    # does not take for a block goes first.
    return LINE_START.sub(lambda m: f"<span></span>{m[0].lstrip()}", text)


def without_tag(tex: str) -> tuple[str, str | None]:
    r"""A display formula without its \tag{...}, and the number that stands in it."""
    tag = re.search(r"\\tag\{([^}]*)\}", tex)
    return re.sub(r"\\tag\{[^}]*\}", "", tex), tag and tag[1]


def equation_anchor(number: str) -> str:
    return f"eq-{number.lower()}"


def formula_length(tex: str) -> int:
    """Roughly how many characters wide a formula is."""
    tex = re.sub(r"\\(?:text|mathrm|operatorname)\{([^}]*)\}", r"\1", tex)
    # What only places other things has no width of its own.
    tex = re.sub(r"\\(?:left|right|[dt]?frac|,|;|!|:)|[{}^_&\s]", "", tex)
    return len(re.sub(r"\\[a-zA-Z]+", "x", tex))


TEX = re.compile(r"\\[a-zA-Z]+|\\.|.", re.S)
OPENING = {"{", "(", "[", r"\left", r"\begin", r"\{"}
CLOSING = {"}", ")", "]", r"\right", r"\end", r"\}"}
QUADS = {r"\quad", r"\qquad"}
RELATIONS = {"=", r"\le", r"\ge", r"\leq", r"\geq", r"\approx", r"\preceq", r"\propto", r"\sim"}
RELATIONS |= {r"\Rightarrow", r"\Longrightarrow"}
SIGNS = {"+", "-"}


def split_formula(tex: str, marks: set[str]) -> list[tuple[str, str]]:
    """A formula cut before marks that stand outside of all brackets: (mark, what follows it)."""
    pieces, depth = [("", "")], 0
    for token in TEX.findall(tex):
        depth += (token in OPENING) - (token in CLOSING)
        if token in marks and depth == 0 and (pieces[-1][1].strip() or token in QUADS):
            pieces.append((token, ""))
        else:
            pieces[-1] = (pieces[-1][0], pieces[-1][1] + token)
    return pieces


def formula_pieces(tex: str) -> list[tuple[str, str]]:
    """A display formula as pieces that wrap where the page is narrow: (class, piece).

    It may break at wide spaces; long pieces also before relations, and still longer ones at signs.
    """
    pieces = []
    for mark, apart in split_formula(tex, QUADS):
        kind = "apart" if mark else "first"
        inner = [("", apart)]
        for most, marks in ((LONG_PIECE, RELATIONS), (2 * LONG_PIECE, SIGNS)):
            inner = [
                (cut or before, piece)
                for before, whole in inner
                for cut, piece in (
                    split_formula(whole, marks) if formula_length(whole) > most else [("", whole)]
                )
            ]
        for i, (cut, piece) in enumerate(inner):
            if piece.strip():
                pieces.append((kind if i == 0 else "next", f"{cut} {piece}" if cut else piece))
    return pieces


def check_lines(markdown: str, name: str) -> None:
    """An error where a line begins with an inline formula, which would tear its paragraph apart."""
    if LINE_START.search(markdown):
        raise SystemExit(f"{name}: a line begins with an inline formula")


def check_stream(text: str, name: str) -> None:
    """An error where a shown output has a warning or a path of this machine in it."""
    if found := NOISE.search(text):
        raise SystemExit(
            f"{name}: the output has {found[0]!r} in it: silence the warning in its cell, "
            "and run the notebook again"
        )


@dataclass
class Cell:
    """A cell of a notebook, with what its directives say."""

    number: int
    kind: str  # raw, markdown or code
    source: str  # without directives
    directives: dict[str, str]
    outputs: list[dict[str, Any]]

    @property
    def exported(self) -> bool:
        return bool({"export", "exporti", "exports"} & set(self.directives))

    @property
    def hidden(self) -> bool:
        return bool({"hide", "default_exp"} & set(self.directives)) or self._is("include", "false")

    @property
    def echo(self) -> bool:
        return not self._is("echo", "false")

    def _is(self, directive: str, value: str) -> bool:
        return self.directives.get(directive, "").strip().lower() == value


@dataclass
class Chapter:
    """A notebook, or a Markdown page, that becomes a page of the site."""

    stem: str  # of its file
    url: str  # of its page, without .html
    front: dict[str, Any]  # title, description and others
    cells: list[Cell]
    file: Path  # relative to the repository's root
    module: str = ""  # that it exports
    entries: dict[int, list[reference.Entry]] = field(default_factory=dict)  # by cell

    @property
    def title(self) -> str:
        return str(self.front.get("title", self.stem))

    def all_entries(self) -> Iterable[reference.Entry]:
        return (entry for found in self.entries.values() for entry in found)


def front_matter(source: str) -> dict[str, Any]:
    """Title, description and settings of a notebook's first cell, in nbdev's form or as YAML."""
    if source.startswith("---"):
        return yaml.safe_load(source.strip().strip("-")) or {}
    front: dict[str, Any] = {}
    for line in source.splitlines():
        if found := re.match(r"#\s+(.*)", line):
            front["title"] = found[1]
        elif found := re.match(r">\s+(.*)", line):
            front["description"] = f"{front.get('description', '')} {found[1]}".strip()
        elif found := re.match(r"-\s+([\w-]+):\s*(.*)", line):
            front[found[1]] = yaml.safe_load(found[2])
    return front


def read_cells(notebook: dict[str, Any]) -> list[Cell]:
    cells = []
    for number, cell in enumerate(notebook["cells"]):
        source, directives = "".join(cell["source"]), {}
        if cell["cell_type"] == "code":
            directives = dict(re.findall(r"^#\|[ \t]*([\w-]+):?[ \t]*(.*)$", source, re.M))
            source = re.sub(r"^#\|.*\n?", "", source, flags=re.M)
            source = re.sub(r"^.*#\|[ \t]*hide_line[ \t]*$\n?", "", source, flags=re.M).strip()
        kind, outputs = cell["cell_type"], cell.get("outputs", [])
        cells.append(Cell(number, kind, source, directives, outputs))
    return cells


def read_notebook(file: Path) -> Chapter:
    """A notebook with its definitions."""
    cells = read_cells(json.loads(file.read_text(encoding="utf-8")))
    front: dict[str, Any] = {}
    for cell in cells[:2]:
        is_front = cell.kind == "raw" or (
            cell.kind == "markdown" and cell.source.startswith("# ") and "title" not in front
        )
        if is_front:
            front |= front_matter(cell.source)
            cell.kind = "front"
    url = str(front.get("output-file", re.sub(r"^\d+\w*?_", "", file.stem)))
    chapter = Chapter(file.stem, url.removesuffix(".html"), front, cells, file.relative_to(ROOT))
    for cell in cells:
        if name := cell.directives.get("default_exp"):
            chapter.module = f"scaling_values.{name.strip()}"
    for cell in cells:
        if cell.kind == "code" and cell.exported and not cell.hidden:
            found = reference.definitions(cell.source, chapter.module)
            chapter.entries[cell.number] = [entry for entry in found if is_documented(entry, cell)]
    if chapter.module:
        lines = reference.definition_lines(chapter.module)
        for entry in chapter.all_entries():
            if entry.name not in lines:
                raise SystemExit(
                    f"{file.name}: {entry.name} is not in {chapter.module}: run nbdev_export"
                )
            entry.line = lines[entry.name]
    return chapter


def is_documented(entry: reference.Entry, cell: Cell) -> bool:
    """Whether a definition gets an entry of the reference."""
    own = entry.name.rpartition(".")[2]
    if "exporti" in cell.directives or entry.name.startswith("_"):
        return False
    if entry.kind == "constant":
        return reference.is_registry(entry)
    return not own.startswith("_") or own.startswith("__")


def read_page(file: Path) -> Chapter:
    """A Markdown page: YAML at its top, or a first heading, says its title."""
    text = file.read_text(encoding="utf-8")
    front: dict[str, Any] = {}
    if found := re.match(r"---\n(.*?)\n---\n", text, re.S):
        front, text = yaml.safe_load(found[1]) or {}, text[found.end() :]
    if "title" not in front and (found := re.match(r"\s*# (.*)\n", text)):
        front["title"], text = found[1], text[found.end() :]
        if found := re.match(r"\s*> (.*)\n", text):
            front["description"], text = found[1], text[found.end() :]
    cells = [Cell(0, "markdown", text.strip(), {}, [])]
    return Chapter(file.stem, file.stem.lower(), front, cells, file.relative_to(ROOT))


def read_all() -> dict[str, Chapter]:
    """All notebooks, and all Markdown pages, by stem."""
    chapters = [read_notebook(file) for file in sorted(NOTEBOOKS.glob("*.ipynb"))]
    pages = [*sorted(PAGES.rglob("*.md")), *(ROOT / name for name in ROOT_PAGES)]
    chapters += [read_page(file) for file in pages if file.exists()]
    taken: set[str] = set()
    for chapter in chapters:  # of two chapters of one name, the later one has its package's too
        if chapter.url in taken and chapter.module:
            chapter.url = "_".join(chapter.module.split(".")[1:])
        if chapter.url in taken:
            raise SystemExit(f"{chapter.file}: another page is {chapter.url}.html")
        taken.add(chapter.url)
    return {chapter.stem: chapter for chapter in chapters}


# Where pages stand


@cache
def plan() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docs" / "navigation.yml").read_text(encoding="utf-8"))


def stems_of(part: Any) -> list[str]:
    """The stems below a part of the navigation, in reading order."""
    if isinstance(part, str):
        return [part]
    values = part.values() if isinstance(part, dict) else part
    return [stem for value in values for stem in stems_of(value)]


def navigation(tabs: list[Any], pages: dict[str, str]) -> list[Any]:
    """The tabs with file names in place of stems; every page stands in one place, and only there.

    `pages` has the file name of each stem.
    """
    named = stems_of(tabs)
    if absent := [stem for stem in named if stem not in pages]:
        raise SystemExit(f"docs/navigation.yml names {', '.join(absent)}: no page has this stem")
    if twice := sorted({stem for stem in named if named.count(stem) > 1}):
        raise SystemExit(f"docs/navigation.yml names {', '.join(twice)} twice")
    if homeless := sorted(set(pages) - set(named)):
        raise SystemExit(
            f"{', '.join(homeless)}: in no section of docs/navigation.yml; "
            "add a line there, 'Title: stem'"
        )

    def with_files(part: Any) -> Any:
        if isinstance(part, str):
            return pages[part]
        if isinstance(part, dict):
            return {title: with_files(inner) for title, inner in part.items()}
        return [with_files(inner) for inner in part]

    return with_files(tabs)


def titles(part: Any) -> dict[str, str]:
    """stem -> its title in the navigation."""
    if isinstance(part, dict):
        return {
            stem: name
            for title, inner in part.items()
            for stem, name in ({inner: title} if isinstance(inner, str) else titles(inner)).items()
        }
    return {stem: name for inner in part for stem, name in titles(inner).items()}


# Links


class Names:
    """What prose can link to: definitions by name, equations by number."""

    def __init__(self, chapters: dict[str, Chapter]) -> None:
        self.pages = {stem: f"{chapter.url}.md" for stem, chapter in chapters.items()}
        self.public = {name for names in reference.faces().values() for name in names}
        self.entries: dict[str, list[tuple[str, str]]] = {}  # name -> pages and anchors
        self.equations: dict[str, list[str]] = {}  # number -> stems
        self.classes: dict[str, reference.Entry] = {}
        for chapter in chapters.values():
            for entry in chapter.all_entries():
                place = (chapter.url, entry.anchor)
                self.entries.setdefault(entry.name, []).append(place)
                if entry.kind == "class":
                    self.classes[entry.name] = entry
            for cell in chapter.cells:
                if cell.kind == "markdown":
                    for tex in re.findall(r"\$\$(.+?)\$\$", cell.source, re.S):
                        if number := without_tag(tex)[1]:
                            self.equations.setdefault(number, []).append(chapter.stem)

    def symbol(self, name: str, url: str) -> str | None:
        """The link of a name that stands on a page: to the page itself, or to a public name."""
        places = self.entries.get(name, [])
        here = [place for place in places if place[0] == url]
        public = name.partition(".")[0] in self.public
        chosen = here or (places if public and len(places) == 1 else [])
        return f"{chosen[0][0]}.md#{chosen[0][1]}" if chosen else None

    def equation(self, number: str, stem: str) -> str | None:
        """The link of a number that stands in a chapter: to itself, or to its neighbour."""
        stems = self.equations.get(number, [])
        if not number[:1].isalpha() or not stems:
            return None
        near = [other for other in stems if other == stem] or [
            other for other in stems if other[:1] == stem[:1]
        ]
        chosen = near or stems
        if len(chosen) > 1:
            return None
        return f"{self.pages[chosen[0]]}#{equation_anchor(number)}"


NOT_PROSE = re.compile(
    r"(^(?:```|~~~).*?^(?:```|~~~)$|^#[^\n]*$|\$\$.+?\$\$|!?\[[^\]]*\]\([^)]*\)|<[^>]+>)",
    re.M | re.S,
)
SYMBOL = re.compile(r"`(\w[\w.]*)(?:\(\))?`")
CITATION = re.compile(r"(?<![\w`$])((?:Eqs?\.~?\s*\(?)|\()([A-Z]\d{1,2})(\))?(?![\w`])")


def link_prose(text: str, chapter: Chapter, names: Names) -> str:
    """Links for names of the library and for numbers of equations, outside code and other links.

    A name is linked where it first stands.
    """
    linked = set()

    def symbol(m: re.Match) -> str:
        target = None if m[1] in linked else names.symbol(m[1], chapter.url)
        if target is None:
            return m[0]
        linked.add(m[1])
        return f"[{m[0]}]({target})"

    def citation(m: re.Match) -> str:
        target = names.equation(m[2], chapter.stem)
        if target is None:
            return m[0]
        before = m[1]
        return f"[{before}{m[2]}{m[3] or ''}]({target})"

    parts = NOT_PROSE.split(text)
    for i in range(0, len(parts), 2):
        pieces = re.split(r"(`[^`\n]*`|\$[^$\n]+\$)", parts[i])
        for j, piece in enumerate(pieces):
            if j % 2 == 0:
                pieces[j] = CITATION.sub(citation, piece)
            elif piece.startswith("`"):
                pieces[j] = SYMBOL.sub(symbol, piece)
        parts[i] = "".join(pieces)
    return "".join(parts)


def links(text: str, chapter: Chapter, names: Names) -> str:
    """Links between notebooks and pages as links between the site's pages."""

    def page_link(m: re.Match) -> str:
        stem = Path(m[1]).name
        if stem not in names.pages:
            raise SystemExit(f"{chapter.file}: a link leads to {m[1]}{m[2]}, which is no page")
        return f"]({names.pages[stem]}{m[3] or ''})"

    def written(m: re.Match) -> str:
        return page_link(m) if Path(m[1]).name in names.pages else m[0]

    text = re.sub(r"\]\(([\w./-]+)(\.ipynb)(#[^)]*)?\)", page_link, text)
    text = re.sub(r"\]\((?!https?:)([\w./-]+)(\.md)(#[^)]*)?\)", written, text)
    return link_prose(text, chapter, names)


# What stands on a page


@dataclass
class Block:
    """A piece of a page."""

    kind: str  # prose, imports, code, output, entry, source or nothing
    text: str
    cell: int = -1


def paragraphs(prose: str) -> list[str]:
    """The paragraphs of Markdown without headings, code and formulas of their own."""
    prose = re.sub(r"\$\$.+?\$\$", "", FENCE.sub("", prose), flags=re.S)
    parts = re.split(r"\n\s*\n", re.sub(r"^#+ .*$", "\n", prose, flags=re.M))
    return [part.strip() for part in parts if part.strip()]


def plain_text(markdown: str) -> str:
    """Markdown without its signs."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    text = re.sub(r"\$([^$]+)\$", lambda m: re.sub(r"[\\{}]|\\[,;!]", "", m[1]), text)
    text = re.sub(r"<[^>]+>|[*`|]|^[-+>]\s+|^\d+\.\s+", "", text, flags=re.M)
    return re.sub(r"\s+", " ", text).strip()


def alt_text(given: str, before: str) -> str:
    """What a picture shows: as the cell says, or the first sentence of the paragraph before it."""
    if given.strip():
        return given.strip().strip("\"'")
    near = paragraphs(before)
    if not near:
        return ""
    text = plain_text(near[-1])
    sentence = re.split(r"(?<=[.!?:])\s+(?=[A-Z\"(])", text)[0]
    return sentence.rstrip(" :")


def check_alt(alt: str, name: str) -> str:
    if alt in ("", "Figure"):
        raise SystemExit(
            f"{name}: a picture has no text that says what it shows: write '#| fig-alt: ...' "
            "in its cell, or a paragraph before it"
        )
    return alt


def output(out: dict[str, Any], name: str, alt: str, image_link: str, images: Path) -> str:
    """One output of a cell as Markdown; pictures go to files of their own."""
    if out["output_type"] == "stream":
        check_stream("".join(out["text"]), name)
        return text_output("".join(out["text"]))
    if out["output_type"] == "error":
        raise SystemExit(f"{name}: a stored error")
    data = {kind: "".join(value) for kind, value in out["data"].items()}
    if "text/markdown" in data:
        return data["text/markdown"]
    if "image/png" in data:
        images.mkdir(parents=True, exist_ok=True)
        (images / f"{name}.png").write_bytes(base64.b64decode(data["image/png"]))
        shown = re.sub(r"([\[\]\\])", r"\\\1", check_alt(alt, name))
        told = out.get("metadata", {}).get("image/png", {}).get("width")
        width = f'width="{told}"' if told else width_of(images / f"{name}.png")
        wide = " .wide" if int(re.search(r"\d+", width)[0]) > WIDE_PICTURE else ""
        return f"![{shown}]({image_link}/{name}.png){{ .figure{wide} {width} loading=lazy }}"
    if "text/html" in data and 'class="sk-' not in data["text/html"]:
        table = re.sub(r"<style scoped>.*?</style>", "", data["text/html"], flags=re.S)
        table = readable(table.replace(' border="1"', ""))
        return f'<div class="table" markdown="0">\n{table}\n</div>'
    return text_output(data.get("text/plain", ""))


def readable(table: str) -> str:
    """A table of pandas, whose columns of long words are marked, so that they begin at the left.

    Columns are counted from the right, because labels of groups of rows stand in the first row of
    their group only.
    """

    def is_long(cell: str) -> bool:
        return len(html.unescape(re.sub(r"<[^>]+>", "", cell)).strip()) > LONG_CELL

    words = {
        place
        for row in re.findall(r"<tr.*?</tr>", table, re.S)
        for place, cell in enumerate(re.findall(r"<td.*?</td>", row, re.S)[::-1])
        if is_long(cell)
    }

    def marked(row: re.Match[str]) -> str:
        parts = re.split(r"(<t[dh].*?</t[dh]>)", row[0], flags=re.S)
        titles = "<td" not in row[0] and "colspan" not in row[0]
        for place, i in enumerate(range(len(parts) - 2, 0, -2)):
            if (place in words) if parts[i].startswith("<td") or titles else is_long(parts[i]):
                parts[i] = f'{parts[i][:3]} class="words"{parts[i][3:]}'
        return "".join(parts)

    return re.sub(r"<tr.*?</tr>", marked, table, flags=re.S)


def text_output(text: str) -> str:
    """Printed text; sentences wrap, tables of many lines keep theirs."""
    lines = text.rstrip().split("\n")
    wraps = len(lines) <= FEW_LINES or max(map(len, lines)) > LONG_LINE
    return f"```{{ .text .output{' .wrap' if wraps else ''} }}\n{text.rstrip()}\n```"


def is_shown_import(cell: Cell, chapter: Chapter) -> bool:
    """Whether a cell's imports go to the top of the page: in chapters that make a module."""
    return bool(chapter.module) and not cell.exported and only_imports(cell.source)


def folded_source(cell: Cell, chapter: Chapter) -> str:
    """An exported cell, folded; empty where it only imports."""
    if only_imports(cell.source) or not statements(cell.source):
        return ""
    named = [
        name
        for statement in statements(cell.source)
        if not is_import(statement)
        for name in sorted(defined_names(statement))
    ]
    shown = [f"<code>{html.escape(name)}</code>" for name in dict.fromkeys(named)]
    label = ", ".join(shown[:4]) + (" and others" if len(shown) > 4 else "")
    return (
        f'<details class="source-code" data-search-exclude><summary>Source: {label}</summary>'
        f"{reference.python_html(cell.source)}</details>"
    )


def blocks_of(
    chapter: Chapter, names: Names, image_link: str, images: Path, url: str, full: bool = True
) -> list[Block]:
    """A chapter's cells as blocks; `full` shows what a README leaves out."""
    blocks: list[Block] = []
    before = str(chapter.front.get("description", ""))
    for cell in chapter.cells:
        if cell.kind == "markdown":
            blocks.append(Block("prose", links(cell.source, chapter, names), cell.number))
            before = cell.source if paragraphs(cell.source) else before
        if cell.kind != "code":
            continue
        if cell.hidden:
            blocks.append(Block("nothing", "", cell.number))
        elif cell.exported:
            blocks += exported_blocks(cell, chapter, names, url) if full else []
        elif is_shown_import(cell, chapter):
            blocks.append(Block("imports", "", cell.number))
        else:
            if cell.echo and cell.source:
                blocks.append(Block("code", f"```python\n{cell.source}\n```", cell.number))
            pictures = sum("image/png" in out.get("data", {}) for out in cell.outputs)
            shown = 0
            for j, out in enumerate(cell.outputs):
                is_picture = "image/png" in out.get("data", {})
                shown += is_picture
                alt = alt_text(cell.directives.get("fig-alt", ""), before)
                if is_picture and pictures > 1 and alt:
                    alt += f" ({shown} of {pictures})"
                name = f"{chapter.stem}-{cell.number}-{j}"
                text = output(out, name, alt, image_link, images)
                if "text/markdown" in out.get("data", {}):
                    text = links(text, chapter, names)
                blocks.append(Block("output", text, cell.number))
    return blocks


def exported_blocks(cell: Cell, chapter: Chapter, names: Names, url: str) -> list[Block]:
    """The reference entries of an exported cell, and its source."""

    def prose(text: str) -> str:
        return links(text, chapter, names)

    blocks = []
    for entry in chapter.entries.get(cell.number, []):
        where = f"{url}/blob/main/{chapter.module.replace('.', '/')}.py#L{entry.line}"
        shown = reference.with_inherited(entry, names.classes)
        text = reference.render(shown, where, chapter.stem, prose)
        blocks.append(Block("entry", text, cell.number))
    if source := folded_source(cell, chapter):
        blocks.append(Block("source", source, cell.number))
    if not blocks:
        blocks.append(Block("imports", "", cell.number))
    return blocks


def check_introductions(blocks: list[Block], name: str) -> None:
    """An error where prose introduces something that the page does not show.

    That is prose that ends with a colon, or with a heading, before nothing that is shown.
    """
    for i, block in enumerate(blocks):
        if block.kind != "prose" or (i + 1 < len(blocks) and blocks[i + 1].kind == "prose"):
            continue
        after = [other.kind for other in blocks[i + 1 :]]
        after = after[: after.index("prose")] if "prose" in after else after
        if any(kind not in ("nothing", "imports") for kind in after):
            continue
        last = block.text.rstrip().split("\n")[-1]
        if last.endswith(":") or re.match(r"#+ ", last):
            raise SystemExit(
                f"{name}, cell {block.cell}: nothing is shown below {plain_text(last)[-80:]!r}. "
                "Hide the text too, or show what it introduces"
            )


def page_code(chapter: Chapter) -> Page:
    """The code of a chapter, for the check of names and for running."""
    code = Page(str(chapter.file), chapter.module, reference.import_from)
    for cell in chapter.cells:
        if cell.kind == "markdown" and not chapter.module and chapter.file.suffix == ".md":
            for number, text in enumerate(
                re.findall(r"^```python[^\n]*\n(.*?)^```$", cell.source, re.M | re.S)
            ):
                code.visible.append((number, text))
        if cell.kind != "code" or "default_exp" in cell.directives:
            continue
        if cell.exported:
            for statement in statements(cell.source):
                code.imported |= import_statements(statement)
                if not is_import(statement):
                    code.exported |= defined_names(statement)
        elif is_shown_import(cell, chapter) or (
            (cell.hidden or not cell.echo) and only_imports(cell.source)
        ):
            for statement in statements(cell.source):
                code.imported |= import_statements(statement)
        elif cell.hidden or not cell.echo:
            code.hidden.append(cell.source)
        else:
            code.visible.append((cell.number, cell.source))
    return code


def imports_block(code: Page, chapter: Chapter) -> str:
    """The folded block at the top of a page: its imports, and the setup that is not shown."""
    imports, setup = code.preamble()
    patched = sorted(
        {entry.name.partition(".")[0] for entry in chapter.all_entries() if "." in entry.name}
        - {entry.name for entry in chapter.all_entries()}
    )
    if patched and code.visible:
        line = f"import {chapter.module}  # adds methods to {', '.join(patched)}"
        imports = f"{imports}\n{line}" if imports else line
    if not imports and not setup:
        return ""
    text = "Imports of this page" + (", and its setup" if setup else "")
    note = ""
    if any("../results" in source for _, source in code.visible):
        note = "<p>Cells that read <code>../results</code> run in the folder <code>nbs</code>.</p>"
    if "fastcore.test" in imports:
        note += (
            "<p>Functions of <code>fastcore.test</code> check what an example shows; "
            "your own code does not need them.</p>"
        )
    source = "\n\n".join(part for part in (imports, setup) if part)
    return (
        f'<details class="imports" data-search-exclude><summary>{text}</summary>{note}'
        f"{reference.python_html(source)}</details>"
    )


def notebook_links(chapter: Chapter, url: str) -> str:
    """Where a page's notebook is."""
    if chapter.file.suffix != ".ipynb":
        return ""
    file = chapter.file.name
    return (
        '<p class="notebook" data-search-exclude>'
        f'<a href="notebooks/{file}" download>Download this notebook</a> · '
        f'<a href="{url}/blob/main/nbs/{file}">Read it on GitHub</a></p>'
    )


def reading_orders(stem: str, chapters: dict[str, Chapter], shown: dict[str, str]) -> str:
    """The reading orders that a page belongs to, with links."""
    lines = []
    for reader, stems in plan().get("reading", {}).items():
        if stem not in stems:
            continue
        steps = [
            f"<strong>{shown[other]}</strong>"
            if other == stem
            else f'<a href="{chapters[other].url}.html">{shown[other]}</a>'
            for other in stems
        ]
        lines.append(f"{reader}: {' → '.join(steps)}")
    if not lines:
        return ""
    return f'<p class="reading" data-search-exclude>{"<br>".join(lines)}</p>'


def search_words(stem: str, front: dict[str, Any]) -> str:
    """What people type for this page, for the search alone."""
    words = [*plan().get("search", {}).get(stem, []), *front.get("search", [])]
    return f'<p class="search-words">Also: {html.escape(", ".join(words))}.</p>' if words else ""


def page(
    chapter: Chapter, chapters: dict[str, Chapter], names: Names, shown: dict[str, str], url: str
) -> str:
    """A chapter as a page of the site."""
    code = page_code(chapter)
    code.check()
    blocks = blocks_of(chapter, names, "images", SOURCE / "images", url)
    check_introductions(blocks, str(chapter.file))
    lead = ""
    if chapter.front.get("description"):
        lead = f'<p class="lead">{inline_code(str(chapter.front["description"]))}</p>'
    parts = [
        f"# {chapter.title}",
        lead,
        notebook_links(chapter, url),
        reading_orders(chapter.stem, chapters, shown),
        imports_block(code, chapter),
    ]
    for block in blocks:
        if block.kind in ("prose", "entry"):
            parts.append(math_outside_html(block.text))
        else:
            parts.append(block.text)
    parts.append(search_words(chapter.stem, chapter.front))
    text = "\n\n".join(part for part in parts if part) + "\n"
    check_lines(text, chapter.stem)
    return text


def math_outside_html(text: str) -> str:
    """Formulas of Markdown; lines that are HTML already (tables, code) stay as they are."""
    parts = re.split(
        r"(^<(?:div|table|p|details)\b.*?(?:</div>|</table>|</p>|</details>)$)",
        text,
        flags=re.M | re.S,
    )
    parts[::2] = [math(part) if part.strip() else part for part in parts[::2]]
    return "".join(parts)


def readme(chapter: Chapter, names: Names, home: str, url: str) -> str:
    """index.ipynb as README.md: formulas stay TeX, links go to the site."""
    blocks = blocks_of(chapter, names, "docs/images", IMAGES, url, full=False)
    lead = [f"# {chapter.title}", f"> {chapter.front['description']}"]
    text = "\n\n".join([*lead, *(block.text for block in blocks if block.text)])
    text = re.sub(
        r"\]\(([\w.]+)\.md(#[^)]*)?\)", lambda m: f"]({home}/{m[1]}.html{m[2] or ''})", text
    )
    text = text.replace("](sample_report.html)", f"]({home}/sample_report.html)")
    text = re.sub(r"\{ \.figure[^}]*\}", "", text)
    text = re.sub(r"```\{ \.text \.output[^}]*\}", "```text", text)
    return re.sub(r"^~~~", "```", text, flags=re.M) + "\n"


def api_page(chapters: dict[str, Chapter]) -> str:
    """Every public name, by the module that it is imported from, a line each."""
    entries = {
        (entry.module, entry.name): (chapter, entry)
        for chapter in chapters.values()
        for entry in chapter.all_entries()
    }
    told: set[tuple[str, str]] = set()
    parts = [
        "# API",
        '<p class="lead">Every public name, with the module that you import it from. '
        "A name leads to its entry: signature, parameters, source.</p>",
    ]
    faces = reference.faces()
    for face in sorted(faces, key=lambda name: (name.count("."), name)):
        rows = []
        for name, module in sorted(faces[face].items(), key=lambda pair: pair[0].lower()):
            if (module, name) in told:
                continue
            told.add((module, name))
            rows.append(api_row(face, name, module, entries, chapters))
        if rows:
            parts.append(f"## `{face}`")
            parts.append(f"`from {face} import ...`")
            parts.append(
                '<table class="parameters api"><thead><tr><th>name</th><th>what it is</th>'
                f"<th>page</th></tr></thead><tbody>{''.join(rows)}</tbody></table>"
            )
    return "\n\n".join(parts) + "\n"


def api_row(
    face: str,
    name: str,
    module: str,
    entries: dict[tuple[str, str], tuple[Chapter, reference.Entry]],
    chapters: dict[str, Chapter],
) -> str:
    """A name's line; a name without an entry leads to the page of its module."""
    if (module, name) in entries:
        chapter, entry = entries[module, name]
        target, summary = f"{chapter.url}.html#{entry.anchor}", entry.summary
        methods = sum(key[0:1] and key[1].startswith(f"{name}.") for key in entries)
        kind = f"class, {methods} methods" if methods else entry.kind
    else:
        homes = [chapter for chapter in chapters.values() if chapter.module == module]
        if not homes:
            raise SystemExit(f"API: {name} is defined in {module}, which no notebook exports")
        chapter, target, kind = homes[0], f"{homes[0].url}.html", "value"
        found = reference.definitions(reference.module_file(module).read_text("utf-8"), module)
        notes = [entry.doc for entry in found if entry.name == name]
        summary = reference.first_sentence(notes[0]) if notes and notes[0] else ""
    return (
        f'<tr><th><a href="{target}"><code>{name}</code></a> <small>{kind}</small></th>'
        f"<td>{inline_code(summary)}</td>"
        f'<td><a href="{chapter.url}.html">{html.escape(chapter.title)}</a></td></tr>'
    )


def inline_code(text: str) -> str:
    """Plain text as HTML, with what stands in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


# The built site


def check_links(site: Path) -> int:
    """How many links within the site lead somewhere; an error where one does not."""
    texts = {file.name: file.read_text(encoding="utf-8") for file in site.glob("*.html")}
    texts.pop("404.html", None)
    texts.pop("sample_report.html", None)
    ids = {name: set(re.findall(r"\bid=[\"']?([^\"'\s>]+)", text)) for name, text in texts.items()}
    count, dead = 0, []
    for name, text in texts.items():
        tags = "".join(re.findall(r"<(?:a|img|link|script)\b[^>]*>", text))
        for quoted, bare in set(re.findall(r"\b(?:href|src)=(?:\"([^\"]*)\"|([^\s\"'>]+))", tags)):
            target = html.unescape(quoted or bare)
            if re.match(r"[a-z]+:|//|$", target):
                continue
            count += 1
            file, _, anchor = target.partition("#")
            file = file.partition("?")[0] or name
            if file in (".", "./"):
                file = "index.html"
            if not (site / file).exists():
                dead.append(f"{name}: {target}")
            elif anchor and file in ids and anchor not in ids[file] and anchor != "__":
                dead.append(f"{name}: {target}")
    if dead:
        raise SystemExit("dead links:\n" + "\n".join(sorted(dead)))
    return count


def check_pictures(site: Path) -> int:
    """How many pictures say what they show; an error where one does not."""
    count = 0
    for file in site.glob("*.html"):
        if file.name == "sample_report.html":
            continue
        for tag in re.findall(r"<img\b[^>]*>", file.read_text(encoding="utf-8")):
            alt = re.search(r"alt=(?:\"([^\"]*)\"|([^\s>]+))", tag)
            check_alt((alt[1] or alt[2] or "") if alt else "", f"{file.name}: {tag[:80]}")
            count += 1
    return count


def check_search(site: Path, queries: dict[str, str], urls: dict[str, str]) -> int:
    """How many searches of docs/navigation.yml find their page; an error where one does not.

    The site's search asks that every word of a query begins a word of the page's section.
    """
    docs = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))["docs"]
    for query, stem in queries.items():
        wanted = re.split(r"[\s\-]+", query.lower())
        found = set()
        for doc in docs:
            text = re.sub(r"<[^>]+>", " ", f"{doc['title']} {doc['text']}").lower()
            words = set(re.findall(r"\w+", text))
            if all(any(word.startswith(part) for word in words) for part in wanted):
                found.add(doc["location"].partition("#")[0])
        if f"{urls[stem]}.html" not in found and not (stem == "index" and "index.html" in found):
            raise SystemExit(f"a search for {query!r} does not find {urls[stem]}.html: {found}")
    return len(queries)


def width_of(png: Path) -> str:
    """A picture's natural width as an attribute.

    It is its pixels, or fewer where it was drawn with more than 100 dots an inch ("retina": 200).
    """
    header = png.read_bytes()[:1000]
    width, dots = int.from_bytes(header[16:20], "big"), header.find(b"pHYs")
    per_metre = int.from_bytes(header[dots + 4 : dots + 8], "big") if dots > 0 else 0
    return f'width="{round(width * min(1, 3937 / max(per_metre, 1)))}"'


def sample_report(file: Path) -> None:
    """The report of one real table, by the command and its defaults: tumours of scikit-learn's."""
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer(as_frame=True)
    with tempfile.TemporaryDirectory() as folder:
        table = bunch.frame.assign(target=bunch.target_names[bunch.target]).rename(
            columns=dict(target="diagnosis")
        )
        table.to_csv(Path(folder) / "tumours.csv", index=False)
        command = [
            str(Path(sys.executable).parent / "sv_run"),
            "tumours.csv",
            "--target",
            "diagnosis",
            "--out",
            "tumours",
        ]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        shutil.copy(Path(folder) / "tumours" / "report.html", file)


def run_pages(chapters: dict[str, Chapter], wanted: list[str]) -> None:
    """Execute what pages show: those that are named, or Get started, Tutorials and README."""
    beside = ROOT / "results" if wanted else None  # chapters may read it; what beginners read not
    if not wanted:
        tabs = {title: inner for tab in plan()["tabs"] for title, inner in tab.items()}
        wanted = ["index", *(stem for tab in RUN_TABS for stem in stems_of(tabs.get(tab, [])))]
    by_url = {chapter.url: stem for stem, chapter in chapters.items()}
    codes = {stem: page_code(chapters[by_url.get(stem, stem)]).code() for stem in wanted}
    seconds = run({stem: code for stem, code in codes.items() if code.strip()}, beside)
    print(f"{len(seconds)} pages run as they are shown, in {sum(seconds.values()):.0f} s")


def copy_files(chapters: dict[str, Chapter]) -> None:
    """Style, notebooks to download, and what Markdown pages show."""
    shutil.copy(ROOT / "docs" / "site.css", SOURCE / "site.css")
    (SOURCE / "notebooks").mkdir()
    for chapter in chapters.values():
        if chapter.file.suffix == ".ipynb":
            shutil.copy(ROOT / chapter.file, SOURCE / "notebooks")
    for file in PAGES.rglob("*"):
        if file.is_file() and file.suffix != ".md":
            target = SOURCE / file.relative_to(PAGES)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)


def main() -> None:
    if "--run" in sys.argv:
        run_pages(read_all(), sys.argv[sys.argv.index("--run") + 1 :])
        return
    check = "--check" in sys.argv
    results = [sys.executable, str(ROOT / "docs" / "check_results.py")]
    if check and subprocess.run(results).returncode:
        raise SystemExit(1)
    config = ConfigParser(delimiters=["="])
    config.read(ROOT / "settings.ini", encoding="utf-8")
    home = config["DEFAULT"]["doc_host"] + config["DEFAULT"]["doc_baseurl"]
    url = config["DEFAULT"]["git_url"]
    for folder in (SOURCE, SITE):
        shutil.rmtree(folder, ignore_errors=True)
    SOURCE.mkdir()
    chapters = read_all()
    names = Names(chapters)
    files = names.pages | {"api": "api.md"}
    nav, shown = navigation(plan()["tabs"], files), titles(plan()["tabs"])
    for chapter in chapters.values():
        text = page(chapter, chapters, names, shown, url)
        (SOURCE / f"{chapter.url}.md").write_text(text, encoding="utf-8")
    (SOURCE / "api.md").write_text(api_page(chapters), encoding="utf-8")
    old = (ROOT / "README.md").read_text(encoding="utf-8")
    text = readme(chapters["index"], names, home, url)
    (ROOT / "README.md").write_text(text, encoding="utf-8")
    if check and text != old:
        raise SystemExit(
            "README.md was not up to date with nbs/index.ipynb: "
            "run python docs/build_site.py and commit it"
        )
    copy_files(chapters)
    sample_report(SOURCE / "sample_report.html")
    settings = yaml.safe_load((ROOT / "docs" / "mkdocs.yml").read_text(encoding="utf-8"))
    settings |= dict(
        site_url=home + "/", repo_url=url, docs_dir=str(SOURCE), site_dir=str(SITE), nav=nav
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mkdocs.yml"
        file.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
        command = ["mkdocs", "build", "--strict", "--quiet", "-f", str(file)]
        subprocess.run([sys.executable, "-m", *command], check=True)
    urls = {stem: Path(name).stem for stem, name in files.items()}
    searches = check_search(SITE, plan().get("queries", {}), urls)
    entries = sum(len(list(chapter.all_entries())) for chapter in chapters.values())
    print(
        f"{len(files)} pages in {SITE.name}/, {entries} entries with links to their sources, "
        f"{check_links(SITE)} links, {check_pictures(SITE)} pictures, {searches} searches: "
        "all lead somewhere"
    )


if __name__ == "__main__":
    main()
