"""What a question needs of its file. Runs inside a worker, before the student's code."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grader.worker.reading.statements import DEFINITIONS, IMPORTS, TORCH, Statement

_LOOPS: Final = (ast.For, ast.AsyncFor, ast.While, ast.If, ast.Try)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The statements that a question needs, in file order."""

    indices: tuple[int, ...]
    certain: bool  # no statement left out can change what the question sees


def slice_for(question: str, program: Sequence[Statement], needs: Iterable[str] = ()) -> Slice:
    """What `question` needs, as the file stands after the question's own last definition.

    needs: the parts that its checks may ask for, whether its own code uses them or not.
    Backwards data flow in file order. Names that function bodies look up and that are bound only below the definition
    are taken from there, as Python would at call time. Where a statement left out might matter after all, `certain` is
    False: a check that fails is then run again on the whole file, so the slice saves time and never costs points.
    """
    definitions = [s.index for s in program if question in s.binds or question in s.changes.direct]
    is_named = bool(definitions)
    # `from layers import *` may bind it
    definitions = definitions or [s.index for s in program if s.dynamic]
    if not definitions:
        return Slice(indices=(), certain=not any(s.changes.wild for s in program))
    cut = max(definitions)
    before, after = program[: cut + 1], program[cut + 1 :]
    bound_before = frozenset[str]().union(*(s.binds for s in before))

    later = {question, *needs}  # names that are looked up when the question's code is called
    while True:
        chosen, needed = _backwards(question, later, before)
        below = [s for s in after if s.binds & (later - bound_before)]
        grown = later.union(*(s.uses_later for s in (*chosen, *below)), *(s.uses for s in below))
        if grown == later:
            break
        later = grown
    indices = {s.index for s in (*chosen, *below)}
    left_out = [s for s in program if s.index not in indices]
    certain = (
        is_named
        and _is_certain(cut, chosen, left_out, needed | later)
        and all(
            not (
                s.state
                or s.dynamic
                or s.changes.wild
                or s.changes.definitions & (needed | later)
                or s.binds & bound_before
            )
            for s in below
        )
    )
    return Slice(indices=tuple(sorted(indices)), certain=certain)


def _backwards(question: str, later: Iterable[str], before: Sequence[Statement]) -> tuple[list[Statement], set[str]]:
    """The statements that `later` needs at the end of `before`, and all names needed on the way.

    `strong` are names whose objects the question itself reaches; handing one to a call counts as a change (a training
    loop changes `model`). The other needed names only feed statements (`train_dataloader`): what matters for them are
    direct changes, else one training loop would drag in every other loop over the same data.
    """
    needed, strong = set(later), _looked_up(question, before)
    ever = set(needed)
    chosen = []
    followers = _followers(before)
    to_needed, to_strong = _with_aliases(needed, followers), _with_aliases(strong, followers)
    for s in reversed(before):
        if not (s.binds & needed or s.changes.direct & to_needed or s.changes.passed & to_strong or s.dynamic):
            continue
        chosen.append(s)
        if s.binds & strong:
            strong |= s.aliases
        needed -= s.rebinds
        strong -= s.rebinds
        needed |= s.uses
        ever |= needed
        to_needed, to_strong = _with_aliases(needed, followers), _with_aliases(strong, followers)
    return chosen, ever


def _looked_up(question: str, program: Sequence[Statement]) -> set[str]:
    """The question, and every name that its functions look up, and theirs."""
    found = {question}
    while True:
        # `model = net`, `model = [net]`: the question reaches the object behind the other name, too.
        grown = found.union(
            *(s.uses_later | (s.aliases if _is_another_name(s.node) else set()) for s in program if s.binds & found)
        )
        if grown == found:
            return found
        found = grown


def _is_another_name(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and not any(isinstance(n, ast.Call) for n in ast.walk(node.value))


def _followers(program: Sequence[Statement]) -> dict[str, set[str]]:
    """For each name, those that were assigned from an expression which mentions it."""
    found: dict[str, set[str]] = {}
    for s in program:
        for name in s.aliases if not isinstance(s.node, _LOOPS) else ():
            found.setdefault(name, set()).update(s.binds)
    return found


def _with_aliases(names: set[str], followers: Mapping[str, set[str]]) -> set[str]:
    """`names`, and every name that may stand for the same object as one of them, or for one that holds it."""
    related, fresh = set(names), set(names)
    while fresh:
        fresh = set[str]().union(*(followers.get(name, ()) for name in fresh)) - related
        related |= fresh
    return related


def _is_certain(cut: int, chosen: Sequence[Statement], left_out: Sequence[Statement], needed: set[str]) -> bool:
    """Whether nothing that is left out matters. On the safe side: True needs a proof, which data seldom allow.

    Where the slice holds no object with state, only changes of its functions, classes and modules matter, and names
    bound anew below. Where it does, any statement that gets at some object might get at that one, by another name.
    """
    has_state = any(s.state & needed for s in chosen)
    imported = {pair for s in chosen for pair in _origins(s.node)}
    for s in left_out:
        is_definition = isinstance(s.node, (*DEFINITIONS, *IMPORTS)) and not s.changes.passed and not s.changes.direct
        bound = s.binds & needed
        if isinstance(s.node, IMPORTS):
            bound -= {name for name, origin in _origins(s.node) if (name, origin) in imported}
        if (
            s.dynamic
            or s.changes.wild
            or s.changes.definitions & (needed | {TORCH})
            or (bound and (s.index > cut or has_state))
            or (has_state and s.state and not is_definition)
        ):
            return False
    # exec and the like need names that are not known
    return not any(s.searches or (s.dynamic and not isinstance(s.node, IMPORTS)) for s in chosen)


def _origins(node: ast.stmt) -> set[tuple[str, str]]:
    """Of an import: each name that it binds, and what it stands for."""
    if isinstance(node, ast.Import):
        return {((alias.asname or alias.name).split(".")[0], ast.dump(alias)) for alias in node.names}
    if isinstance(node, ast.ImportFrom):
        return {(alias.asname or alias.name, f"{node.level} {node.module} {alias.name}") for alias in node.names}
    return set()
