"""Inside the worker: notes each call that reaches what the rules ban from the student's code, however it is spelled.

The banned functions and the constructors of banned classes keep their identity; their code is replaced by a few
instructions that look at who calls and go on to the original (grader.worker.detours). So a function is guarded under
every name and in every list, closure or cache that holds it, a base-torch program never runs an instruction of this
module (a training takes the same time), and a layer of torch.nn that the judge made pays some 5 us a call.

Who calls is decided by the nearest frame: torch, torchvision and other libraries and the stand-ins are free, and so are
the assignment's parts in what they call themselves, and not in what they were given; Python's own library, the
harness, the few functions of torch that only call on what they are given, and a library's frame that does not call the
banned thing by its name, or holds it as an argument (tree_map(relu, X)), are looked through. Anything else is the
student's, code in strings too;
code that is compiled under the name of a library's file makes that file the student's. What the
judge asks of the student's objects is asked from a frame that counts as theirs (grader.worker.operations).
What counts of a class is that the student makes an object of it or a subclass, gives it to an object, or calls a method
of it on another object: the methods of a layer or optimizer that the judge made are free.

What this can't prove. The guard lives in the student's process: code that finds the originals with the garbage
collector, loads marshalled code, or rewrites this package isn't noted, nor is an object made by object.__new__ without
its constructor, a thread that starts in a banned function, what TorchScript runs, what is private, a module that is
loaded by hand from its file (imports are seen: grader.worker.postponed), or an operator of torch that is written in
Python. Spelled out, most of these are found by source (grader.worker.reading.uses). What is noted is no proof, but the
worker's word: it can only cost its own submission points.
"""

from __future__ import annotations

import abc
import enum
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import torch

from grader.boundary.messages import Sighting
from grader.boundary.owners import Lines
from grader.boundary.rules import Rules
from grader.machine import garbage
from grader.worker import detours, disguise
from grader.worker.callers import CALLS_ON, PARTS, STAND_INS, Caller, classify, unwrapped
from grader.worker.callers import holds as holds_thing
from grader.worker.callers import names as names_it
from grader.worker.sightings import Sightings

MAX_OWNERS: Final = 8
MAX_OWNER_LENGTH: Final = 100


