import marimo

app = marimo.App()


with app.setup:
    from torch.nn import Module
    from torchvision import datasets


@app.cell
def _():
    import marimo as mo

    mo.md(
        """
        # Homework 3: write the parts between BEGIN YOUR CODE and END YOUR CODE, then run: grade hw3.py

        Use only calls of base `torch`, and Module, ModuleList and Parameter; no other class or function of torch.nn.

        To install `grade`, once (Linux, macOS, Windows; a few minutes, less than 2 GB):
        python -m pip install -r requirements.txt
        """
    )
    return


@app.cell
def _():
    from grader import check_here

    return (check_here,)


@app.class_definition
class Linear(Module):
    def __init__(self, in_dim, out_dim):
        """
        Initialize a linear layer with Gaussian weights scaled by sqrt(2/in_dim).

        Inputs:
            in_dim : int - input feature dimension
            out_dim : int - output feature dimension
        """
        super().__init__()
        ### BEGIN YOUR CODE
        pass
        ### END YOUR CODE

    def forward(self, X):
        """
        Apply the linear layer to one or more input vectors.

        Input:
            X : torch.Tensor[float] (batch_size x in_dim) - input tensor
        Output:
            torch.Tensor[float] (batch_size x out_dim) - transformed tensor
        """
        ### BEGIN YOUR CODE
        pass
        ### END YOUR CODE


@app.cell
def _(check_here):
    check_here(Linear)
    return


@app.class_definition
class CrossEntropyLoss(Module):
    def forward(self, logits, y):
        """
        Compute average cross entropy loss over a minibatch.

        Inputs:
            logits : 2D torch.Tensor[float] (N x k) - predicted logits for each example
            y : 1D torch.Tensor[int] (N) - desired class for each example
        Output:
            scalar torch.Tensor[float] - average cross entropy loss
        """
        ### BEGIN YOUR CODE
        pass
        ### END YOUR CODE


@app.cell
def _(check_here):
    check_here(CrossEntropyLoss)
    return


@app.class_definition
class SGD:
    def __init__(self, parameters, learning_rate):
        """
        Initialize an SGD optimizer over a set of model parameters.

        Inputs:
            parameters : iterable[torch.nn.Parameter] - parameters to optimize
            learning_rate : float - gradient descent step size
        """
        ### BEGIN YOUR CODE
        pass
        ### END YOUR CODE

    def step(self):
        """
        Apply one SGD update to all stored parameters.
        """
        ### BEGIN YOUR CODE
        pass
        ### END YOUR CODE

    def zero_grad(self):
        """
        Zero out gradients for all stored parameters when gradients exist.
        """
        ### BEGIN YOUR CODE
        pass
        ### END YOUR CODE


@app.cell
def _(check_here):
    check_here(SGD)
    return


@app.class_definition
class DataLoader:
    def __init__(self, X, y, batch_size=100):
        """
        Initialize a simple sequential minibatch data loader.

        Inputs:
            X : 2D torch.Tensor[float] - (N x n) full input dataset
            y : 1D torch.Tensor[int] - (N elements) full set of desired outputs
            batch_size : int - number of examples per minibatch
        """
        ### BEGIN YOUR CODE
        pass
        ### END YOUR CODE

    def __iter__(self):
        """
        Reset iteration state and return the iterator object.

        Output:
            DataLoader - iterator over minibatches
        """
        ### BEGIN YOUR CODE
        pass
        ### END YOUR CODE

    def __next__(self):
        """
        Return the next minibatch or raise StopIteration when exhausted.

        Output:
            tuple(torch.Tensor, torch.Tensor) - next (X_batch, y_batch)
        """
        ### BEGIN YOUR CODE
        pass
        ### END YOUR CODE


@app.cell
def _(check_here):
    check_here(DataLoader)
    return


@app.function
def epoch(model, loader, loss, opt=None):
    """
    Run one full pass through a dataset, with optional optimization.

    Inputs:
        model : Module - model mapping inputs to logits
        loader : iterable - yields minibatches (X, y)
        loss : Module - loss function taking (logits, y)
        opt : optimizer or None - if provided, run gradient updates each minibatch
    Output:
        tuple(float, float) - average loss and average error over the epoch
    """
    ### BEGIN YOUR CODE
    pass
    ### END YOUR CODE


