"""Magics: lines for the notebook are left out, and the others keep their numbers."""

from __future__ import annotations

import pytest

from grader.worker.reading.magics import python_of

MAGICS = {
    "line magic": ("%matplotlib inline\nx = 1", "pass\nx = 1"),
    "shell": ("!pip install torch\nx = 1", "pass\nx = 1"),
    "shell that goes on": ("!pip install \\\n  torch\nx = 1", "pass\n\nx = 1"),
    "inside a block": ("if True:\n    !ls\n    %cd ..\nx = 1", "if True:\n    pass\n    pass\nx = 1"),
    "assigned": ("files = !ls\nn = %timeit -o f()\nx = 1", "pass\npass\nx = 1"),
    "help": ("torch.relu?\n?torch\nx = 1", "pass\npass\nx = 1"),
    "timed statement": ("%time x = f(1)", "x = f(1)"),
    "modulo over lines": ("%pip install x\nx = (7\n% 3)", "pass\nx = (7\n% 3)"),
    "modulo after a backslash": ("%pip install x\nx = 7 \\\n% 3", "pass\nx = 7 \\\n% 3"),
    "inside a text": ("!ls\nx = '''\n!not\n%this\n'''", "pass\nx = '''\n!not\n%this\n'''"),
    "after a comment with a quote": ("# don't\n!ls\nx = 1", "# don't\npass\nx = 1"),
    "text with an escaped quote": ("x = 'it\\'s ('\n!ls", "x = 'it\\'s ('\npass"),
    "cell for a shell": ("%%bash\nrm -rf /\ndef f(): pass", "\n\n"),
    "cell for a file": ("\n%%writefile x.py\nx = 1", "\n\n"),
    "cell that is timed": ("%%time\nx = 1", "\nx = 1"),
    "captured and timed": ("%%capture out\n%%time\nx = 1\n!ls", "\n\nx = 1\npass"),
    "comparison": ("%cd x\ny = x != 1", "pass\ny = x != 1"),
    "no magic at all": ("x = 7 \\\n    % 3", "x = 7 \\\n    % 3"),
    "pasted with indentation": ("    x = 1\n    !ls", "x = 1\npass"),
    "line ends of Windows": ("%cd x\r\nx = 1\r\n", "pass\nx = 1\n"),
}


@pytest.mark.parametrize("name", MAGICS)
def test_lines_for_the_notebook_are_left_out_and_lines_keep_their_numbers(name: str) -> None:
    source, expected = MAGICS[name]
    assert python_of(source) == expected