class Guard:
    """The guarded functions and classes of this process, and what was noted."""

    def __init__(self) -> None:
        self._rules = Rules()
        self._names: dict[int, str] = {}  # by id of the guarded function or class
        self._keep: list[object] = []  # so that no id is used again
        self._undo: list[Callable[[], object]] = []
        self._sightings = Sightings()
        self._callers: dict[str, Caller] = {STAND_INS: Caller.TRUSTED, PARTS: Caller.PARTS}
        self._look = _looker(self)

    def enforce(self, rules: Rules) -> bool:
        """Guard what these rules ban; whether that is new. It takes some 0.1 s: best before workers are forked."""
        if rules == self._rules:
            return False
        for undo in reversed(self._undo):
            undo()
        self._undo.clear()
        self._names.clear()
        self._keep.clear()
        self._rules = rules
        self.cover()
        return True

    def cover(self) -> None:
        """Guard what the rules ban in the modules that are imported by now, too."""
        with garbage.left_alone():
            free = _classes_that_allowed_ones_use(self._rules)
            for path, module in sorted(_banned_modules(self._rules), key=_best_known_first):
                for name, thing in list(vars(module).items()):
                    if not name.startswith("_") and isinstance(thing, _GUARDED):
                        self._guard(path, module, name, thing, free)

    def concerns(self, module: str) -> bool:
        """Whether a module of that name has things in it to be guarded."""
        return _is_guarded(module, self._rules)

    def watch(self, file: str, lines: Lines | None = None) -> None:
        """From now on, code of this file is the student's, and its lines are reported. lines: who owns which."""
        self._sightings.lines = lines
        self._sightings.is_loading = lines is not None
        self._callers[file] = Caller.SUBMISSION
        disguise.listen(self._names, self._callers, self._look)

    def answer(self) -> None:
        """All is executed: what is used from now on is used for what is asked."""
        self._sightings.is_loading = False

    def take(self) -> list[Sighting]:
        """What was noted since the last time."""
        return self._sightings.take()

    def look_at(self, name: str, value: object) -> None:
        """The judge takes what the student has under this name: maybe a banned thing itself, or a class with one."""
        things: Iterable[object] = (value,)
        if isinstance(value, type) and id(value) not in self._names:
            things = members = vars(value).values()
            if self._names.keys().isdisjoint(map(id, members)) and _HOLDS_NOTHING.issuperset(
                map(id, map(type, members))
            ):
                return
        for each in things:
            for thing in (each,) if id(type(each)) in _HOLDS_NOTHING else unwrapped(each):
                if id(thing) in self._names:
                    self._sightings.add(Sighting(0, self._names[id(thing)], (name,)))

    # --- what is guarded -------------------------------------------------------------------------------------------

    def _guard(self, path: str, module: types.ModuleType, name: str, thing: Any, free: frozenset[type]) -> None:
        if id(thing) in self._names or not self._rules.bans(f"{path}.{name}"):
            return
        # Of a module that is an object of a class of its own, torch.ops, the student knows the object.
        full = f"{path}.{name}" if path == module.__name__ else path
        if isinstance(thing, types.BuiltinFunctionType):
            if _computes(thing):
                stand = detours.around(thing, full, self._look)
                self._register(stand, full)
                self._set(module, name, stand)
        elif self._rules.bans(f"{thing.__module__}.x") and thing not in free:  # others are only imported there
            self._register(thing, full)
            if isinstance(thing, types.FunctionType):
                self._guard_function(thing, full, None)
            else:
                self._guard_class(thing, full)

    def _register(self, thing: object, name: str) -> None:
        self._names[id(thing)] = name
        self._keep.append(thing)

    def _guard_class(self, kind: type, name: str) -> None:
        if issubclass(kind, enum.Enum | BaseException | tuple) or type(kind) not in _PLAIN:
            return
        if kind.__flags__ & _IMMUTABLE:
            return
        for key, member in list(vars(kind).items()):
            if isinstance(member, types.FunctionType):
                # Objects of torch.ops are made by torch: calling them is what counts.
                is_method = key not in ("__init__", "__new__", "__call__")
                full = f"{name}.{key}" if is_method else name
                self._guard_function(member, full, kind if is_method else None, None if is_method else kind)
            elif isinstance(member, classmethod | staticmethod) and isinstance(member.__func__, types.FunctionType):
                self._guard_function(member.__func__, name if key == "__new__" else f"{name}.{key}", None)
        if not {"__init__", "__new__"} & vars(kind).keys() and _has_constructor(kind):
            self._set(kind, "__init__", detours.constructor(kind, name, self._look))
        if "__init_subclass__" not in vars(kind):
            self._set(kind, "__init_subclass__", detours.subclass_hook(kind, name, self._look))

    def _guard_function(
        self, function: types.FunctionType, name: str, method_of: type | None, thing: object = None
    ) -> None:
        """Put the looking code into the function itself. thing: what a caller holds who means it (default: itself)."""
        if id(function) in self._names and self._names[id(function)] != name:
            return
        self._register(function, name)
        thing = function if thing is None else thing
        self._undo.append(detours.into(function, name, self._look, method_of, thing))

    def _set(self, owner: Any, name: str, value: object) -> None:
        missing = object()
        before = vars(owner).get(name, missing)
        setattr(owner, name, value)
        self._undo.append(lambda: delattr(owner, name) if before is missing else setattr(owner, name, before))


