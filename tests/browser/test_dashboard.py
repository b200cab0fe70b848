"""The dashboard of 1,000 students in a real browser: quick to paint, sorted, searched, and nothing hostile runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from grader.gradebook import dashboard
from grader.gradebook.overview import overview
from tests.meta.tools.books import large_class


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    (tmp_path / "index.html").write_text(dashboard.index(overview(large_class(1000), Path("grades")), anonymous=False))
    opened = browser.new_page(viewport={"width": 1200, "height": 900})
    problems: list[str] = []
    opened.on("console", lambda message: problems.append(message.text))
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto((tmp_path / "index.html").as_uri())
    yield opened
    assert problems == []
    assert opened.evaluate("window.attacked") is None
    opened.close()


def test_students_are_sorted_and_searched(page: Page) -> None:
    first = page.locator("#all tbody tr:visible").first
    page.get_by_role("button", name="Score").click()
    lowest = first.locator("td.number").first.inner_text()
    page.get_by_role("button", name="Score").click()
    assert float(first.locator("td.number").first.inner_text()) > float(lowest)
    page.get_by_label("Search").fill("s0123 graded")
    assert page.locator("#all tbody tr:visible").count() == 1
    assert page.locator("#count").inner_text() == "1 of 1000"


def test_page_does_not_scroll_sideways_on_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 375, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth <= 375")
