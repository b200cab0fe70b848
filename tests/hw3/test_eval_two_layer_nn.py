"""eval_two_layer_nn(): a trained two-layer network with an error below 3 % on the 10,000 test images."""

import torch
from eval_mistakes import ERRORS, wrong_training
from mnist_images import MnistImages

from grader.suite import Handle, Question, RemoteSubmission, check, expect, fetch, oracles, take

MOST_HIDDEN = 4096  # what the judge computes for 10,000 images has to stay in memory
WEIGHTS = "w1, w2 = {0}.parameters()\n"
SCORES = "((images @ w1.T).clamp(min=0) @ w2.T)"


Answered = tuple[torch.Tensor, torch.Tensor, list[torch.Tensor]]


def answered(model: Handle, images: MnistImages, x: torch.Tensor) -> Answered:
    """What the model answers for x, which must be W2 relu(W1 x) for its two parameters; what is right; and these.

    What is right is computed once: with many hidden units, it takes the judge many seconds.
    """
    logits, parameters = fetch([model(x), take(model.parameters(), 4)])
    expect.length(parameters, 2, what=f"list({model!r}.parameters())")
    first, second = parameters
    hidden_dim = first.shape[0] if isinstance(first, torch.Tensor) and first.dim() == 2 else 300
    expect.that(hidden_dim <= MOST_HIDDEN, f"{model!r} has {hidden_dim} hidden units, more than {MOST_HIDDEN}")
    expect.shape(first, (hidden_dim, 784), what=f"the first weight of {model!r}")
    expect.shape(second, (10, hidden_dim), what=f"the second weight of {model!r}")
    expected, shows = oracles.relu_network(x, [first, second]), images.answer(model, x, SCORES, WEIGHTS)
    expect.close(logits, expected, what=f"{model!r}(images)", shows=shows)
    return logits, expected.value, [first, second]


@check(
    "eval_two_layer_nn",
    hint="train TwoLayerNN(784, 300, 10) with learning rate 0.3 for 20 epochs, and return that model",
    errors=ERRORS,
)
def test_two_layer_accuracy(submission: RemoteSubmission, question: Question, images: MnistImages) -> None:
    """The model that eval_two_layer_nn() returns has less than {max_error:.0%} error on the 10,000 test images."""
    model, clean = submission.eval_two_layer_nn(), images.clean
    logits, right, weights = answered(model, images, clean)
    own = images.error(right)
    error = max(images.error(logits), own)
    submission.note(images.trained_elsewhere(own, *weights))
    images.picture(submission, "two-layer model", model, logits, error)
    limit, mentioned = question.settings["max_error"], question.settings["mentioned_error"]
    message = f"{model!r} reads {error:.2%} of the test images wrongly, expected less than {limit:.0%}"
    expect.that(error < limit, message, shows=images.error_below(model, limit), likely=wrong_training(images, logits))
    if error >= mentioned:
        note = f"{error:.2%} error on the test images; the hand-out says that less than {mentioned:.0%} can be reached"
        submission.note(note)


@check(
    "eval_two_layer_nn",
    hint="return the trained TwoLayerNN itself: its answers must come from its two weights alone",
    errors=ERRORS,
)
def test_two_layer_model_is_two_layer(submission: RemoteSubmission, images: MnistImages) -> None:
    """Its answers are W2 relu(W1 x) for its own weights, on disturbed images too, and the weights are trained."""
    model = submission.eval_two_layer_nn()
    _, _, weights = answered(model, images, images.disturbed)
    error = images.error_of(*weights)
    message = f"the weights of {model!r} look untrained: {error:.0%} of the test images are read wrongly"
    expect.that(error < 0.5, message, shows=images.error_below(model, 0.5, SCORES, WEIGHTS))
