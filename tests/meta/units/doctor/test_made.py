"""Made mutants are diffs of one statement, belong to the right question, and are known by what they say alone."""

import ast
import difflib
import functools

import pytest

from grader.assignment import find_assignment, load_assignment
from tests.meta.mutants.test_corpus import QUESTIONS, REFERENCE
from tests.meta.tools.owning import made_of, owners_in

HW3 = load_assignment(find_assignment("hw3"))
MADE = made_of(REFERENCE, QUESTIONS, HW3)


def test_reference_gives_200_mutants_of_the_parts_and_some_of_each_question() -> None:
    trained = {"eval_linear_model", "eval_two_layer_nn"}
    assert sum(not mutant.questions & trained for mutant in MADE) >= 200
    assert {question for mutant in MADE for question in mutant.questions} == set(QUESTIONS)


@functools.cache
def statements_of(source: str) -> tuple[tuple[str, str], ...]:
    """Of each top-level statement the name that it defines, if it does, and all that it says."""
    return tuple((getattr(node, "name", ""), ast.dump(node)) for node in ast.parse(source).body)


def test_no_two_mutants_are_the_same_program_and_none_is_the_reference() -> None:
    programs = {statements_of(mutant.source) for mutant in MADE}
    assert len(programs | {statements_of(REFERENCE)}) == len(MADE) + 1


def test_mutant_changes_one_top_level_statement_and_no_question_that_is_not_its_own() -> None:
    right = statements_of(REFERENCE)
    for mutant in MADE:
        changed = [a for a, b in zip(right, statements_of(mutant.source), strict=True) if a != b]
        assert len(changed) == 1, mutant.name
        assert {name for name, _ in changed} & set(QUESTIONS) <= mutant.questions, mutant.name


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_splicing_keeps_every_byte_but_those_of_one_statement(line_end: str) -> None:
    lines = [
        "# -*- kept -*-   ",
        "import torch  # «ü»",
        "",
        'ü = "größe"; x = 1',
        "def f(größe, y):",
        '    """Ünïcode."""',
        "\t",
        "    z = (größe  +  # why",
        "         y )*2   # € after",
        "    return  torch.sum( z,dim = 1 )   ",
        "",
        "def other():",
        "    return ü",
    ]
    source = line_end.join(lines)
    made = made_of(source, ["f"])
    assert len(made) > 15
    for mutant in made:
        place = difflib.SequenceMatcher(None, source, mutant.source, autojunk=False).get_opcodes()
        changed = [opcode for opcode in place if opcode[0] != "equal"]
        first, last = changed[0][1], changed[-1][2]
        allowed = [
            (source.index("größe, y"), source.index("):")),
            (source.index("z = ("), source.index("*2") + 2),
            (source.index("return  torch"), source.index(" )   ") + 2),
        ]
        assert any(start <= first and last <= stop for start, stop in allowed), mutant.source
        assert mutant.source[:first] == source[:first]
        assert source.endswith(mutant.source[len(mutant.source) - (len(source) - last) :])


def test_mutant_of_the_reference_is_a_diff_of_one_statement() -> None:
    several = [mutant for mutant in MADE if mutant.diff(REFERENCE).count("@@") != 2]
    assert [mutant.name for mutant in several] == []
    longer = [mutant for mutant in MADE if len(mutant.diff(REFERENCE).splitlines()) != 3]
    assert {mutant.after for mutant in longer} == {"pass"}  # a statement of several lines that is dropped


def test_key_tells_no_line() -> None:
    further_down = made_of(REFERENCE.replace("\n\n\n", "\n\n# a comment\n\n\n\n"), QUESTIONS, HW3)
    assert [mutant.key for mutant in further_down] == [mutant.key for mutant in MADE]


def test_key_normalises_the_statement() -> None:
    plain, odd = "def f(x):\n    return x + 1\n", "def f( x ):\n    return (x\n      +1)  # why\n"
    assert {m.key for m in made_of(plain, ["f"])} == {m.key for m in made_of(odd, ["f"])}


def test_same_statement_in_two_functions_has_two_keys() -> None:
    source = "class A:\n    def f(self, x):\n        return x\n\n    def g(self, x):\n        return x\n"
    assert {mutant.inside for mutant in made_of(source, ["A"])} == {"A.f", "A.g"}


def test_opening_line_stands_for_a_compound_statement() -> None:
    made = made_of("@staticmethod\ndef f(x, y):\n    if x < y:\n        f(x)\n        f(y)\n", ["f"])
    assert {mutant.before for mutant in made} == {"@staticmethod\ndef f(x, y):", "if x < y:", "f(x)", "f(y)"}
    assert "if x <= y:" in {mutant.after for mutant in made}


def test_statement_belongs_to_the_questions_that_it_is_there_for() -> None:
    source = """\
import torch
rate = 2
unused = 5
def helper(x): return x * rate
def A(x): return helper(x)
data = [A(1)]
data.append(3)
model = A(data)
def fit(net): return net.append(net)
fit(model)
def B(): return model
rate = rate + 1
def C(): return A(data)
"""
    lines = source.splitlines()
    owners = dict(zip(lines, owners_in(source, ["A", "B", "C"]), strict=True))
    assert owners == {
        "import torch": set(),
        "rate = 2": {"A"},
        "unused = 5": set(),
        "def helper(x): return x * rate": {"A"},
        "def A(x): return helper(x)": {"A"},
        "data = [A(1)]": {"B", "C"},
        "data.append(3)": {"B", "C"},
        "model = A(data)": {"B", "C"},  # it may change data
        "def fit(net): return net.append(net)": {"B", "C"},
        "fit(model)": {"B", "C"},
        "def B(): return model": {"B"},
        "rate = rate + 1": {"C"},  # A is taken as it stands after its definition
        "def C(): return A(data)": {"C"},
    }


def test_what_does_not_compile_is_no_mutant() -> None:
    assert {m.source for m in made_of("def f(*, a=1, b=2): pass\n", ["f"]) if m.operator == "parameters"} == set()
    for mutant in made_of("def f(a=1, b=2):\n    return [a for a in b]\n", ["f"]):
        compile(mutant.source, "made", "exec", dont_inherit=True)


def test_docstrings_formatted_strings_and_imports_are_left_alone() -> None:
    source = 'import a\ndef f():\n    """1"""\n    import b\n    x: int = f"{1 + 2}"\n'
    assert {mutant.after for mutant in made_of(source, ["f"])} == {"pass"}
