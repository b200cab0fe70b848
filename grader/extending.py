"""`extends = "hw3"`: a homework that is another one but for what its own assignment.toml says.

Own test files stand beside the shipped ones. What is written replaces what the other has under that key; questions,
their checks and settings, and limits are taken one by one, and lists of rules may be added to. TOML has no `+=`:

    [rules]
    allowed.add = ["torch.nn.ReLU"]     # banned.add, allowed.remove and banned.remove, too
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from grader.errors import AssignmentInvalid
from grader.installed import FILE_NAME, installed
from grader.toml_values import listed, read_toml, typed

PATHS: Final = ("reference", "template", "stand_ins", "answers")
OWN_KEYS: Final = frozenset({"extends", "drop"})
NOT_TAKEN: Final = frozenset({"points", "proof"})  # a sum that own checks change; mutants that lose what they name
_PARTS: Final = ("checks", "settings", "visibility")  # of a question, that are taken one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Extended:
    """An assignment.toml with all that it is built on."""

    table: Mapping[str, Any]
    folders: tuple[Path, ...] = ()  # of what it is built on, the nearest first
    dropped: frozenset[str] = frozenset()  # questions and checks of those that are not run


def read_table(folder: Path, above: tuple[Path, ...] = ()) -> Extended:
    """The table of that folder. above: the folders that are built on it. Raises AssignmentInvalid."""
    path = folder / FILE_NAME
    own = read_toml(path)
    if "extends" not in own:
        if "drop" in own:
            raise AssignmentInvalid(f'{path}: drop is for a homework with `extends = "..."`; delete the check instead')
        return Extended(table=own)
    try:
        base_folder = _base_of(folder, typed(own, "extends", str))
        if base_folder in (*above, folder):
            raise ValueError(f"extends = {own['extends']!r} leads back to it")
        base = read_table(base_folder, (*above, folder))
        dropped = _dropped(listed(own, "drop"), base.table)
        table = _merged(_without(base.table, {*listed(own, "drop")}), own, base_folder)
    except (KeyError, TypeError, ValueError) as error:
        raise AssignmentInvalid(f"{path}: {error}") from None
    return Extended(table=table, folders=(base_folder, *base.folders), dropped=dropped | base.dropped)


def _base_of(folder: Path, named: str) -> Path:
    """The folder of the assignment that is named: installed, or a path from that folder. Raises ValueError."""
    found = installed().folders
    if named in found:
        return found[named].resolve()
    if (folder / named / FILE_NAME).is_file():
        return (folder / named).resolve()
    if Path(named).name in found:  # elsewhere than where it was written, as in Gradescope's package
        return found[Path(named).name].resolve()
    near = difflib.get_close_matches(named, found, n=1)
    meant = f"did you mean {near[0]}?" if near else f"name one of {', '.join(found)}, or a folder"
    raise ValueError(
        f"extends = {named!r} is no assignment that is installed, and no folder with an {FILE_NAME}; {meant}"
    )


def _questions(table: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The tables of its questions, by name. Raises KeyError or TypeError."""
    entries = typed({"question": [], **table}, "question", list)
    if any(type(entry) is not dict for entry in entries):
        raise TypeError("question is not a list of tables: write [[question]]")
    return {typed(entry, "name", str): entry for entry in entries}


def _dropped(drop: tuple[str, ...], base: Mapping[str, Any]) -> frozenset[str]:
    """The checks and questions that are meant, with all checks of the latter. Raises ValueError for an unknown name."""
    questions = _questions(base)
    checks = [check for entry in questions.values() for check in typed(entry, "checks", dict)]
    for name in drop:
        if name not in questions and name not in checks:
            near = difflib.get_close_matches(name, [*questions, *checks], n=1)
            raise ValueError(f"drop names {name!r}, which is no check{f'; did you mean {near[0]}?' if near else ''}")
    whole = {check for name in drop if name in questions for check in questions[name]["checks"]}
    return frozenset({*drop} | whole)


def _without(base: Mapping[str, Any], drop: set[str]) -> dict[str, Any]:
    """The table without these checks and questions."""
    questions = []
    for name, entry in _questions(base).items():
        if name not in drop:
            tables = {
                part: {k: v for k, v in entry.get(part, {}).items() if k not in drop}
                for part in ("checks", "visibility")
            }
            questions.append({**entry, **{part: table for part, table in tables.items() if part in entry}})
    return {**base, "question": questions}


def _merged(base: dict[str, Any], own: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The other's table with what is written in this one."""
    moved = {key: str(folder / base[key]) for key in PATHS if type(base.get(key)) is str}
    plain = {key: value for key, value in own.items() if key not in OWN_KEYS | {"question", "rules", "limits"}}
    table = {**{key: value for key, value in base.items() if key not in NOT_TAKEN}, **moved, **plain}
    if "limits" in own:
        table["limits"] = {**base.get("limits", {}), **typed(own, "limits", dict)}
    if "rules" in own:
        table["rules"] = _rules(base.get("rules", {}), typed(own, "rules", dict))
    questions = _questions(base)
    for name, entry in _questions(own).items():
        questions[name] = _question(questions[name], entry) if name in questions else entry
    return {**table, "question": [*questions.values()]}


def _question(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**base, **own}
    for part in _PARTS:
        if part in base and part in own:
            merged[part] = {**base[part], **typed(own, part, dict)}
    for check, value in typed({"checks": {}, **own}, "checks", dict).items():
        before = base["checks"].get(check, {})
        if type(value) is dict and before != {}:  # of which only what differs is written
            merged["checks"][check] = {**(before if type(before) is dict else {"points": before}), **value}
    return merged


def _rules(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Lists that are written replace the other's; those under `add` and `remove` amend it."""
    merged = {"banned": [], "allowed": [], "advice": "", **base}
    for key, value in own.items():
        if type(value) is not dict:
            merged[key] = value
            continue
        if unknown := value.keys() - {"add", "remove"}:
            raise ValueError(f"[rules] {key}.{sorted(unknown)[0]} is unknown; write {key}.add or {key}.remove")
        before, remove = merged[key], listed(value, "remove")
        if missing := [name for name in remove if name not in before]:
            raise ValueError(f"[rules] {key}.remove names {missing[0]!r}, which is not in {key}")
        merged[key] = [*(name for name in before if name not in remove), *listed(value, "add")]
    return merged
