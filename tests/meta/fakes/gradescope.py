"""The keys and values of results.json, as Gradescope documents them."""

from typing import Any

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
