"""Build the documentation site, and README.md, from the notebooks; needs neither Quarto nor a network.

nbdev processes the notebooks as it would for Quarto (reference entries, hidden cells, links). What comes out is written as Markdown for
mkdocs-material, with formulas as MathML, so the pages need no script from elsewhere. Run from the repository's root:

    python docs/build_site.py            # README.md, and the site in _site/
    python docs/build_site.py --check    # the same, and an error if README.md, or a number read from results/, was not up to date
"""

import ast
import base64
import html
import json
import re
import shutil
import subprocess
import sys
import tempfile
from configparser import ConfigParser
from functools import cache
from pathlib import Path
from runpy import run_path

import yaml
from latex2mathml.converter import convert
from nbdev.doclinks import _build_modidx
from nbdev.serve import proc_nbs

ROOT = Path(__file__).resolve().parent.parent
SOURCE, SITE, IMAGES = ROOT / "_site_src", ROOT / "_site", ROOT / "docs" / "images"
DECADES = {
    0: "The law",
    1: "Data and utilities",
    2: "Engines",
    3: "Sampling",
    4: "Estimators",
    5: "Values and selection",
    6: "Pictures and commands",
    7: "The paper's evidence",
    8: "Benchmarks",
}
CODE = re.compile(r"(^(?:```|~~~).*?^(?:```|~~~)$|`[^`\n]*`)", re.M | re.S)
LINE_START = re.compile(r"^(?:[ \t]*)<math[^>]*display=\"inline\"", re.M)
NOISE = re.compile(r"site-packages|dist-packages|\w*Warning:|" + re.escape(sys.prefix))
FENCE = re.compile(r"(^(?:```|~~~).*?^(?:```|~~~)$)", re.M | re.S)
SYMBOL = re.compile(
    r"\[(`(\w[\w.]*)(?:\(\))?`)\]\((?:https?://[\w.-]+/scaling_values)?/?([\w.]+)\.html(#[^)]*)\)"
)
IN_A_LINK = re.compile(rf"(\[[^\[\]\n]*){SYMBOL.pattern}(?=[^\[\]\n]*\]\()")
ENTRY = re.compile(
    r"(?:^\[source\]\((\S+)#L(\w+)\)\{class=\"source\"\}\n+)?^#{2,5} `([\w.]+)` \{ #", re.M
)


def math(text: str) -> str:
    """TeX to MathML outside code; characters that Markdown would read are written as entities."""

    def mathml(tex: str, display: str) -> str:
        out = convert(tex.strip(), display=display)
        tags = re.split(r"(<[^>]*>)", out)
        return "".join(
            part
            if part.startswith("<")
            else re.sub(r"[*_\\|\[\]`]", lambda m: f"&#{ord(m[0])};", part)
            for part in tags
        )

    parts = CODE.split(text)
    for i in range(0, len(parts), 2):
        parts[i] = re.sub(
            r"\$\$(.+?)\$\$",
            lambda m: f'\n\n<div class="formula">{mathml(m[1], "block")}</div>\n\n',
            parts[i],
            flags=re.S,
        )
        parts[i] = re.sub(
            r"(?<![\\$])\$([^$\n]+?(?:\n[^$\n]+?)?)\$(?!\d)",
            lambda m: mathml(m[1].replace("\n", " "), "inline"),
            parts[i],
        )
    # Markdown takes a line that begins with <math for a block of its own: such a line is joined to its paragraph's line before.
    text = re.sub(
        r"^(?!#|\||```|~~~)(.*\S)[ \t]*\n[ \t]*(?=<math[^>]*display=\"inline\")",
        r"\1 ",
        "".join(parts),
        flags=re.M,
    )
    # At the beginning of a paragraph, or below a heading, there is none; there a tag that Markdown does not take for a block goes first.
    return LINE_START.sub(lambda m: f"<span></span>{m[0].lstrip()}", text)


def check_lines(markdown: str, name: str) -> None:
    """An error where a line begins with an inline formula, which would tear its paragraph apart."""
    if LINE_START.search(markdown):
        raise SystemExit(f"{name}: a line begins with an inline formula")


