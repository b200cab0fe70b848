"""Banned ways to write SGD, DataLoader and epoch, each with right values."""

from tests.meta.mutants import Mutant
from tests.meta.mutants import anchors as at
from tests.meta.mutants.edits import importing
from tests.meta.mutants.rules.making import forbidden

MUTANTS: tuple[Mutant, ...] = (
    forbidden(
        "sgd-subclass",
        "SGD",
        "SGD is a subclass of torch.optim.SGD",
        (at.SGD_CLASS, "class SGD(torch.optim.SGD):\n"),
        (at.SGD_PARAMETERS, "super().__init__(list(parameters), lr=learning_rate)"),
        (at.SGD_STEP, "        super().step()\n"),
        (at.SGD_ZERO_GRAD, "        super().zero_grad()\n"),
    ),
    forbidden(
        "sgd-wrapped",
        "SGD",
        "SGD hands its work to a torch.optim.SGD that is imported under another name",
        importing("from torch.optim import SGD as Optimizer"),
        (at.SGD_RATE, at.SGD_RATE + "\n        self.optimizer = Optimizer(self.parameters, lr=learning_rate)"),
        (at.SGD_STEP, "        self.optimizer.step()\n"),
        (at.SGD_ZERO_GRAD, "        self.optimizer.zero_grad()\n"),
    ),
    forbidden(
        "sgd-getattr",
        "SGD",
        "torch.optim is reached by getattr",
        (
            at.SGD_RATE,
            at.SGD_RATE + '\n        self.optimizer = getattr(torch, "optim").SGD(self.parameters, lr=learning_rate)',
        ),
        (at.SGD_STEP, "        self.optimizer.step()\n"),
    ),
    forbidden(
        "sgd-functional",
        "SGD",
        "the step is made by a function of torch.optim.sgd",
        importing("from torch.optim.sgd import sgd"),
        (
            at.SGD_STEP,
            "        found = [p for p in self.parameters if p.grad is not None]\n"
            "        with torch.no_grad():\n"
            "            sgd(\n"
            "                found, [p.grad for p in found], [None] * len(found), weight_decay=0, momentum=0,\n"
            "                lr=self.learning_rate, dampening=0, nesterov=False, maximize=False,\n"
            "            )\n",
        ),
    ),
    forbidden(
        "sgd-parameter-vector",
        "SGD",
        "torch.nn.utils is used to turn the parameters into one vector",
        (
            at.SGD_STEP,
            "        found = [p for p in self.parameters if p.grad is not None]\n"
            "        if found:\n"
            "            vector = torch.nn.utils.parameters_to_vector(found).detach()\n"
            "            vector -= self.learning_rate * torch.cat([p.grad.flatten() for p in found])\n"
            "            torch.nn.utils.vector_to_parameters(vector, found)\n",
        ),
    ),
    forbidden(
        "loader-wrapped",
        "DataLoader",
        "the batches come from torch.utils.data.DataLoader",
        (
            at.LOADER_INIT,
            "        data = torch.utils.data.TensorDataset(X, y)\n"
            "        self.loader = torch.utils.data.DataLoader(data, batch_size=batch_size)\n"
            "        self.batches = iter(())\n",
        ),
        (at.LOADER_ITER, "        self.batches = iter(self.loader)\n        return self\n"),
        (at.LOADER_NEXT, "        return tuple(next(self.batches))\n"),
    ),
    forbidden(
        "loader-dataset",
        "DataLoader",
        "the rows are kept in a torch.utils.data.TensorDataset",
        importing("from torch.utils.data import TensorDataset"),
        (at.LOADER_STORE, at.LOADER_STORE + "\n        self.data = TensorDataset(X, y)"),
        (at.LOADER_RETURN, "return self.data[batch]"),
    ),
    forbidden(
        "loader-sampler",
        "DataLoader",
        "the indices of a batch come from the samplers of torch.utils.data",
        importing("from torch.utils import data"),
        (
            at.LOADER_INIT,
            "        self.X, self.y = X, y\n"
            "        self.sampler = data.BatchSampler(data.SequentialSampler(X), batch_size, drop_last=False)\n"
            "        self.indices = iter(())\n",
        ),
        (at.LOADER_ITER, "        self.indices = iter(self.sampler)\n        return self\n"),
        (at.LOADER_NEXT, "        batch = next(self.indices)\n        return self.X[batch], self.y[batch]\n"),
    ),
    forbidden(
        "epoch-softmax-module",
        "epoch",
        "torch.nn.Softmax is used to find the predicted class",
        (at.EPOCH_ERROR, at.EPOCH_ERROR.replace("logits.argmax", "torch.nn.Softmax(dim=1)(logits).argmax")),
    ),
    forbidden(
        "epoch-clip-grad",
        "epoch",
        "torch.nn.utils.clip_grad_norm_ is called, with a bound that is never reached",
        (
            at.EPOCH_TRAIN,
            at.EPOCH_TRAIN.replace(
                "                opt.step()",
                '                torch.nn.utils.clip_grad_norm_(model.parameters(), float("inf"))\n'
                "                opt.step()",
            ),
        ),
    ),
    forbidden(
        "epoch-no-op-functional",
        "epoch",
        "torch.nn.functional is used in the training loop: dropout that drops nothing",
        importing("from torch.nn.functional import dropout"),
        (at.EPOCH_PREDICT, at.EPOCH_PREDICT.replace("model(X)", "model(dropout(X, p=0.0))")),
    ),
)
