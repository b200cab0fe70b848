"""Code of many hands, and ways to disguise a copy of it."""

import ast
import keyword
import random
import re
import sysconfig
from pathlib import Path


def independent_files(count: int) -> dict[str, str]:
    """Modules of Python's own library: written by different people, for different ends."""
    files = [p for p in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")) if 4000 < p.stat().st_size < 20_000]
    texts = {p.stem: p.read_text(encoding="utf-8", errors="replace") for p in files}
    wrappers = {"bz2", "lzma", "gzip", "genericpath", "posixpath", "ntpath", "_py_abc", "abc"}  # are alike
    return dict([(name, text) for name, text in texts.items() if name not in wrappers][:count])


def renamed(text: str) -> str:
    """Every name is another."""
    return re.sub(r"\b[A-Za-z_]{4,}\b", lambda word: word[0] if keyword.iskeyword(word[0]) else f"{word[0]}_x", text)


def reformatted(text: str) -> str:
    """Without comments, in another layout."""
    return ast.unparse(ast.parse(text))


def reordered(text: str) -> str:
    """The statements of the file in another order."""
    tree = ast.parse(text)
    first, rest = tree.body[:1], tree.body[1:]
    random.Random(0).shuffle(rest)
    tree.body = first + rest
    return ast.unparse(tree)
