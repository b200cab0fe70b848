"""What the measure of snippets counts."""

import pytest

from tests.meta.measures import run_snippets


@pytest.mark.parametrize(
    ("snippet", "size"),
    [
        ("", 0),
        ("x = torch.tensor([[1.0, -2.0], [3.0, 4.5]])", 4),
        ("x = torch.tensor(2.0)", 1),
        ("x = torch.full([3, 4], 1.0)", 12),
        ("x = torch.zeros([2, 0])", 0),
        ("x = torch.arange(5, 105).reshape(100, 1)", 100),
    ],
)
def test_size_of_the_largest_tensor_is_counted(snippet: str, size: int) -> None:
    assert run_snippets.largest_tensor(snippet) == size
