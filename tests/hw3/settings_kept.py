"""What torch is set to for the whole process, which no part of the homework has a reason to leave changed."""

from collections.abc import Mapping

import torch

from grader.suite import Handle, RemoteSubmission, claim, expect

KEPT = {
    "is_grad_enabled": "gradients are left switched off: use `with torch.no_grad():`, which ends by itself",
    "get_num_threads": "torch.set_num_threads changes the number of threads of the whole program",
    "initial_seed": "torch.manual_seed sets the seed of the whole program, and what is drawn later repeats itself",
}


def settings_of(submission: RemoteSubmission, *names: str) -> Mapping[str, Handle]:
    """The settings of these names, by default all, as they are now."""
    return {name: getattr(submission.torch, name)() for name in names or KEPT}


def expect_settings(submission: RemoteSubmission, before: Mapping[str, Handle], *, after: str) -> None:
    """The settings are what they were, and new tensors are float32. before: of `settings_of`. after: of which call."""
    for name, setting in before.items():
        now = getattr(submission.torch, name)()
        shows = claim("assert {0} == {1}, {0}", now, setting)
        expect.holds(_unchanged, name, now, setting, after, shows=shows, likely={KEPT[name]: True})
    default = "torch.set_default_dtype changes the dtype of all that is made later"
    new = submission.torch.ones(1)
    expect.equal(new, torch.ones(1), what=f"torch.ones(1) after {after}", likely={default: torch.ones(1).double()})


def _unchanged(name: str, now: object, before: object, after: str) -> str | None:
    """Why a setting is not as before, or None."""
    return None if now == before else f"torch.{name}() is {now} after {after}, expected {before} as before"
