"""All pages that are written, looked at by axe: names of controls, contrast, headings, tables; in light and dark."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from grader.doctor import formats
from grader.gradebook import alike_pages, dashboard
from grader.gradebook.overview import overview
from grader.report.formats import html
from tests.browser.test_html import hostile, scorecard
from tests.meta.tools.books import large_class
from tests.meta.units.doctor.test_formats import CLEAN, SICK
from tests.meta.units.gradebook.test_alike_pages import PAIR

PAGES: Final[dict[str, Callable[[], str]]] = {
    "report": lambda: html.render(scorecard()),
    "report of what is hostile": lambda: html.render(hostile()),
    "dashboard": lambda: dashboard.index(overview(large_class(60), Path("grades")), anonymous=False),
    "dashboard without names": lambda: dashboard.index(overview(large_class(60), Path("grades")), anonymous=True),
    "pairs": lambda: alike_pages.index([PAIR], 9),
    "pair side by side": lambda: next(page for _, page in alike_pages.pages([PAIR])),
    "doctor, all well": lambda: formats.as_html(CLEAN),
    "doctor with findings": lambda: formats.as_html(SICK),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_page_can_be_used_by_all(name: str, scheme: str, browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGES[name](), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1000, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page.goto((tmp_path / "page.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = Axe().run(page).response["violations"]
    page.close()
    assert {each["id"]: [node["html"][:200] for node in each["nodes"]][:3] for each in found} == {}


def test_a_page_that_can_not_be_used_is_seen(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p style='color: #ccc; background: #ddd'>pale<img src=x.png><input>")
    page = browser.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    found = {each["id"] for each in Axe().run(page).response["violations"]}
    page.close()
    assert {"color-contrast", "image-alt", "label", "html-has-lang", "document-title"} <= found
