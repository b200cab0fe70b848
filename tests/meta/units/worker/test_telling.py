"""What the judge is told of exceptions and objects: short text, whatever they are."""

from __future__ import annotations

import pytest
import torch

from grader.worker.telling import MAX_FRAMES, MAX_MESSAGE, describe, raised, safe_text

SOURCE = "def f(x):\n    return 1 / x\n\ndef g(n):\n    return g(n - 1) if n else f(0)\n"


def error_of(code: str) -> BaseException:
    """The exception of this call, in code whose file is known."""
    namespace: dict[str, object] = {}
    exec(compile(SOURCE, "student.py", "exec"), namespace)
    with pytest.raises(BaseException) as caught:
        eval(code, namespace)
    return caught.value


def test_frames_are_those_of_the_student_with_their_lines() -> None:
    found = raised(error_of("g(1)"), {"student.py": (10, SOURCE.split("\n"))})
    assert (found.type_name, found.text) == ("ZeroDivisionError", "division by zero")
    assert [(frame.line, frame.function) for frame in found.frames] == [(15, "g"), (15, "g"), (12, "f")]
    assert found.frames[-1].code == "return 1 / x"


def test_last_frames_are_kept_of_many() -> None:
    found = raised(error_of("g(50)"), {"student.py": (0, SOURCE.split("\n"))})
    assert len(found.frames) == MAX_FRAMES
    assert found.frames[-1].function == "f"


def test_frames_of_files_that_are_not_the_student_s_are_left_out() -> None:
    assert raised(error_of("g(1)"), {"other.py": (0, [])}).frames == ()
    assert raised(error_of("g(1)"), {"student.py": (0, [])}).frames[-1].code == ""  # a line that is not there


def test_syntax_error_in_the_student_s_text_has_its_line() -> None:
    with pytest.raises(SyntaxError) as caught:
        compile("x = 1\nx = = 2\n", "student.py", "exec")
    found = raised(caught.value, {"student.py": (3, ["x = 1", "x = = 2"])})
    assert [(frame.line, frame.code) for frame in found.frames] == [(5, "x = = 2")]


class Mute(Exception):
    def __str__(self) -> str:
        raise KeyboardInterrupt


def test_message_is_short_text_or_said_to_be_none() -> None:
    assert safe_text(ValueError("x" * 5000)) == "x" * MAX_MESSAGE
    assert safe_text(ValueError("\ud800")) == "?"
    assert safe_text(Mute()) == "(its message can't be shown)"
    assert raised(type("X" * 500, (Exception,), {})(), {}).type_name == "X" * 100


class Layer:
    pass


class MyTensor(torch.Tensor):
    pass


def test_objects_are_described_by_their_class_and_tensors_by_their_form() -> None:
    assert describe(Layer()).endswith("test_telling.Layer")
    assert describe({1}) == "set"
    Layer.__module__ = "__main__"
    assert describe(Layer()) == "Layer"
    assert describe(torch.ones(2, 3).to_sparse()) == ("tensor of shape (2, 3), torch.float32, torch.sparse_coo, on cpu")
    assert describe(torch.ones(2, 3, device="meta")).endswith("on meta")
    assert describe(torch.ones(1).as_subclass(MyTensor)).endswith("MyTensor")
