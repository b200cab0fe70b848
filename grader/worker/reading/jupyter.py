"""A Jupyter notebook: its code cells in order, as one text. Outputs, widgets and metadata are ignored.

The format is JSON, nbformat 3 to 5, of which two keys of a cell are read; so no library is needed for it.
"""

from __future__ import annotations

import json
from typing import Any, Final

from grader.boundary.places import Span
from grader.worker.reading.magics import python_of
from grader.worker.reading.text import Lost, Text, Unreadable, lost

VERSIONS: Final = (3, 4, 5)
MAX_CELLS: Final = 10_000  # with code in them


def text_of(data: bytes, file: str, compile_cell: Any) -> Text:
    """The cells as one text. A cell that `compile_cell` refuses is left out, and told of. Raises Unreadable."""
    parts, spans, gone, first = list[str](), list[Span](), list[Lost](), 1
    for number, source in enumerate(code_cells(data), 1):
        spans.append(Span(first=first, file=file, cell=number))
        text = python_of(source)
        try:
            compile_cell(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            gone.append(lost(source, error, first))
            text = "\n" * text.count("\n")
        parts.append(text)
        first += text.count("\n") + 1
    return Text(source="\n".join(parts), spans=spans, lost=gone)


def code_cells(data: bytes) -> list[str]:
    """The source of each code cell that has one, in order: after *Run all*, the seventh is `In [7]`."""
    try:
        notebook = json.loads(data)
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(f"is not a notebook ({_reason(error)}); save it again from Jupyter or Colab") from None
    if type(notebook) is not dict:
        raise Unreadable("is not a notebook (no JSON object); save it again from Jupyter or Colab")
    version = notebook.get("nbformat")
    if type(version) is not int or version not in VERSIONS:
        raise Unreadable("is not a notebook of format 3, 4 or 5; save it again from Jupyter or Colab")
    cells = notebook.get("cells")
    if version == 3:
        sheets = notebook.get("worksheets")
        cells = [cell for sheet in _tables(sheets) for cell in _tables(sheet.get("cells"))] if sheets else None
    if type(cells) is not list:
        raise Unreadable("is a notebook without cells; save it again from Jupyter or Colab")
    sources = [_source(cell) for cell in _tables(cells) if cell.get("cell_type") == "code"]
    found = [source for source in sources if source.strip()]
    if not found:
        raise Unreadable("has no code in it; write your solution into it first")
    if len(found) > MAX_CELLS:
        raise Unreadable(f"has more than {MAX_CELLS} cells with code; hand in the notebook that you wrote")
    return found


def _source(cell: dict[str, Any]) -> str:
    source = cell["source"] if "source" in cell else cell.get("input")  # format 3 calls it input
    if type(source) is list and all(type(line) is str for line in source):
        return "".join(source)
    return source if type(source) is str else ""


def _tables(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if type(item) is dict] if type(value) is list else []


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg}, line {error.lineno}"
    return "it is not text" if isinstance(error, UnicodeError) else type(error).__name__