def check_stream(text: str, name: str) -> None:
    """An error where a shown output has a warning or a path of this machine in it; pages are no place for those."""
    if found := NOISE.search(text):
        raise SystemExit(
            f"{name}: the output has {found[0]!r} in it: silence the warning in its cell, and run the notebook again"
        )


@cache
def public_names() -> set[str]:
    """What people import, from wherever."""
    return set(run_path(str(ROOT / "docs" / "public_names.py"))["public_names"]())


def symbol_links(text: str, page: str) -> str:
    """nbdev's links to symbols, where they help: not in code, not within a link of the author's, and only to names of this page or public ones.

    nbdev finds a symbol by its bare name, whatever is meant: `refit`, a method on one page, is a function of another.
    """

    def link(m: re.Match) -> str:
        return f"[{m[1]}]({m[3]}.md{m[4]})" if m[3] == page or m[2] in public_names() else m[1]

    parts = FENCE.split(text)
    parts[::2] = [SYMBOL.sub(link, IN_A_LINK.sub(r"\1\2", part)) for part in parts[::2]]
    parts[1::2] = [SYMBOL.sub(r"\1", part) for part in parts[1::2]]
    return "".join(parts)


def links(text: str, stem: str, pages: dict[str, str]) -> str:
    """Links between notebooks, and nbdev's links to symbols, as links between Markdown pages."""
    text = re.sub(r"\]\((\w+)\.ipynb(#[^)]*)?\)", lambda m: f"]({pages[m[1]]}{m[2] or ''})", text)
    return symbol_links(text, Path(pages[stem]).stem)


@cache
def named_tuples() -> dict[str, str]:
    """The fields of each NamedTuple of the library, as they stand in its source; `show_doc` only sees `*args, **kwargs`."""
    found = {}
    for path in (ROOT / "scaling_values").rglob("*.py"):
        lines = (source := path.read_text(encoding="utf-8")).splitlines()
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef) and any(
                getattr(base, "id", "") == "NamedTuple" for base in node.bases
            ):
                fields = [
                    lines[i]
                    for part in node.body
                    if isinstance(part, ast.AnnAssign)
                    for i in range(part.lineno - 1, part.end_lineno)
                ]
                found[node.name] = "\n".join([f"class {node.name}(NamedTuple):", *fields])
    return found


def reference(text: str) -> str:
    """An entry that `show_doc` made: its heading becomes an anchor that links can find."""
    text = re.sub(
        r"def (\w+)\(\n\s*\*args, \*\*kwargs\n\):", lambda m: named_tuples().get(m[1], m[0]), text
    )
    text = re.sub(r'target="_blank" style="[^"]*"', 'class="source"', text)
    return re.sub(
        r"^(#{2,5}) ([\w.]+)$", lambda m: f"{m[1]} `{m[2]}` {{ #{m[2].lower()} }}", text, flags=re.M
    )


def check_sources(markdown: str, page: str, index: dict) -> int:
    """How many reference entries a page has; an error where one does not link to its definition.

    `index` is nbdev's of the package: every symbol with its page and its file.
    """
    home = "{git_url}/blob/{branch}/".format_map(index["settings"])
    files = {
        (where.partition("#")[0], name.removeprefix(f"{module}.")): file
        for module, names in index["syms"].items()
        for name, (where, file) in names.items()
    }
    for url, line, name in (entries := ENTRY.findall(markdown)):
        if not url:
            raise SystemExit(
                f"{page}: {name} has no link to its source. nbdev finds the package by its entry point: install the checkout again, with python -m pip install -e ."
            )
        file = files.get((f"{page}.html", name), "a module of another page")
        if url != home + file:
            raise SystemExit(
                f"{page}: {name} is defined in {file}, but its link leads to {url}: is there another {name}?"
            )
        lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
        definition = lines[int(line) - 1] if line.isdigit() else ""
        if not re.match(rf"\s*(?:async )?(?:def|class) {name.rpartition('.')[2]}\b", definition):
            raise SystemExit(
                f"{page}: the link of {name} leads to line {line} of {file}: {definition!r}"
            )
    return len(entries)


