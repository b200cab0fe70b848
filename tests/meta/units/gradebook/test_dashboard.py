"""The dashboard: small, escaped, and without names where nobody may see them."""

import re
from dataclasses import replace
from pathlib import Path

from grader.gradebook import dashboard
from grader.gradebook.overview import overview
from tests.meta.tools.books import large_class, standing_of


def test_thousand_students_fit_two_megabytes() -> None:
    page = dashboard.index(overview(large_class(1000), Path("grades")), anonymous=False)
    assert len(page.encode()) < 2_000_000
    assert page.count("<tr>") > 1000


def test_all_text_is_escaped_and_the_policy_allows_our_script_alone() -> None:
    page = dashboard.index(overview(large_class(30), Path("grades")), anonymous=False)
    assert len(re.findall("<script", page)) == 1
    assert "<img" not in page
    assert "{{ 7*7 }}" in page
    assert "default-src 'none'; style-src 'sha256-" in page
    assert "style=" not in page


def test_anonymous_page_names_nobody_and_links_nowhere() -> None:
    students = [standing_of("ada", 1.0, name="Ada L", section="S9"), standing_of("bob-x", None, name="Bob")]
    page = dashboard.index(overview(students, Path("grades")), anonymous=True)
    for text in ("ada", "Ada L", "bob-x", "Bob", "S9", "href", "regrade", "it died"):
        assert text not in page


def test_each_student_has_a_page_with_the_way_back() -> None:
    students = [standing_of(name, 1.0) for name in ("a/b", "a\\b", "..", "A" * 300)]
    found = dict(dashboard.pages(students, lambda each: "<html><body>\n<h1>x</h1></body>"))
    assert len({str(path).casefold() for path in found}) == 4
    assert all(path.parent.name == "students" and len(path.name) < 80 for path in found)
    assert all('<body>\n<p><a href="../index.html">' in page for page in found.values())
    index = dashboard.index(overview(students, Path("g")), anonymous=False)
    assert all(f'href="{path}"' in index for path in found)


def test_heat_map_is_of_runs() -> None:
    students = large_class(8)
    assert dashboard.heat_map([]) == ""
    svg = dashboard.heat_map([replace(each) for each in students])
    assert 'viewBox="0 0 7 36"' in svg
