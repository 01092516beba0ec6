"""Pictures of notebooks, stored with few colours: a third of the bytes, and nothing to see.

A plot has a few colours and the shades between them and its ground. Run this after notebooks were
executed, from anywhere:

    python docs/light_pictures.py            # all notebooks, or those that are named
"""

import base64
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

NOTEBOOKS = Path(__file__).resolve().parent.parent / "nbs"
COLOURS = 256  # as many as one byte for each pixel can name


def pictures(text: str) -> Iterator[str]:
    "The PNG pictures of a notebook, each as it stands in the file."
    for cell in json.loads(text)["cells"]:
        for out in cell.get("outputs", []):
            picture = out.get("data", {}).get("image/png")
            if picture:
                yield "".join(picture)


def is_light(png: bytes) -> bool:
    "Whether a picture names its colours in a table (colour type 3 of the PNG specification)."
    return png[25] == 3


def dots_per_inch(png: bytes) -> float:
    "How densely a picture was drawn; 0 if it does not say."
    return float(Image.open(io.BytesIO(png)).info.get("dpi", (0.0, 0.0))[0])


def lighter(png: bytes) -> bytes:
    "The picture with a table of colours, and with its dots per inch."
    picture = Image.open(io.BytesIO(png))
    few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    out = io.BytesIO()
    few.save(out, "PNG", optimize=True, **{k: v for k, v in picture.info.items() if k == "dpi"})
    return out.getvalue()


def lighten(file: Path) -> int:
    "Rewrite a notebook's pictures that are not light yet; how many characters this saves."
    text = before = file.read_text(encoding="utf-8")
    for picture in pictures(before):
        png = base64.b64decode(picture)
        if not is_light(png):
            light = base64.b64encode(lighter(png)).decode()
            text = text.replace(picture.rstrip("\n"), light)
    if text != before:
        file.write_text(text, encoding="utf-8")
    return len(before) - len(text)


if __name__ == "__main__":
    files = [Path(name) for name in sys.argv[1:]] or sorted(NOTEBOOKS.glob("*.ipynb"))
    saved = sum(lighten(file) for file in files)
    print(f"{len(files)} notebooks, {saved / 1e6:.2f} MB less")