def output(
    out: dict,
    name: str,
    shown: bool,
    image_link: str,
    images: Path,
    stem: str,
    pages: dict[str, str],
) -> str:
    """One output of a cell as Markdown; pictures go to files of their own."""
    if out["output_type"] == "stream":
        check_stream("".join(out["text"]), name)
        return f"```{{ .text .output }}\n{''.join(out['text']).rstrip()}\n```"
    if out["output_type"] == "error":
        raise SystemExit(f"{name}: a stored error")
    data = {kind: "".join(value) for kind, value in out["data"].items()}
    if "text/markdown" in data:
        return (
            data["text/markdown"] if shown else reference(links(data["text/markdown"], stem, pages))
        )
    if "image/png" in data:
        images.mkdir(parents=True, exist_ok=True)
        (images / f"{name}.png").write_bytes(base64.b64decode(data["image/png"]))
        return (
            f"![Figure]({image_link}/{name}.png){{ .figure {width_of(images / (name + '.png'))} }}"
        )
    if "text/html" in data:
        table = re.sub(r"<style scoped>.*?</style>", "", data["text/html"], flags=re.S).replace(
            ' border="1"', ""
        )
        return f'<div class="table" markdown="0">\n{table}\n</div>'
    return f"```{{ .text .output }}\n{data.get('text/plain', '').rstrip()}\n```"


def width_of(png: Path) -> str:
    """A picture's natural width as an attribute: its pixels, or fewer where it was drawn with more than 100 dots an inch ("retina": 200)."""
    header = png.read_bytes()[:1000]
    width, dots = int.from_bytes(header[16:20], "big"), header.find(b"pHYs")
    per_metre = int.from_bytes(header[dots + 4 : dots + 8], "big") if dots > 0 else 0
    return f'width="{round(width * min(1, 3937 / max(per_metre, 1)))}"'


def cells(
    notebook: dict, stem: str, image_link: str, images: Path, pages: dict[str, str]
) -> tuple[dict, list[str]]:
    """A processed notebook's front matter, and its cells as Markdown."""
    front, blocks = {}, []
    for i, cell in enumerate(notebook["cells"]):
        source = "".join(cell["source"])
        if cell["cell_type"] == "raw":
            front |= yaml.safe_load(source.strip().strip("-")) or {}
        elif cell["cell_type"] == "markdown":
            if "AUTOGENERATED" not in source:
                blocks.append(links(source, stem, pages))
        else:
            directives = dict(re.findall(r"^#\|\s*([\w-]+):?\s*(.*)$", source, re.M))
            code = re.sub(r"^#\|.*\n?", "", source, flags=re.M).strip()
            echo = directives.get("echo") != "false"
            if echo and code:
                blocks.append(f"```python\n{code}\n```")
            blocks += [
                output(out, f"{stem}-{i}-{j}", echo, image_link, images, stem, pages)
                for j, out in enumerate(cell.get("outputs", []))
            ]
    return front, blocks


