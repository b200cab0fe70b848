"""eval_linear_model(): a trained linear model with an error below 10 % on the 10,000 test images."""

import torch
from eval_mistakes import ERRORS, wrong_training
from mnist_images import MnistImages

from grader.suite import Handle, Question, RemoteSubmission, check, expect, fetch, oracles, take

SCORES = "(images @ next({0}.parameters()).T)"


def answered(model: Handle, images: MnistImages, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What the model answers for x, which must be x W^T for its only parameter W; what is right; and W."""
    logits, parameters = fetch([model(x), take(model.parameters(), 3)])
    expect.length(parameters, 1, what=f"list({model!r}.parameters())")
    (weight,) = parameters
    expect.shape(weight, (10, 784), what=f"the weight of {model!r}")
    expected, shows = oracles.linear(x, weight), images.answer(model, x, SCORES)
    expect.close(logits, expected, what=f"{model!r}(images)", shows=shows)
    return logits, expected.value, weight


@check(
    "eval_linear_model",
    hint="train Linear(784, 10) with learning rate 0.2 for some epochs, and return that model",
    errors=ERRORS,
)
def test_linear_accuracy(submission: RemoteSubmission, question: Question, images: MnistImages) -> None:
    """The model that eval_linear_model() returns has less than {max_error:.0%} error on the 10,000 test images."""
    model, clean = submission.eval_linear_model(), images.clean
    logits, right, weight = answered(model, images, clean)
    own = images.error(right)
    error = max(images.error(logits), own)
    submission.note(images.trained_elsewhere(own, weight))
    images.picture(submission, "linear model", model, logits, error)
    limit, likely = question.settings["max_error"], wrong_training(images, logits)
    message = f"{model!r} reads {error:.2%} of the test images wrongly, expected less than {limit:.0%}"
    expect.that(error < limit, message, shows=images.error_below(model, limit), likely=likely)


@check(
    "eval_linear_model",
    hint="return the trained Linear(784, 10) itself: its answers must come from its weight alone",
    errors=ERRORS,
)
def test_linear_model_is_linear(submission: RemoteSubmission, images: MnistImages) -> None:
    """Its answers are X W^T for its own weight W, on disturbed images too, and W is not what Linear starts with."""
    model = submission.eval_linear_model()
    _, _, weight = answered(model, images, images.disturbed)
    error = images.error_of(weight)
    message = f"the weight of {model!r} looks untrained: {error:.0%} of the test images are read wrongly"
    expect.that(error < 0.5, message, shows=images.error_below(model, 0.5, SCORES))
