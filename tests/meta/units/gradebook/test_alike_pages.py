"""Pairs side by side."""

from grader.gradebook import alike_pages
from grader.gradebook.similarity import AlikePair, Fragment, Piece

LEFT = Piece(name="<ada>", people=(), text="a\n<script>\nc", sha="1")
RIGHT = Piece(name="bob", people=(), text="x\ny", sha="2", label="earlier")
FRAGMENT = Fragment(left=(2, 2), right=(1, 2), tokens=40)
PAIR = AlikePair(left=LEFT, right=RIGHT, fragments=(FRAGMENT,), shared=0.5, rarity=1.0, is_identical=False)


def test_pairs_are_listed_and_shown_side_by_side_with_marks() -> None:
    index = alike_pages.index([PAIR], 9)
    ((place, page),) = alike_pages.pages([PAIR])
    assert f'href="{place}"' in index
    assert "&lt;ada&gt; and bob (earlier)" in index
    assert "<td>40</td><td>50 %</td>" in index
    assert "<mark>&lt;script&gt;</mark>" in page
    assert page.count("<mark>") == 3
    assert "<script" not in index + page
    assert "default-src 'none'; style-src 'sha256-" in page


def test_no_page_has_a_verdict() -> None:
    text = alike_pages.index([PAIR], 9).casefold()
    assert not any(word in text for word in ("plagiar", "cheat", "copied", "suspect"))
    assert "None are." in alike_pages.index([], 9)
