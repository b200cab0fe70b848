"""A mutant that breaks the rules."""

from tests.meta.mutants import Edit, Mutant


def forbidden(name: str, question: str, mistake: str, *edits: Edit) -> Mutant:
    return Mutant(name=f"rules-{name}", questions=(question,), mistake=mistake, edits=edits, verdict="forbidden")
