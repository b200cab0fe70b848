"""The corpus of mutants and variants is sound: it fits the reference, and it is as large as it claims to be."""

import ast
import tomllib
from collections import Counter

import pytest

from tests.meta import mutants, variants
from tests.meta.mutants import Mutant, all_mutants
from tests.meta.mutants.twins import all_twins
from tests.meta.tools.repository import ROOT
from tests.meta.variants import Variant, all_variants

REFERENCE = (ROOT / "reference" / "hw3.py").read_text(encoding="utf-8")
QUESTIONS = tuple(
    question["name"]
    for question in tomllib.loads((ROOT / "tests" / "hw3" / "assignment.toml").read_text(encoding="utf-8"))["question"]
)
MUTANTS = all_mutants()
VARIANTS = all_variants()
TWINS = all_twins()


def definitions(source: str) -> dict[str, str]:
    """The last definition of each top-level function and class, without its place in the file."""
    nodes = ast.parse(source).body
    return {node.name: ast.dump(node) for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}


@pytest.mark.parametrize("mutant", [*MUTANTS, *TWINS], ids=lambda mutant: mutant.name)
def test_mutant_fits_the_reference_and_compiles(mutant: Mutant) -> None:
    source = mutants.apply(REFERENCE, mutant)
    compile(source, mutant.name, "exec", dont_inherit=True)
    assert source != REFERENCE


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_variant_fits_the_reference_and_compiles(variant: Variant) -> None:
    source = variants.apply(REFERENCE, variant)
    compile(source.encode(), variant.name, "exec", dont_inherit=True)
    assert source != REFERENCE


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_mutant_names_questions_of_the_homework(mutant: Mutant) -> None:
    assert mutant.questions
    assert set(mutant.questions) <= set(QUESTIONS)
    assert len(set(mutant.questions)) == len(mutant.questions)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_mutant_changes_no_part_that_it_does_not_name(mutant: Mutant) -> None:
    before, after = definitions(REFERENCE), definitions(mutants.apply(REFERENCE, mutant))
    changed = {question for question in QUESTIONS if before[question] != after.get(question)}
    added_length = {"DataLoader"} if mutant.name == "epoch-length-of-loader" else set()  # it gains a right __len__
    assert changed - added_length <= set(mutant.questions)


def test_names_are_unique_and_in_kebab_case() -> None:
    names = [mutant.name for mutant in MUTANTS] + [variant.name for variant in VARIANTS]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert [name for name in names if set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789-")] == []


def test_no_two_cases_are_the_same_source() -> None:
    sources = [mutants.apply(REFERENCE, mutant) for mutant in (*MUTANTS, *TWINS)]
    sources += [variants.apply(REFERENCE, variant) for variant in VARIANTS]
    assert len(set(sources)) == len(sources)


def test_mistakes_are_sentences_without_full_stop() -> None:
    texts = [mutant.mistake for mutant in MUTANTS] + [variant.what for variant in VARIANTS]
    assert [text for text in texts if not text or text.endswith(".") or "\n" in text] == []


def test_there_are_150_mutants_and_12_for_each_question() -> None:
    assert len(MUTANTS) >= 150
    count = Counter(question for mutant in MUTANTS for question in mutant.questions)
    assert {question: count[question] for question in QUESTIONS if count[question] < 12} == {}


def test_each_question_has_12_mutants_beside_those_that_break_the_rules() -> None:
    count = Counter(question for mutant in MUTANTS if mutant.verdict == "failed" for question in mutant.questions)
    assert {question: count[question] for question in QUESTIONS if count[question] < 12} == {}


def test_there_are_40_variants() -> None:
    assert len(VARIANTS) >= 40


def test_crlf_variant_has_no_other_line_end() -> None:
    crlf = [variants.apply(REFERENCE, variant) for variant in VARIANTS if variant.newline == "\r\n"]
    assert crlf
    assert all(source.count("\n") == source.count("\r\n") > 100 for source in crlf)
