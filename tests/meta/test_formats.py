"""Each format of a report, made from built scorecards: what it says, and that hostile text in it is text alone."""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import torch
import xmlschema
from markdown_it import MarkdownIt

from grader.errors import SettingsInvalid
from grader.figures import ConfusionMatrix, Coverage, Curves, Histogram, Images, Measurement, Series
from grader.report import outputs
from grader.report.formats import csv as csv_report
from grader.report.formats import github, gradescope, html, junit, markdown, prairielearn
from grader.report.formats import json as json_report
from grader.report.outputs import Output
from grader.scorecard import CheckResult, QuestionResult, Scorecard, Verdict
from grader.suite.figures import wrong_images

PASSED = CheckResult(name="test_right", title="It is right.", verdict=Verdict.PASSED, max_score=3.0, examples=50)
FAILED = CheckResult(
    name="test_wrong",
    title="It is right too.",
    verdict=Verdict.FAILED,
    max_score=1.5,
    message="f(1) is 2, expected 3",
    hint="add one",
    diagnosis="one is forgotten",
    snippet="assert f(1) == 3",
    line=12,
    duration_s=0.25,
)
FIGURES = (
    Histogram(title="weights", low=-4.0, high=4.0, counts=(1, 2, 1), expected=(1.1, 1.8, 1.1)),
    ConfusionMatrix(title="confusion", counts=((5, 1), (0, 6))),
    Images(title="digits", width=2, height=1, pixels=(b"\x00\xff",), actual=("7",), expected=("1",)),
    Coverage(title="rows", times=(1, 0, 2)),
    Curves(title="loss", note="As it came.", series=(Series(name="training", points=((1, 0.5), (2, 0.25))),)),
)
CARD = Scorecard(
    assignment="hw3",
    title="Homework 3",
    submission="student.py",
    sha256="ab" * 32,
    grader_version="0",
    seed=7,
    effort="standard",
    isolation="jail: of some kind",
    questions=(
        QuestionResult(name="Linear", checks=(PASSED, FAILED)),
        QuestionResult(
            name="SGD",
            checks=(
                replace(PASSED, name="test_step", measurements=(Measurement(name="error", value=0.02),)),
                replace(FAILED, name="test_secret", verdict=Verdict.TIMED_OUT, visibility="hidden", snippet=""),
            ),
        ),
    ),
    duration_s=1.23456,
)


def filled(text: str) -> Scorecard:
    """A scorecard with that text in each place that a submission or its path can fill."""
    told: dict[str, Any] = {
        "message": text,
        "hint": text,
        "diagnosis": text,
        "snippet": text,
        "output": text,
        "notes": (text,),
    }
    checks = [
        replace(FAILED, name=f"test_{verdict}", title=f"t {text}", verdict=verdict, figures=FIGURES, **told)
        for verdict in Verdict
    ]
    return replace(
        CARD,
        submission=text,
        isolation=text,
        warnings=(text, text),
        interrupted=text,
        questions=(QuestionResult(name="Linear", checks=tuple(checks)),),
    )


HOSTILE = {
    "nothing special": "f(1) is 2 äöü 数 λ",
    "ANSI": "\x1b[2J\x1b]0;title\x07\x1b[31mred\x9b31m",
    "controls": "a\0b\x08\x0b\x0c\r\x1f\x7f\x85\u2028\u2029\ufffe\uffff",
    "bidi and invisible": "abc\u202edcba\u2066x\u2069\u200b\ufeff\U000e0041\ue000",
    "surrogate": "\ud800 \udfff",
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "end of attribute": "'\"><svg/onload=alert(1)> javascript:alert(1)",
    "end of element": "</pre></textarea></title></style></script><!-- --> ]]> <![CDATA[ <!DOCTYPE x [<!ENTITY",
    "entities": "&lt;b&gt; &amp;amp; &#60;script&#62; &unknown;",
    "templates": "{{ 7*7 }} {% raw %} ${7*7} #{7*7} ${{ secrets.TOKEN }}",
    "Markdown": "[x](http://e.example) ![i](http://e.example/i.png) **b** `c` | a | b | ~~s~~ @user #1 http://e.example",
    "Markdown blocks": "# head\n\n- item\n\n1. one\n\n> quote\n\n| a | b |\n| - | - |\n\n---\n\n<b>x</b>\n\n    code",
    "fences": "```\n~~~\n````\n`````` <b>out</b>\n  ```\n</details> **out**",
    "long fence": "`" * 1000 + "\n<b>out</b>",
    "workflow commands": "::error::x\n  ::set-output name=score::100\n##[error]x\n::stop-commands::x\n::x::",
    "commands after returns": "x\r::error::y\x0b::error::z\u2028::error::w",
    "escapes of commands": "%0A::error::x %25 %3A %2C title=a,file=b::",
    "formula": "=cmd|' /C calc'!A0",
    "formulas": "+1+1",
    "formula after space": " \t=1+1",
    "formula at": "@SUM(1)",
    "formula minus": "-1+1",
    "formula in a line": 'x",\n=1+1,"\n+1',
    "full width formula": "\uff1d1",
    "separators": "a,b;c\t\"d'\n\r\n",
    "empty": "",
    "blank": " \n\t\n ",
    "long": "word " * 4_000,
    "long line": "x" * 20_000,
    "many lines": "\n" * 20_000 + "end",
}
hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)


