"""Pages that show which submissions are alike: a list, and each pair side by side. All text is escaped; no script."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final

from grader.gradebook.similarity import AlikePair, Fragment, Piece
from grader.report.text import clean

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8886; --mark: #ffe08a; --text: #1b1f24; }
@media (prefers-color-scheme: dark) { :root { --mark: #5c4a00; --text: #e6e9ee; } }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 110rem; padding: 1rem; color: var(--text);
  background: Canvas; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .25rem .8rem .25rem 0; font-weight: normal;
  border-bottom: 1px solid var(--line); vertical-align: top; }
.sides { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem; }
pre { margin: 0; font: 12px/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
mark { background: var(--mark); color: inherit; display: inline-block; width: 100%; }
.number { opacity: .75; }
"""
_NOTE: Final = (
    "These submissions are alike: they share what few others have. Why is not for a program to say: read them, ask. "
    "What the template has, and what many in the class have, is not counted."
)


def index(pairs: Sequence[AlikePair], compared: int) -> str:
    """The list of pairs, the most noticeable first."""
    rows = "".join(
        f'<tr><td><a href="{page_of(i)}">{_who(pair.left)} and {_who(pair.right)}</a></td><td>{_how(pair)}</td>'
        f"<td>{pair.longest}</td><td>{100 * pair.shared:.0f} %</td></tr>\n"
        for i, pair in enumerate(pairs)
    )
    head = "".join(
        f'<th scope="col">{text}</th>'
        for text in ("Who", "How", "Longest, in tokens", "Of what the smaller has of its own")
    )
    body = f"<table><thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table>" if pairs else "<p>None are.</p>"
    return _page("Alike", f"<h1>Alike: {len(pairs)} pairs of {compared} submissions</h1><p>{_NOTE}</p>{body}")


def pages(pairs: Sequence[AlikePair]) -> Iterator[tuple[PurePosixPath, str]]:
    """Each pair side by side, with what both have marked."""
    for i, pair in enumerate(pairs):
        sides = "".join(_side(piece, side, pair) for piece, side in ((pair.left, _left), (pair.right, _right)))
        body = f'<p><a href="../index.html">All pairs</a></p><h1>{_how(pair)}</h1><div class="sides">{sides}</div>'
        yield PurePosixPath(page_of(i)), _page("Alike", body)


def page_of(number: int) -> str:
    """The path of a pair's page."""
    return f"pairs/{number + 1:03}.html"


def _side(piece: Piece, side: Callable[[Fragment], tuple[int, int]], pair: AlikePair) -> str:
    code = _marked(piece.text, [side(fragment) for fragment in pair.fragments])
    return f"<section><h2>{_who(piece)}</h2><pre>{code}</pre></section>"


def _left(fragment: Fragment) -> tuple[int, int]:
    return fragment.left


def _right(fragment: Fragment) -> tuple[int, int]:
    return fragment.right


def _who(piece: Piece) -> str:
    return html.escape(clean(f"{piece.name}{f' ({piece.label})' if piece.label else ''}"))


def _how(pair: AlikePair) -> str:
    return "identical" if pair.is_identical else f"alike in {len(pair.fragments)} places"


def _marked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    lines = set[int]()
    for first, last in spans:
        lines.update(range(first, last + 1))
    shown = []
    for number, line in enumerate(text.splitlines(), 1):
        escaped = html.escape(clean(line))
        code = f"<mark>{escaped or ' '}</mark>" if number in lines else escaped
        shown.append(f'<span class="number">{number:4}</span> {code}')
    return "\n".join(shown)


def _page(title: str, body: str) -> str:
    known = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{known}'"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>\n<body><main>{body}</main></body>\n</html>\n"
    )
