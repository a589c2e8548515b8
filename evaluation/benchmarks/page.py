"""All results of `likewise bench` on one self-contained page: the tables and plots that are in a folder."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator
from pathlib import Path

from likewise.ingest.errors import ParameterError

TITLES = {
    "encoding": "Encoding, beside others",
    "search": "A search by id, beside others",
    "million": "A million products in a folder",
    "scale": "Reducers and clusterers",
    "rows": "Long tables",
    "load": "The service",
}
"""Results by the names of their files, in the order of the page."""

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#202124;max-width:1380px;margin:2.5rem auto;padding:0 1rem}
h1{font-size:1.7rem}h2{font-size:1.2rem;margin-top:2.2rem;border-bottom:1px solid #dadce0}
table{border-collapse:collapse;font-size:13px;display:block;overflow-x:auto}
th,td{padding:.3rem .6rem;text-align:right;border-bottom:1px solid #eceff1;white-space:nowrap}
th:first-child,td:first-child{text-align:left}img{max-width:100%}figure{margin:1rem 0}
"""


def write(folder: Path, out: Path) -> list[str]:
    """Join what is found below a folder, and say which results those are.

    Args:
        folder: with `encoding.md`, `search.md` and so on, in it or in folders of it, and plots of the same names.
        out: file to write.

    Raises:
        ParameterError: there are no results.
    """
    found = {name: path for name in TITLES if (path := _newest(folder, f"{name}.md")) is not None}
    if not found:
        files = ", ".join(f"{name}.md" for name in TITLES)
        raise ParameterError(f"{folder} has no results of `likewise bench`; looked for {files}.")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("".join(_page(found)), "utf-8")
    return list(found)


def _newest(folder: Path, name: str) -> Path | None:
    paths = sorted(folder.rglob(name), key=lambda path: (path.stat().st_mtime_ns, path))
    return paths[-1] if paths else None


def _page(found: dict[str, Path]) -> Iterator[str]:
    yield f"<!doctype html><html lang=en><meta charset=utf-8><title>Likewise: speed</title><style>{_STYLE}</style>"
    yield "<h1>What Likewise takes, beside the alternatives</h1>"
    for name, path in found.items():
        yield f"<h2 id={name}>{TITLES[name]}</h2>"
        yield from as_html(path.read_text("utf-8"))
        plot = path.with_suffix(".png")
        if plot.is_file():
            coded = base64.b64encode(plot.read_bytes()).decode("ascii")
            yield f'<figure><img alt="{TITLES[name]}" src="data:image/png;base64,{coded}"></figure>'
    yield "</html>\n"


def as_html(text: str) -> Iterator[str]:
    """Paragraphs and tables, which is all that our results consist of."""
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = block.splitlines()
        table = [line for line in lines if line.startswith("|")]
        before = [line for line in lines if not line.startswith("|")]
        if before:
            yield f"<p>{_inline(' '.join(before))}</p>"
        if table:
            head, _, *rows = table
            yield "<table>" + _row(head, "th") + "".join(_row(row, "td") for row in rows) + "</table>"


def _row(line: str, cell: str) -> str:
    cells = (_inline(each.strip()) for each in line.strip().strip("|").split("|"))
    return "<tr>" + "".join(f"<{cell}>{each}</{cell}>" for each in cells) + "</tr>"


def _inline(text: str) -> str:
    """Escaped, with code and bold."""
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
    return re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", text)
