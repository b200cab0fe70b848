"""Each operator, on a source as small as possible: exactly these mistakes and no other."""

import pytest

from grader.doctor.operators import OPERATORS
from tests.meta.tools.owning import made_of


def made_by(operator: str, source: str) -> list[str]:
    """What it makes of the line of `source` that stands in the question f, in the order of the text."""
    if source.startswith(("def ", "@")):
        return [m.source.strip() for m in made_of(source, ["f"]) if m.operator == operator]
    original = f"import torch\ndef f(x, y):\n    {source}\n"
    mutants = made_of(original, ["f"])
    return [m.source.split("\n    ", 1)[1].rstrip("\n") for m in mutants if m.operator == operator]


@pytest.mark.parametrize(
    ("operator", "source", "made"),
    [
        ("arithmetic", "return x + y", ["return x - y", "return x", "return y"]),
        ("arithmetic", "return x - y", ["return x + y", "return y - x", "return x", "return y"]),
        ("arithmetic", "return x @ y", ["return x * y", "return y @ x", "return x", "return y"]),
        ("arithmetic", "x += y", ["x -= y", "x = y"]),
        ("arithmetic", "x /= y", ["x *= y", "x //= y", "x = y"]),
        ("arithmetic", "return -x", ["return x"]),
        ("comparison", "return x < y", ["return x <= y", "return x > y"]),
        ("comparison", "return x == y", ["return x != y"]),
        ("comparison", "return x is not y", ["return x is y"]),
        ("comparison", "return x < y in z", ["return x <= y in z", "return x > y in z", "return x < y not in z"]),
        ("condition", "return x if f(y) else y", [f"return x if {t} else y" for t in ("True", "False", "not f(y)")]),
        ("condition", "return x if x < y else y", [f"return x if {t} else y" for t in ("True", "False")]),
        ("condition", "return x and y", ["return x or y"]),
        ("condition", "return x or y or z", ["return x and y or z", "return x or y and z"]),
        ("condition", "return not x", ["return x"]),
        ("condition", "return [a for a in x if y]",
            [f"return [a for a in x if {t}]" for t in ("True", "False", "not y")]),
        ("constant", "return 0", ["return 1"]),
        ("constant", "return 1", ["return 0", "return 2", "return -1"]),
        ("constant", "return 10", ["return 11", "return 20", "return -10", "return 5"]),
        ("constant", "return 0.5", ["return 1.5", "return 1.0", "return -0.5", "return 0.25"]),
        ("constant", "return True", ["return False"]),
        ("constant", "return x[-1]", ["return x[-0]", "return x[-2]"]),
        ("constant", "return f(x, dim=1)", ["return f(x, dim=0)", "return f(x, dim=-1)"]),
        ("constant", "return f(x, dim=0)", ["return f(x, dim=1)", "return f(x, dim=-1)"]),
        ("constant", 'return "1"', []),
        ("arguments", "return f(x, y)", ["return f(y, x)", "return f(y)", "return f(x)"]),
        ("arguments", "return f(x, dim=1)", ["return f(dim=1)", "return f(x)"]),
        ("arguments", "return f(x)", []),
        ("arguments", "return [x, *y]", ["return [*y, x]", "return [*y]", "return [x]"]),
        ("arguments", "return x, y", ["return y, x", "return x", "return y"]),
        ("arguments", "for a, b in x: f(a, b)", [f"for {t} in x: f({c})" for t, c in [
            ("b, a", "a, b"), ("a, b", "b, a"), ("a, b", "b"), ("a, b", "a")]]),
        ("arguments", "x, y = 1, z", ["x, y = z, 1"]),
        ("parameters", "def f(a, b): pass", ["def f(b, a): pass"]),
        ("parameters", "def f(a, b=1): pass", ["def f(b, a=1): pass", "def f(a, b): pass"]),
        ("parameters", "def f(a: int, b: str): pass", ["def f(b: str, a: int): pass"]),
        ("statement", "return x", ["pass"]),
        ("statement", "x = y", ["pass"]),
        ("statement", "raise x", ["pass"]),
        ("statement", "super().__init__()", ["pass"]),
        ("statement", "for a in x: f(a)", ["pass", "for a in x: pass"]),
        ("context", "with torch.no_grad(): x = y", ["if True: x = y"]),
        ("context", "with open(x) as a, open(y) as b: f(a)", ["if True: f(a)"]),
        ("context", "@torch.no_grad()\ndef f(a): pass", ["def f(a): pass"]),
        ("call", "return x.item()", ["return x"]),
        ("call", "return (x - y).mean()", ["return (x - y)"]),
        ("call", "return torch.relu(x)", ["return x"]),
        ("call", "return torch.softmax(x, dim=1)", ["return x"]),
        ("call", "return self.layer(x)", ["return x"]),
        ("call", "return list(x)", ["return x"]),
        ("call", "x.zero_()", []),
        ("transposition", "return x @ y.T", ["return x.T @ y.T", "return x @ y"]),
        ("transposition", "return x @ y", ["return x.T @ y", "return x @ y.T"]),
        ("another name", "return x.mean()", ["return x.sum()"]),
        ("another name", "return x.argmax(dim=1)", ["return x.argmin(dim=1)"]),
        ("another name", "return torch.randn(x)", ["return torch.rand(x)"]),
        ("another name", "x.y = ModuleList(y)", ["x.y = list(y)"]),
        ("detached", "return x", ["return x.detach()", "return x.item()"]),
        ("detached", "y = torch.exp(x)", [f"y = torch.exp(x){call}()" for call in (".detach", ".item")]
            + ["y = torch.exp(x.detach())"]),
        ("detached", "x += len(y)", []),
        ("detached", "x.y = Layer(x)", []),
        ("slices", "return x[y:z]", [f"return x[{s}]" for s in (
            "y + 1:z", "y - 1:z", "y:z + 1", "y:z - 1", ":z", "y:")]),
        ("slices", "return x[:y]", ["return x[:y + 1]", "return x[:y - 1]", "return x[1:y]", "return x[:]"]),
        ("slices", "return x[1:]", ["return x[:]", "return x[1:-1]"]),
        ("slices", "return slice(x, y)",
            [f"return slice({s})" for s in ("x + 1, y", "x - 1, y", "x, y + 1", "x, y - 1")]),
    ],
)  # fmt: skip
def test_operator_makes_these_mistakes(operator: str, source: str, made: list[str]) -> None:
    assert made_by(operator, source) == made


def test_operand_that_stands_alone_keeps_what_it_was() -> None:
    assert "return (x - y) * z" in made_by("arithmetic", "return (x - y) * z ** 2")
    assert "return (x + 1).item()" in made_by("detached", "return x + 1")


def test_each_operator_makes_a_mutant_of_a_source_that_has_something_of_all() -> None:
    source = """\
def f(x, y=1):
    with no_grad():
        if x < y and not y:
            return f(x[1:] @ y.T).mean(), -x
"""
    assert {mutant.operator for mutant in made_of(source, ["f"])} == set(OPERATORS)