@app.cell
def _(check_here):
    check_here(epoch)
    return


@app.cell
def _():
    mnist_train = datasets.MNIST(".", train=True, download=True)
    mnist_test = datasets.MNIST(".", train=False, download=True)
    train_dataloader = DataLoader(mnist_train.data.reshape(-1, 784) / 255.0, mnist_train.targets)
    test_dataloader = DataLoader(mnist_test.data.reshape(-1, 784) / 255.0, mnist_test.targets)
    return test_dataloader, train_dataloader


@app.cell
def _(test_dataloader, train_dataloader):
    linear_model = Linear(784, 10)
    _opt = SGD(linear_model.parameters(), learning_rate=0.2)
    _loss = CrossEntropyLoss()

    for _i in range(20):
        _train_loss, _train_err = epoch(linear_model, train_dataloader, _loss, _opt)
        _test_loss, _test_err = epoch(linear_model, test_dataloader, _loss)
        print(
            f"Train Loss: {_train_loss:.4f}, Train Error: {_train_err:.4f}, "
            + f"Test Loss: {_test_loss:.4f}, Test Error: {_test_err:.4f}"
        )

    def eval_linear_model():
        return linear_model

    return (eval_linear_model,)


@app.class_definition
class TwoLayerNN(Module):
    def __init__(self, in_dim, hidden_dim, out_dim):
        """
        Initialize a two-layer ReLU neural network.

        Inputs:
            in_dim : int - input feature dimension
            hidden_dim : int - hidden layer dimension
            out_dim : int - output feature dimension
        """
        super().__init__()
        ### BEGIN YOUR CODE
        pass
        ### END YOUR CODE

    def forward(self, X):
        """
        Apply two linear layers with ReLU between them.

        Input:
            X : torch.Tensor[float] (batch_size x in_dim) - input tensor
        Output:
            torch.Tensor[float] (batch_size x out_dim) - output logits
        """
        ### BEGIN YOUR CODE
        pass
        ### END YOUR CODE


@app.cell
def _(check_here):
    check_here(TwoLayerNN)
    return


@app.cell
def _(test_dataloader, train_dataloader):
    two_layer_nn_model = TwoLayerNN(784, 300, 10)
    _opt = SGD(two_layer_nn_model.parameters(), learning_rate=0.3)
    _loss = CrossEntropyLoss()

    for _i in range(20):
        _train_loss, _train_err = epoch(two_layer_nn_model, train_dataloader, _loss, _opt)
        _test_loss, _test_err = epoch(two_layer_nn_model, test_dataloader, _loss)
        print(
            f"Train Loss: {_train_loss:.4f}, Train Error: {_train_err:.4f}, "
            + f"Test Loss: {_test_loss:.4f}, Test Error: {_test_err:.4f}"
        )

    def eval_two_layer_nn():
        return two_layer_nn_model

    return (eval_two_layer_nn,)


@app.class_definition
class MultiLayerNN(Module):
    def __init__(self, in_dim, out_dim, hidden_dims):
        """
        Initialize a deep ReLU network with arbitrary hidden dimensions.

        Inputs:
            in_dim : int - input feature dimension
            out_dim : int - output feature dimension
            hidden_dims : list[int] - hidden layer widths in order
        """
        super().__init__()
        ### BEGIN YOUR CODE
        pass
        ### END YOUR CODE

    def forward(self, X):
        """
        Apply all hidden linear layers with ReLU, then final linear output layer.

        Input:
            X : torch.Tensor[float] (batch_size x in_dim) - input tensor
        Output:
            torch.Tensor[float] (batch_size x out_dim) - output logits
        """
        ### BEGIN YOUR CODE
        pass
        ### END YOUR CODE


@app.cell
def _(check_here):
    check_here(MultiLayerNN)
    return


if __name__ == "__main__":
    app.run()