def characters_that_do_harm(text: str) -> set[str]:
    """Controls, and characters that are invisible or turn a line round."""
    unsafe = (c for c in text if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029")
    return set(unsafe) - {"\n", "\t"}


RENDERERS: dict[str, Callable[[Scorecard], str]] = {
    "html": html.render,
    "gradescope": gradescope.render,
    "prairielearn": prairielearn.render,
    "junit": junit.render,
    "markdown": markdown.render,
    "csv": csv_report.render,
    "json": json_report.render,
    "GitHub summary": github.summary,
    "GitHub annotations": lambda card: "\n".join(github.annotation_lines(card, card.submission)),
}


@hostile
@pytest.mark.parametrize("name", RENDERERS)
def test_no_format_holds_a_control_character_or_grows_without_bound(name: str, text: str) -> None:
    rendered = RENDERERS[name](filled(text))
    rendered.encode()
    assert characters_that_do_harm(rendered) == set()
    if name != "json":  # which is for programs: nothing is cut
        assert len(rendered) < 500_000


# --- HTML -------------------------------------------------------------------------------------------------------------


class _Page(HTMLParser):
    """The tags, attributes and text of a page, as a browser takes them."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


@hostile
def test_html_has_the_same_elements_whatever_the_text_is(text: str) -> None:
    page, plain = _Page(html.render(filled(text))), _Page(html.render(filled("plain")))
    assert [tag for tag in page.tags if tag in ("script", "a", "iframe", "object", "link", "form")] == ["a"]
    if text.strip():
        assert page.tags == plain.tags
    assert [name for name, _ in page.attributes if name.startswith("on")] == []
    targets = [value for name, value in page.attributes if name in ("href", "src", "action", "srcset")]
    assert all(value.startswith(("#", "data:image/png;base64,")) for value in targets)


def test_html_shows_text_as_it_stands() -> None:
    text = "<b>a</b> & \"c\" '{{ 7*7 }}' &lt;"
    assert _Page(html.render(filled(text))).text.count(text) > 20


def test_html_says_what_was_lost_and_draws() -> None:
    question = QuestionResult(name="Linear", checks=(PASSED, replace(FAILED, figures=FIGURES)))
    page = _Page(html.render(replace(CARD, questions=(question,))))
    for text in ("3 / 4.5", "It is right too.", FAILED.message, FAILED.hint, FAILED.diagnosis, FAILED.snippet):
        assert text in page.text
    assert page.tags.count("svg") == 4  # one of them in a legend
    assert "training: 0.5 at epoch 1, 0.25 at epoch 2" in page.text
    assert page.tags.count("img") == 1
    assert "1 read as 7" in page.text
    assert "never delivered: 1; more than once: 2" in page.text


# --- Gradescope -------------------------------------------------------------------------------------------------------

# The keys and values of results.json, as Gradescope documents them.
FORMATS = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
VISIBILITY = {"enum": ["visible", "hidden", "after_due_date", "after_published"]}
TEST = {
    "score": {"type": "number"},
    "max_score": {"type": "number"},
    "status": {"enum": ["passed", "failed"]},
    "name": {"type": "string"},
    "name_format": FORMATS,
    "number": {"type": "string"},
    "output": {"type": "string"},
    "output_format": FORMATS,
    "tags": {"type": "array", "items": {"type": "string"}},
    "visibility": VISIBILITY,
    "extra_data": {"type": "object"},
}
LEADERBOARD = {"name": {"type": "string"}, "value": {"type": ["number", "string"]}, "order": {"enum": ["asc", "desc"]}}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


RESULTS = _object(
    {
        "score": {"type": "number"},
        "execution_time": {"type": "integer"},
        "output": {"type": "string"},
        "output_format": FORMATS,
        "test_output_format": FORMATS,
        "test_name_format": FORMATS,
        "visibility": VISIBILITY,
        "stdout_visibility": VISIBILITY,
        "extra_data": {"type": "object"},
        "tests": {"type": "array", "items": _object(TEST)},
        "leaderboard": {"type": "array", "items": _object(LEADERBOARD)},
    }
)


@hostile
def test_gradescope_has_documented_keys_and_only_plain_text(text: str) -> None:
    results = json.loads(gradescope.render(filled(text)))
    jsonschema.validate(results, RESULTS)
    assert {results["output_format"], results["test_output_format"], results["test_name_format"]} == {"text"}
    assert {test["output_format"] for test in results["tests"]} == {"text"}
    assert {test["name_format"] for test in results["tests"]} == {"text"}


def test_gradescope_tells_points_names_and_what_is_hidden() -> None:
    results = json.loads(gradescope.render(CARD))
    assert (results["score"], results["execution_time"], results["stdout_visibility"]) == (6.0, 1, "hidden")
    assert [(t["number"], t["score"], t["max_score"], t["status"], t["visibility"]) for t in results["tests"]] == [
        ("1.1", 3.0, 3.0, "passed", "visible"),
        ("1.2", 0.0, 1.5, "failed", "visible"),
        ("2.1", 3.0, 3.0, "passed", "visible"),
        ("2.2", 0.0, 1.5, "failed", "hidden"),
    ]
    wrong = results["tests"][1]
    assert (wrong["name"], wrong["tags"]) == ("Linear: It is right too.", ["Linear"])
    for part in (FAILED.message, FAILED.hint, FAILED.diagnosis, FAILED.snippet):
        assert part in wrong["output"]
    assert results["leaderboard"] == [{"name": "error", "value": 0.02, "order": "asc"}]


def test_gradescope_leaderboard_does_not_tell_what_a_hidden_check_measured() -> None:
    secret = replace(PASSED, visibility="hidden", measurements=(Measurement(name="error", value=0.02),))
    card = replace(CARD, questions=(QuestionResult(name="SGD", checks=(secret,)),))
    assert json.loads(gradescope.render(card))["leaderboard"] == []


# --- PrairieLearn -----------------------------------------------------------------------------------------------------

PRAIRIELEARN = _object(
    {
        "gradable": {"type": "boolean"},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "message": {"type": "string"},
        "output": {"type": "string"},
        "tests": {
            "type": "array",
            "items": _object(
                {
                    **{key: {"type": "string"} for key in ("name", "description", "message", "output")},
                    **{key: {"type": "number"} for key in ("points", "max_points")},
                }
            ),
        },
    }
)


@hostile
def test_prairielearn_has_documented_keys(text: str) -> None:
    jsonschema.validate(json.loads(prairielearn.render(filled(text))), PRAIRIELEARN)


def test_prairielearn_tells_the_share_and_each_check() -> None:
    results = json.loads(prairielearn.render(CARD))
    assert (results["gradable"], results["score"]) == (True, round(6 / 9, 6))
    wrong = results["tests"][1]
    assert (wrong["name"], wrong["points"], wrong["max_points"]) == ("Linear: It is right too.", 0, 1.5)
    assert FAILED.message in wrong["message"]
    broken = QuestionResult(name="Linear", checks=(replace(FAILED, verdict=Verdict.BROKEN),))
    assert prairielearn.as_dict(replace(CARD, questions=(broken,)))["gradable"] is False


def test_prairielearn_results_stay_below_one_megabyte() -> None:
    loud = replace(FAILED, message="\N{BLACK SQUARE}" * 2000, output="\N{BLACK SQUARE}" * 2000)
    card = replace(CARD, questions=(QuestionResult(name="Linear", checks=(loud,) * 100),))
    assert len(prairielearn.render(card).encode()) < 1_000_000


# --- JUnit ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def junit_schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(Path(__file__).parent / "schemas" / "junit.xsd")


@hostile
def test_junit_fits_the_common_schema(junit_schema: xmlschema.XMLSchema, text: str) -> None:
    junit_schema.validate(junit.render(filled(text)))


def test_junit_tells_points_and_outcomes(junit_schema: xmlschema.XMLSchema) -> None:
    told: Any = junit_schema.to_dict(junit.render(CARD))
    suite = told["testsuite"][0]
    counts = [told[f"@{name}"] for name in ("tests", "failures", "errors", "skipped")]
    assert counts == [4, 1, 1, 0]
    assert (suite["@name"], suite["@tests"], suite["@failures"], suite["@errors"]) == ("Linear", 2, 1, 0)
    right, wrong = suite["testcase"]
    assert {p["@name"]: p["@value"] for p in suite["properties"]["property"]} == {"points": "3", "max_points": "4.5"}
    assert {p["@name"]: p["@value"] for p in wrong["properties"]["property"]} == {"points": "0", "max_points": "1.5"}
    assert "failure" not in right
    assert (wrong["failure"]["@message"], wrong["failure"]["@type"]) == (FAILED.title, "failed")
    assert FAILED.message in wrong["failure"]["$"]
    assert (wrong["@classname"], wrong["@file"], wrong["@line"]) == ("hw3.Linear", "student.py", 12)


def test_junit_names_each_verdict(junit_schema: xmlschema.XMLSchema) -> None:
    told: Any = junit_schema.to_dict(junit.render(filled("x")))
    kinds = {
        case["@name"].removeprefix("test_"): next((k for k in ("failure", "error", "skipped") if k in case), "passed")
        for case in told["testsuite"][0]["testcase"]
    }
    assert kinds == {
        **{"passed": "passed", "failed": "failure", "forbidden": "failure", "blocked": "failure"},
        **{"timed_out": "error", "crashed": "error", "broken": "error", "not_graded": "skipped"},
    }


# --- Markdown ---------------------------------------------------------------------------------------------------------


def as_github_shows(text: str) -> _Page:
    """Rendered with HTML let through, tables and strikethrough, as GitHub does before it sanitizes."""
    return _Page(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))


@hostile
@pytest.mark.parametrize("render", [markdown.render, github.summary])
def test_markdown_has_no_element_of_the_text(render: Callable[[Scorecard], str], text: str) -> None:
    page = as_github_shows(render(filled(text)))
    structure = {"h2", "h3", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "pre", "code"}
    assert set(page.tags) <= structure
    assert {name for name, _ in page.attributes} <= {"style", "class"}  # alignment, and the language of code
    assert page.tags.count("h2") == 1
    assert page.tags.count("tr") == 3
    assert page.tags.count("li") == 2 * len(Verdict) - 1  # a passed one is no loss, its note is one
    assert "</details>" not in page.tags


@pytest.mark.parametrize("text", ["@user #1 GH-1 http://e.example www.e.example a@e.example", "*a* _b_ [c](d) `e` \\"])
def test_markdown_shows_text_as_it_stands(text: str) -> None:
    page = as_github_shows(markdown.render(filled(text)))
    assert page.text.count(text) > 20


def test_markdown_text_outside_of_code_is_no_mention_and_no_link() -> None:
    """GitHub links these after Markdown is read: they are written so that it does not."""
    escaped = markdown.escape("@user http://e.example www.e.example #1")
    assert "@" not in escaped
    assert "http://" not in escaped
    assert "www." not in escaped
    assert "#1" not in escaped.replace("\\#1", "")


def test_markdown_says_what_was_lost() -> None:
    text = as_github_shows(markdown.render(CARD)).text
    for part in ("Homework 3: 6 / 9", FAILED.title, FAILED.message, FAILED.hint, FAILED.diagnosis, FAILED.snippet):
        assert part in text


# --- CSV --------------------------------------------------------------------------------------------------------------


@hostile
def test_csv_is_two_lines_without_a_formula(text: str) -> None:
    rows = list(csv.reader(io.StringIO(csv_report.render(filled(text)))))
    assert len(rows) == 2
    assert len(rows[0]) == len(rows[1])
    cells = [cell for row in rows for cell in row]
    assert [cell for cell in cells if re.match(r"\s*[=+@\-\t\r\uff1d\uff0b\uff0d\uff20]", cell)] == []
    assert [cell for cell in cells if "\n" in cell] == []


def test_csv_has_a_column_for_each_question() -> None:
    (row,) = csv.DictReader(io.StringIO(csv_report.render(CARD)))
    assert (row["submission"], row["score"], row["max_score"]) == ("student.py", "6", "9")
    assert (row["Linear"], row["SGD"], row["state"]) == ("3", "3", "graded")


@pytest.mark.parametrize("state", ["interrupted", "broken"])
def test_csv_says_that_a_score_is_not_to_be_taken(state: str) -> None:
    broken = QuestionResult(name="Linear", checks=(replace(FAILED, verdict=Verdict.BROKEN),))
    card = replace(CARD, interrupted="enough") if state == "interrupted" else replace(CARD, questions=(broken,))
    (row,) = csv.DictReader(io.StringIO(csv_report.render(card)))
    assert row["state"] == state


# --- JSON -------------------------------------------------------------------------------------------------------------


@hostile
def test_json_fits_the_published_schema_and_loses_nothing(text: str) -> None:
    schema = json.loads(json_report.schema())
    card = json.loads(json_report.render(filled(text)))
    jsonschema.Draft202012Validator(schema).validate(card)
    assert card["questions"][0]["checks"][1]["message"] == text


def test_schema_is_valid_and_names_every_key() -> None:
    schema = json.loads(json_report.schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    card = json_report.as_dict(CARD)
    question, check = schema["$defs"]["question"], schema["$defs"]["check"]
    for described, written in (
        (schema, card), (question, card["questions"][0]), (check, card["questions"][0]["checks"][0])
    ):  # fmt: skip
        assert list(described["properties"]) == described["required"] == list(written)
        assert all("description" in value for value in described["properties"].values())


def test_every_key_is_documented_as_the_schema_has_it() -> None:
    schema = json.loads(json_report.schema())
    text = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
    for described in (schema, schema["$defs"]["question"], schema["$defs"]["check"]):
        for key, value in described["properties"].items():
            assert re.search(rf"^\| `{key}` \| .* \| {re.escape(value['description'])} \|$", text, re.MULTILINE), key


def test_schema_refuses_what_is_no_scorecard() -> None:
    schema = json.loads(json_report.schema())
    for key, value in (("score", "6"), ("schema", "grader/scorecard/v2"), ("sha256", "x"), ("effort", "immense")):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**json_report.as_dict(CARD), key: value}, schema)


# --- GitHub -----------------------------------------------------------------------------------------------------------

COMMAND = re.compile(r"::(?P<name>[\w-]+)(?: (?P<properties>[^:]*?(?:[^:]*?)))?::(?P<data>.*)")


def _unescaped(text: str) -> str:
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, character)
    return text


def as_runner_reads(line: str) -> tuple[str, dict[str, str], str]:
    """Name, properties and message of a command. Also whatever the runner would take for one in its older syntax."""
    found = COMMAND.fullmatch(line)
    assert found is not None, line
    pairs = [pair.split("=", 1) for pair in (found["properties"] or "").split(",") if pair]
    return found["name"], {name: _unescaped(value) for name, value in pairs}, _unescaped(found["data"])


@hostile
def test_github_annotations_are_errors_and_a_notice_whatever_the_text_is(text: str) -> None:
    lines = github.annotation_lines(filled(text), text)
    printed = [line for told in lines for line in re.split(r"[\r\n\x0b\x0c\x85\u2028\u2029]", told)]
    assert len(printed) == len(lines) == len(Verdict)  # one passed; the score
    for line in printed:
        name, properties, _ = as_runner_reads(line)
        assert name in ("error", "notice")
        assert set(properties) <= {"file", "line", "title"}
        assert not re.search(r"##\w*\[", line)


def test_github_annotation_names_file_line_and_cause() -> None:
    name, properties, message = as_runner_reads(github.annotation_lines(CARD, "hw/a,b: 100%.py")[0])
    assert name == "error"
    assert properties == {"file": "hw/a,b: 100%.py", "line": "12", "title": "Linear: 1.5 points lost"}
    assert message.startswith("It is right too.\nf(1) is 2, expected 3\nHint: add one")


@pytest.mark.parametrize(("lost", "annotations"), [(0, 0), (1, 1), (10, 10), (11, 10), (40, 10)])
def test_github_gets_ten_annotations_at_most_and_the_last_sums_up(lost: int, annotations: int) -> None:
    checks = tuple(replace(FAILED, name=f"test_{i}") for i in range(lost))
    card = replace(CARD, questions=(QuestionResult(name="Linear", checks=(PASSED, *checks)),))
    *errors, notice = map(as_runner_reads, github.annotation_lines(card, "hw.py"))
    assert [name for name, _, _ in errors] == ["error"] * annotations
    assert notice[0] == "notice"
    if lost > 10:
        assert f"{lost - 9} more checks failed, worth {1.5 * (lost - 9):g} points, in Linear" in errors[-1][2]


def test_github_annotation_has_no_line_in_a_notebook() -> None:
    """The line of a cell is no line of the file."""
    assert "line" not in as_runner_reads(github.annotation_lines(CARD, "hw.ipynb")[0])[1]


def test_github_summary_stays_below_one_mebibyte() -> None:
    checks = tuple(replace(FAILED, name=f"test_{i}", message="\N{BLACK SQUARE}" * 1999) for i in range(4))
    summary = github.summary(replace(CARD, questions=(QuestionResult(name="Linear", checks=checks),) * 60))
    assert 500_000 < len(summary.encode()) < 2**20
    assert summary.endswith("The rest is left out: it is too long.\n")
    assert set(as_github_shows(summary).tags) >= {"table", "pre"}


def test_github_outputs_are_numbers_alone() -> None:
    assert github.outputs(CARD) == "score=6\nmax-score=9\n"


# --- several at once --------------------------------------------------------------------------------------------------

FORMAT_NAMES = ("html", "json", "markdown", "csv", "junit", "gradescope", "prairielearn")


def test_all_formats_are_written_in_one_call(tmp_path: Path) -> None:
    assert outputs.write_all(CARD, [Output(name, str(tmp_path / name)) for name in FORMAT_NAMES]) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FORMAT_NAMES)
    for name in FORMAT_NAMES:
        assert (tmp_path / name).read_text() == RENDERERS[name](CARD)


@pytest.mark.parametrize("failing", FORMAT_NAMES)
def test_one_that_cannot_be_written_is_told_and_the_others_still_come(tmp_path: Path, failing: str) -> None:
    wanted = [Output(name, str(tmp_path / ("no/folder" if name == failing else name))) for name in FORMAT_NAMES]
    (problem,) = outputs.write_all(CARD, wanted)
    assert problem.text.endswith(f"(No such file or directory); choose another place for --{failing}")
    assert not problem.is_ours
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(set(FORMAT_NAMES) - {failing})


def test_full_disk_is_told_and_the_others_still_come(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    (problem,) = outputs.write_all(CARD, [Output("html", "/dev/full"), Output("csv", str(tmp_path / "row.csv"))])
    assert problem.text == "/dev/full can't be written (No space left on device); choose another place for --html"
    assert (tmp_path / "row.csv").read_text() == csv_report.render(CARD)


def test_format_that_fails_by_itself_is_the_graders_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(junit, "render", lambda card: 1 // 0)
    (problem,) = outputs.write_all(CARD, [Output(name, str(tmp_path / name)) for name in ("junit", "csv")])
    assert problem.is_ours
    assert "--junit can't be made (ZeroDivisionError" in problem.text
    assert [path.name for path in tmp_path.iterdir()] == ["csv"]


@pytest.mark.parametrize(("first", "second"), [("-", "-"), ("a.txt", "a.txt"), ("a.txt", "./b/../a.txt")])
def test_two_formats_for_one_place_are_refused(first: str, second: str) -> None:
    with pytest.raises(SettingsInvalid, match="--html and --json both go to"):
        outputs.refuse_clashes([Output("html", first), Output("json", second)])


def test_images_that_are_read_wrongly_may_be_bytes() -> None:
    images, predicted, labels = torch.tensor([[[0, 255]], [[7, 8]]]), torch.tensor([0, 1]), torch.tensor([1, 1])
    from_bytes = wrong_images("digits", images.byte(), predicted, labels)
    assert from_bytes.pixels == (b"\x00\xff",)
    assert from_bytes == wrong_images("digits", images / 255, predicted, labels)
