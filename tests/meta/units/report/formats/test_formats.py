"""What holds for every format of a report, whatever text is in it."""

import pytest

from tests.meta.units.report.cards import characters_that_do_harm, filled, hostile
from tests.meta.units.report.formats.renderers import RENDERERS


@hostile
@pytest.mark.parametrize("name", RENDERERS)
def test_no_format_holds_a_control_character_or_grows_without_bound(name: str, text: str) -> None:
    rendered = RENDERERS[name](filled(text))
    rendered.encode()
    assert characters_that_do_harm(rendered) == set()
    if name != "json":  # which is for programs: nothing is cut
        assert len(rendered) < 500_000