def inline_code(text: str) -> str:
    """Plain text as HTML, with what stands in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def page(notebook: dict, stem: str, pages: dict[str, str]) -> str:
    """A notebook as a page of the site."""
    front, blocks = cells(notebook, stem, "images", SOURCE / "images", pages)
    lead = (
        f'<p class="lead">{inline_code(str(front["description"]))}</p>'
        if front.get("description")
        else ""
    )
    text = math("\n\n".join([f"# {front.get('title', stem)}", lead, *blocks])) + "\n"
    check_lines(text, stem)
    return text


def readme(notebook: dict, pages: dict[str, str], home: str) -> str:
    """index.ipynb as README.md: formulas stay TeX, links go to the site."""
    front, blocks = cells(notebook, "index", "docs/images", IMAGES, pages)
    text = "\n\n".join([f"# {front['title']}", f"> {front['description']}", *blocks])
    text = re.sub(
        r"\]\(([\w.]+)\.md(#[^)]*)?\)", lambda m: f"]({home}/{m[1]}.html{m[2] or ''})", text
    )
    text = text.replace("](sample_report.html)", f"]({home}/sample_report.html)")
    text = re.sub(r"\{ \.figure[^}]*\}", "", text).replace("```{ .text .output }", "```text")
    return re.sub(r"^~~~", "```", text, flags=re.M) + "\n"


def navigation(files: list[Path], pages: dict[str, str], titles: dict[str, str]) -> list[dict]:
    """Home first, then a section a decade of notebook numbers, the support room last."""

    def entry(stem):
        return {titles[stem]: pages[stem]}

    def section(stem):
        return (
            int(number[1])
            if (number := re.match(r"(\d)\d+_", stem)) and not stem.startswith("000_")
            else None
        )

    stems = sorted(
        (file.stem for file in files), key=lambda stem: (stem.partition("_")[0], stem)
    )  # 22, 221, 23
    homeless = [
        stem
        for stem in stems
        if section(stem) not in DECADES and stem != "index" and not stem.startswith("000_")
    ]
    if homeless:
        raise SystemExit(f"{', '.join(homeless)}: in no section of the navigation")
    parts = [
        {name: [entry(stem) for stem in stems if section(stem) == decade]}
        for decade, name in DECADES.items()
    ]
    return (
        [{"Home": "index.md"}]
        + [part for part in parts if any(part.values())]
        + [{"Support": [entry(stem) for stem in stems if stem.startswith("000_")]}]
    )


def sample_report(file: Path) -> None:
    """The report of one real table, by the command and its defaults: tumours, which scikit-learn carries."""
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


def main() -> None:
    if (
        "--check" in sys.argv
        and subprocess.run([sys.executable, str(ROOT / "docs" / "check_results.py")]).returncode
    ):
        raise SystemExit(1)
    config = ConfigParser(delimiters=["="])
    config.read(ROOT / "settings.ini", encoding="utf-8")
    home = config["DEFAULT"]["doc_host"] + config["DEFAULT"]["doc_baseurl"]
    for folder in (SOURCE, SITE, ROOT / "_proc"):
        shutil.rmtree(folder, ignore_errors=True)
    SOURCE.mkdir()
    _build_modidx()
    files = sorted(Path(proc_nbs()).glob("*.ipynb"))
    notebooks = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}
    fronts = {
        stem: yaml.safe_load("".join(nb["cells"][0]["source"]).strip().strip("-"))
        for stem, nb in notebooks.items()
    }
    pages = {
        stem: Path(front.get("output-file", f"{stem}.html")).with_suffix(".md").name
        for stem, front in fronts.items()
    }
    index, documented = run_path(str(ROOT / "scaling_values" / "_modidx.py"))["d"], 0
    for stem, notebook in notebooks.items():
        text = page(notebook, stem, pages)
        documented += check_sources(text, Path(pages[stem]).stem, index)
        (SOURCE / pages[stem]).write_text(text, encoding="utf-8")
    text, old = (
        readme(notebooks["index"], pages, home),
        (ROOT / "README.md").read_text(encoding="utf-8"),
    )
    (ROOT / "README.md").write_text(text, encoding="utf-8")
    if "--check" in sys.argv and text != old:
        raise SystemExit(
            "README.md was not up to date with nbs/index.ipynb: run python docs/build_site.py and commit it"
        )
    shutil.copy(ROOT / "docs" / "site.css", SOURCE / "site.css")
    sample_report(SOURCE / "sample_report.html")
    settings = yaml.safe_load((ROOT / "docs" / "mkdocs.yml").read_text(encoding="utf-8"))
    settings |= dict(
        site_url=home + "/",
        repo_url=config["DEFAULT"]["git_url"],
        docs_dir=str(SOURCE),
        site_dir=str(SITE),
        nav=navigation(
            files, pages, {stem: str(front.get("title", stem)) for stem, front in fronts.items()}
        ),
    )
    (ROOT / "_proc" / "mkdocs.yml").write_text(
        yaml.safe_dump(settings, sort_keys=False), encoding="utf-8"
    )
    subprocess.run(
        [
            sys.executable,
            "-m",
            "mkdocs",
            "build",
            "--strict",
            "--quiet",
            "-f",
            str(ROOT / "_proc" / "mkdocs.yml"),
        ],
        check=True,
    )
    print(f"{len(pages)} pages in {SITE.name}/, {documented} symbols with links to their sources")


if __name__ == "__main__":
    main()
