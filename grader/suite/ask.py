"""What a check can ask of objects in the worker, beside their attributes, items and calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.boundary.requests import Operation
from grader.boundary.values import Raised
from grader.suite.deferred import deferrable, resolved, session_in, taken
from grader.suite.handles import Handle, session_of
from grader.suite.secret import Secret


def fetch(asked: Any) -> Any:
    """The value behind a handle, waited for: a plain value with tensors in fresh storage, or Opaque.

        weight = fetch(submission.Linear(3, 2).weight)  # a tensor, (2, 3) float32

    asked: a handle, a value that is on its way (see grader.suite.deferred), or a list, tuple or dict of those. Raises
    StudentError, the student's exception. Expectations don't need it: it is for what is not one of them.
    """
    session, seen = session_in(asked), taken(asked)
    if session is not None:
        session.fetch([])
    return resolved(seen)


def iterate(handle: Handle) -> Handle:
    """iter(handle), which a `for` loop calls by itself.

        loader = submission.DataLoader(torch.ones(4, 3), torch.zeros(4), 2)
        batches = iterate(loader)

    What it raises there (a TypeError) ends the example, or is a value: see `attempt`.
    """
    return session_of(handle).request(Operation.ITER, handle, text=lambda: f"iter({handle!r})")


def advance(handle: Handle) -> Handle:
    """next(handle).

        batch = advance(iterate(submission.make_list([1, 2])))

    A StopIteration ends the example, or is a value: see `attempt` and `expect.raises`.
    """
    return session_of(handle).request(Operation.NEXT, handle, text=lambda: f"next({handle!r})")


def take(handle: Handle, most: int) -> Handle:
    """list(islice(handle, most)): at most that many items of an iterable.

        batches = take(submission.DataLoader(torch.ones(4, 3), torch.zeros(4), 2), 10)

    An iterable that does not end is no harm.
    """
    return session_of(handle).request(Operation.TAKE, handle, most, text=lambda: f"list({handle!r})")


def is_same(a: Handle, b: Handle) -> Handle:
    """a is b: what the worker says, to be used together with numbers.

        loader = submission.DataLoader(torch.ones(4, 3), torch.zeros(4), 2)
        same = is_same(iterate(loader), loader)

    As an expectation: `expect.is_same`.
    """
    return session_of(a).request(Operation.IS_SAME, a, b, text=lambda: f"{a!r} is {b!r}")


def is_instance(handle: Handle, kind: Handle) -> Any:
    """Whether the object is an instance of the class: a value that is on its way, as those of `value`.

        is_linear = is_instance(submission.TwoLayerNN(4, 3, 2).linear1, submission.Linear)

    The worker's word, and a test of it by a value that the judge draws: what is set on the class is found in the
    object. A worker that is taken over whole can play that, too: use it together with numbers.
    """
    session, name, mark = session_of(handle), Secret("_"), Secret()
    word = session.request(Operation.IS_INSTANCE, handle, kind, text=lambda: f"isinstance({handle!r}, {kind!r})")
    marked = attempt(set_untold, kind, name, mark)
    found = attempt(get_untold, handle, name)
    return _is_marked(word, marked, found, mark)


@deferrable
def _is_marked(word: object, marked: object, found: object, mark: Secret) -> bool:
    # A class that takes no attributes, such as torch.Tensor in C: the word has to do. By type first: a comparison with
    # what a worker makes up may be a tensor, which is neither true nor false.
    return word is True and (type(marked) is Raised or (type(found) is str and found == mark.text))


def type_name(handle: Handle) -> Handle:
    """The name of the object's class, for messages.

        name = type_name(submission.Linear(3, 2).weight)  # "Parameter"

    It is text of the student's: to be shown, and nothing to decide by.
    """
    return session_of(handle).request(Operation.TYPE, handle, text=lambda: f"type({handle!r})")


def attempt(function: Handle | Callable[..., Handle], *args: object, **kwargs: object) -> Handle:
    """What function(*args) gives or raises: an exception becomes a value, and the example goes on.

        outcome = attempt(advance, iterate(submission.make_list([])))  # a StopIteration, as a value

    function: a handle to be called, or one of this module's own: attempt(advance, loader).
    """
    asked = function(*args, **kwargs)
    return session_of(asked).attempt(asked)


def set_untold(target: Handle, name: Secret, value: Secret) -> Handle:
    """target.name = value, of which no snippet tells."""
    return session_of(target).request(
        Operation.SET, target, name, value, text=lambda: f"{target!r}.attribute = ...", told=False
    )


def get_untold(target: Handle, name: Secret) -> Handle:
    """target.name, of which no snippet tells."""
    return session_of(target).request(Operation.GET, target, name, text=lambda: f"{target!r}.attribute", told=False)


def recorded(subject: Handle) -> Handle:
    """The recorded calls that had this object among their arguments, of which no snippet tells: see recorded.py."""
    return session_of(subject).request(Operation.RECORDED, subject, text=lambda: "what was recorded", told=False)
