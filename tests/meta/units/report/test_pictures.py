"""Figures as SVG: well-formed, inside of their frame, and told in words as well."""

from xml.etree import ElementTree

import pytest

from grader.figures import ConfusionMatrix, Coverage, Curves, Histogram, Series
from grader.report import pictures

Element = ElementTree.Element
SPACE = "{http://www.w3.org/2000/svg}"


def drawn(svg: str) -> Element:
    """The picture, in which every mark and line is inside of its frame."""
    root = ElementTree.fromstring(svg)
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    for element in root.iter():
        number = {name: float(value) for name, value in element.items() if name in NUMBERS}
        left, top = number.get("x", number.get("cx", 0)), number.get("y", number.get("cy", 0))
        assert 0 <= left <= left + number.get("width", 0) <= width
        assert 0 <= top <= top + number.get("height", 0) <= height
        for point in element.get("points", "").split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height
    return root


NUMBERS = ("x", "y", "cx", "cy", "width", "height")


def told(root: Element) -> str:
    """The words, which a screen reader finds in both places."""
    title = root.find(f"{SPACE}title")
    assert title is not None
    assert title.text == root.attrib["aria-label"]
    return title.text or ""


def words(root: Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SPACE}text")]


def marks(root: Element, kind: str) -> list[Element]:
    return [element for element in root.iter() if element.get("class") == kind]


def test_bars_are_as_high_as_their_counts_and_expected_ones_fit_above_them() -> None:
    figure = Histogram(title="t", low=-4.0, high=4.0, counts=(0, 1, 2), expected=(8.0, 1.0, 1.0))
    root = drawn(pictures.histogram(figure))
    none, one, two = (float(bar.attrib["height"]) for bar in marks(root, "bar"))
    assert none == 0
    assert two == pytest.approx(2 * one, abs=0.2)  # drawn to a tenth of a pixel
    assert told(root).startswith("bars: 3 numbers that came")
    assert words(root) == ["0", "2", "4", "6", "8", "-4", "-2", "0", "2", "4", "value", "how many"]


def test_histogram_of_nothing_is_drawn() -> None:
    root = drawn(pictures.histogram(Histogram(title="t", low=0.0, high=1.0, counts=(0, 0), expected=(0.0, 0.0))))
    assert [bar.attrib["height"] for bar in marks(root, "bar")] == ["0.0", "0.0"]


@pytest.mark.parametrize(
    "points",
    [
        ((0, 0.0),),
        ((3, 2.0), (4, 2.0)),
        ((0, -1.0), (1, -2.0)),
        ((0, 1e308), (1, -1e308 / 2)),
        tuple((i, 1 / (i + 1)) for i in range(200)),
    ],
    ids=["one zero", "flat", "below zero", "huge", "long"],
)
def test_curve_of_any_numbers_is_drawn_in_its_frame(points: tuple[tuple[int, float], ...]) -> None:
    figure = Curves(title="t", note="n", series=(Series(name="training", points=points),), step="epoch")
    root = drawn(pictures.curves(figure))
    assert len(marks(root, "mark-0")) == len(points)
    assert len([text for text in root.iter(f"{SPACE}text") if text.get("text-anchor") == "middle"]) <= 13


def test_share_is_shown_in_percent_and_axes_have_names() -> None:
    series = (Series(name="training", points=((1, 0.1412), (2, 0.0915))),)
    figure = Curves(title="t", note="n", series=series, step="epoch", quantity="error", is_share=True)
    root = drawn(pictures.curves(figure))
    assert words(root) == ["0 %", "5 %", "10 %", "15 %", "1", "2", "epoch", "error"]
    assert told(root) == "training: 14.12 % at epoch 1, 9.15 % at epoch 2"


def test_names_of_a_suite_are_escaped() -> None:
    series = (Series(name='<b>"', points=((1, 0.5),)),)
    figure = Curves(title="t", note="n", series=series, step="<i>", quantity="a & b")
    root = drawn(pictures.curves(figure))
    assert words(root)[-2:] == ["<i>", "a & b"]
    assert told(root).startswith('<b>": 0.5 at <i> 1')


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 2.37, [0, 0.5, 1, 1.5, 2, 2.5]),
        (0, 0.0915, [0, 0.02, 0.04, 0.06, 0.08, 0.1]),
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (-4, 4, [-4, -2, 0, 2, 4]),
        (-3, 950, [-500, 0, 500, 1000]),
        (3, 3, [3, 4]),
    ],
)
def test_ticks_are_round_and_reach_around_all(low: float, high: float, ticks: list[float]) -> None:
    assert pictures.round_ticks(low, high) == pytest.approx(ticks)


def test_curves_are_told_apart_by_their_marks_and_in_words() -> None:
    series = tuple(Series(name=name, points=((1, 0.5), (2, 0.25))) for name in ("training", "test"))
    root = drawn(pictures.curves(Curves(title="t", note="n", series=series, step="epoch")))
    assert [mark.tag for mark in marks(root, "mark-0")] == [f"{SPACE}circle"] * 2
    assert [mark.tag for mark in marks(root, "mark-1")] == [f"{SPACE}rect"] * 2
    assert told(root) == "training: 0.5 at epoch 1, 0.25 at epoch 2; test: 0.5 at epoch 1, 0.25 at epoch 2"


def test_row_that_was_delivered_never_or_often_stands_out() -> None:
    root = drawn(pictures.coverage(Coverage(title="t", times=(1, 0, 3) + (1,) * 18)))
    assert [len(marks(root, kind)) for kind in ("once", "never", "often")] == [19, 1, 1]
    assert words(root)[:3] == ["1", "0", "3"]
    assert words(root)[-3:] == ["0", "10", "20"]  # the first row of each line
    assert told(root) == "21 rows; never delivered: 1; more than once: 2"


def test_of_many_missed_rows_ten_are_listed() -> None:
    assert told(drawn(pictures.coverage(Coverage(title="t", times=(0,) * 10)))).count("...") == 0
    assert "never delivered: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...; more than once: none" in told(
        drawn(pictures.coverage(Coverage(title="t", times=(0,) * 11)))
    )


def test_most_frequent_confusions_come_first_and_hits_are_none() -> None:
    counts = ((9, 1, 0, 4), (1, 9, 7, 0), (0, 0, 9, 1), (0, 4, 0, 9))
    said = [*pictures.most_confused(ConfusionMatrix(title="t", counts=counts))]
    assert said == ["1 read as 2: 7 times", "0 read as 3: 4 times", "3 read as 1: 4 times"]
    assert [*pictures.most_confused(ConfusionMatrix(title="t", counts=((3, 0), (0, 3))))] == []


def test_few_mistakes_are_shaded_as_strongly_as_many_hits() -> None:
    row = (95, 5, 0)
    assert [pictures.shade(95, row, is_right=True), pictures.shade(5, row, is_right=False)] == ["0.95", "1.00"]
    assert pictures.shade(90, row, is_right=False) == "1.00"  # never more than all
    assert pictures.shade(0, (0, 0), is_right=True) == pictures.shade(0, (0, 0), is_right=False) == "0.00"
