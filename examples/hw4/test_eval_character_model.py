"""eval_character_model(): a model that was trained on the sonnets, judged by its logits."""

import torch
from sonnets import CONTEXT, VOCABULARY, X, loss_of

from grader.suite import Expected, Question, RemoteSubmission, check, deferrable, expect, value


@check("eval_character_model", hint="train for some hundred batches, and return that model")
def test_character_loss(submission: RemoteSubmission, question: Question) -> None:
    """The model's mean loss on the sonnets is below the limit, with 32 characters of context."""
    model, limit = submission.eval_character_model(), question.settings["max_loss"]
    logits = model(X)
    expect.shape(logits, (*X.shape, len(VOCABULARY)))
    expect.holds(lambda loss: too_large(loss, limit), loss_of(logits))


def too_large(loss: float, limit: float) -> str | None:
    """What is wrong with that loss, or None. NaN is not below the limit."""
    return None if loss < limit else f"the loss is {loss:.3f} nats for each character, expected less than {limit:g}"


@check("eval_character_model", hint="each place sees those before it alone: no mean over the places, no mask left out")
def test_prefix(submission: RemoteSubmission) -> None:
    """The logits of a shorter text are the first ones of the longer text: no place sees what comes later."""
    model = submission.eval_character_model()
    whole = value(model(X[:8]))
    for length in (1, 5, CONTEXT - 1):
        shorter = model(X[:8, :length].contiguous())
        expect.close(shorter, first(whole, length), what=f"the logits of the first {length} characters")


@deferrable
def first(logits: torch.Tensor, length: int) -> Expected:
    """Those of the first places, but for rounding."""
    kept = logits[:, :length].double()
    return Expected(kept, torch.full_like(kept, 1e-3))