def _looker(guard: Guard) -> detours.Look:
    """A function that notes the call if the frame is the student's. It looks nothing up that a student may rebind."""
    callers, calls_on = guard._callers, {file: frozenset(names) for file, names in CALLS_ON.items()}
    trusted, free, through, parts = Caller.TRUSTED, Caller.FREE, Caller.LOOKED_THROUGH, Caller.PARTS
    submission, nothing, sightings = Caller.SUBMISSION, frozenset[str](), guard._sightings
    holds, names = holds_thing, names_it
    kind_of = type

    def look(
        name: str,
        frame: types.FrameType | None,
        thing: object,
        owner: str | None = None,
        operator: object = None,
    ) -> None:
        called_on: types.FrameType | None = None
        while frame is not None:
            file = frame.f_code.co_filename
            kind = callers.get(file) or classify(file, callers)
            if kind is trusted or (kind is parts and called_on is None and not holds(frame, thing)):
                return
            is_its_own = kind is free and frame.f_code.co_name not in calls_on.get(file, nothing)
            is_said = operator is not None or owner is not None or names(frame.f_code, name)
            if is_its_own and is_said and not holds(frame, thing):
                return
            if kind is not free and kind is not through and kind is not parts:
                break
            called_on = called_on or (frame if kind is free else None)
            frame = frame.f_back
        else:
            return
        name = name if operator is None else f"{name}.{operator}"
        if question := question_of(called_on):
            sightings.add(Sighting(0, name, (question,)))
        else:
            note(name, frame, owner)

    def question_of(frame: types.FrameType | None) -> str | None:
        """The question whose object called, by a method of torch's: Linear()(X) whose forward is banned."""
        own = sightings.lines.own if sightings.lines else ()
        kind = None if frame is None else kind_of(frame.f_locals.get("self"))
        return kind.__name__ if kind is not None and kind.__module__ == "__main__" and kind.__name__ in own else None

    def note(name: str, frame: types.FrameType | None, owner: str | None) -> None:
        line, owners = 0, [owner] if owner else []
        while frame is not None and not line:
            kind = callers.get(frame.f_code.co_filename) or classify(frame.f_code.co_filename, callers)
            if kind is submission:
                line = frame.f_lineno
            if kind is not trusted and kind is not free and kind is not through and kind is not parts:
                owners.append(frame.f_code.co_qualname.partition(".")[0][:MAX_OWNER_LENGTH])
            frame = frame.f_back
        sightings.add(Sighting(line, name, tuple(owners[:MAX_OWNERS])))

    return look


def _best_known_first(found: tuple[str, types.ModuleType]) -> tuple[bool, int, str]:
    """torch.ops before torch._ops, torch.nn before torch.nn.modules.linear: the first gives the name."""
    path, module = found
    return path == module.__name__, path.count("."), path


def _is_guarded(module: str, rules: Rules) -> bool:
    return rules.bans(f"{module}.x") and not module.startswith(_KERNELS)


def _banned_modules(rules: Rules) -> Iterator[tuple[str, types.ModuleType]]:
    """Loaded modules with banned things in them, and the path by which a student knows them."""
    for path, module in list(sys.modules.items()):
        if isinstance(module, types.ModuleType) and _is_guarded(path, rules):
            yield path, module
            kind = sys.modules.get(type(module).__module__)
            if type(module) is not types.ModuleType and kind is not None:  # torch.ops: its things are objects
                yield path, kind


def _classes_that_allowed_ones_use(rules: Rules) -> frozenset[type]:
    """Base classes of what is allowed: datasets of torchvision are torch.utils.data.Dataset."""
    found: set[type] = set()
    for entry in rules.allowed:
        base = entry.removesuffix(".*")
        parent, _, name = base.rpartition(".")
        things = [vars(sys.modules[parent]).get(name)] if parent in sys.modules else []
        for path, module in list(sys.modules.items()):
            if entry != base and isinstance(module, types.ModuleType) and f"{path}.".startswith(f"{base}."):
                things += vars(module).values()
        for thing in things:
            if isinstance(thing, type):
                found.update(thing.__mro__)
    return frozenset(found)


def _has_constructor(kind: type) -> bool:
    """Whether it inherits one that is written in Python, and not typing's way to refuse one."""
    inherited = getattr(kind, "__init__")  # noqa: B009 - mypy holds kind for an instance
    return isinstance(inherited, types.FunctionType) and inherited.__code__.co_name == "__init__"


def _computes(thing: types.BuiltinFunctionType) -> bool:
    """Whether it is an operator: one of torch._C._nn, or of base torch under another name."""
    name = thing.__name__
    return getattr(thing, "__self__", None) is torch._C._nn or vars(torch).get(name) is thing


_KERNELS: Final = ("torch._decomp", "torch._prims", "torch._refs")  # torch.relu(x) itself calls them: device="meta"
# By id: a class of the student's may say that it equals any of them.
_HOLDS_NOTHING: Final = frozenset(map(id, (types.FunctionType, types.GetSetDescriptorType, str, types.NoneType)))
_GUARDED: Final = (types.FunctionType, types.BuiltinFunctionType, type)
_PLAIN: Final = (type, abc.ABCMeta)
_IMMUTABLE: Final = 1 << 8  # Py_TPFLAGS_IMMUTABLETYPE: of many classes that are written in C
