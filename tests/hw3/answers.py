"""What is sent to MuGrade for each question: answers to fixed inputs, computed by the judge from the worker's values.

Inputs and weights are small multiples of powers of two, so that sums are exact however they are ordered: a right
solution gives the published values to the last bit, except for the losses.
"""

from collections.abc import Iterator

import torch

from grader.suite import Handle, Question, RemoteSubmission, data, fetch, is_instance, take


def _grid(rows: int, columns: int, shift: int) -> torch.Tensor:
    """A matrix of quarters between -2 and 2 without a pattern. (rows, columns) float32."""
    cells = torch.arange(rows * columns).reshape(rows, columns)
    return ((cells * 7 + shift * 5) % 17 - 8) / 4


def _kind(value: Handle, expected: Handle, kind: type) -> type:
    """The class, or `object` where the value is not of it."""
    return kind if fetch(is_instance(value, expected)) else object


def submit_Linear(submission: RemoteSubmission) -> Iterator[object]:
    """A batch, two leading dimensions, the kind of the weight."""
    linear, x = submission.Linear(5, 3), _grid(4, 5, 1)
    linear.weight.data = _grid(3, 5, 2)
    yield fetch(linear(x))
    yield fetch(linear(torch.stack([x, 2 * x])))
    yield _kind(linear.weight, submission.torch.nn.Parameter, torch.nn.Parameter)


def submit_CrossEntropyLoss(submission: RemoteSubmission) -> Iterator[object]:
    """A batch, large logits, a single class."""
    loss, labels = submission.CrossEntropyLoss(), torch.tensor([2, 0, 1, 3])
    yield fetch(loss(_grid(4, 4, 3), labels))
    yield fetch(loss(_grid(4, 4, 4) * 512, labels))
    yield fetch(loss(_grid(3, 1, 5), torch.zeros(3, dtype=torch.int64)))


def submit_SGD(submission: RemoteSubmission) -> Iterator[object]:
    """Two steps on two parameters, and whether zero_grad leaves nothing."""
    starts = (_grid(3, 2, 6), _grid(1, 4, 7))
    parameters = [submission.torch.nn.Parameter(start) for start in starts]
    opt = submission.SGD(submission.make_list(parameters), 0.5)
    for step in (1, 2):
        for parameter, start in zip(parameters, starts, strict=True):
            parameter.grad = _grid(len(start), start.shape[1], step)
        opt.step()
        yield from fetch(parameters)
    opt.zero_grad()
    left = fetch([parameter.grad for parameter in parameters])
    yield all(grad is None or (isinstance(grad, torch.Tensor) and not bool(grad.any())) for grad in left)


def submit_DataLoader(submission: RemoteSubmission) -> Iterator[object]:
    """The number of batches and each of them, twice."""
    loader = submission.DataLoader(_grid(8, 2, 8), torch.arange(8) % 3, batch_size=3)
    for _ in range(2):
        batches = fetch(take(loader, 4))
        yield len(batches) if isinstance(batches, list) else None
        yield batches


def submit_epoch(submission: RemoteSubmission) -> Iterator[object]:
    """Averages of an evaluation and of a training, and the weight after each."""
    torch_ = submission.torch
    model, loss = torch_.nn.Linear(3, 4, bias=False), torch_.nn.CrossEntropyLoss()
    model.weight.data = _grid(4, 3, 9)
    x, y = _grid(7, 3, 10), torch.arange(7) // 2
    loader = submission.make_list([(x[:3], y[:3]), (x[3:6], y[3:6]), (x[6:], y[6:])])
    for optimizer in ((), (torch_.optim.SGD(model.parameters(), lr=0.25),)):
        called = submission.epoch(model, loader, loss, *optimizer)
        yield from fetch([called[0], called[1], model.weight])


def submit_eval_linear_model(submission: RemoteSubmission, question: Question) -> Iterator[object]:
    """Whether its error is below the limit, and the shape of what it answers."""
    yield from _trained(submission.eval_linear_model(), question)


def submit_TwoLayerNN(submission: RemoteSubmission) -> Iterator[object]:
    """A batch, two leading dimensions, the number of parameters."""
    model, x = submission.TwoLayerNN(3, 4, 2), _grid(5, 3, 11)
    model.linear1.weight.data = _grid(4, 3, 12)
    model.linear2.weight.data = _grid(2, 4, 13)
    yield fetch(model(x))
    yield fetch(model(torch.stack([x, 2 * x])))
    yield _count(model.parameters(), 4)


def submit_eval_two_layer_nn(submission: RemoteSubmission, question: Question) -> Iterator[object]:
    """Whether its error is below the limit, and the shape of what it answers."""
    yield from _trained(submission.eval_two_layer_nn(), question)


def submit_MultiLayerNN(submission: RemoteSubmission) -> Iterator[object]:
    """A batch, the number of layers, a network without hidden layers."""
    model, x = submission.MultiLayerNN(3, 2, submission.make_list([4, 3])), _grid(5, 3, 14)
    for index, (rows, columns) in enumerate(((4, 3), (3, 4), (2, 3))):
        model.linears[index].weight.data = _grid(rows, columns, 15 + index)
    yield fetch(model(x))
    yield _count(model.linears, 5)
    flat = submission.MultiLayerNN(3, 2, submission.make_list([]))
    flat.linears[0].weight.data = _grid(2, 3, 18)
    yield fetch(flat(x))


def _count(handle: Handle, most: int) -> int | None:
    items = fetch(take(handle, most))
    return len(items) if isinstance(items, list) else None


def _trained(model: Handle, question: Question) -> Iterator[object]:
    max_error = question.settings["max_error"]
    images, labels = data.mnist.test_set()
    logits = fetch(model(images / 255.0))
    fits = isinstance(logits, torch.Tensor) and logits.is_floating_point() and logits.shape == (len(labels), 10)
    yield fits and bool((logits.float().argmax(dim=1) != labels).double().mean().item() < max_error)
    yield list(logits.shape) if isinstance(logits, torch.Tensor) else None
