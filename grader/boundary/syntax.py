"""What Python has against the whole file: told by whoever parses it, with or without torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

MAX_TOLD: Final = 1 << 14  # characters of it as JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntaxProblem:
    """What Python has against the whole file."""

    file: str
    line: int  # 0: not known
    text: str
    code: str  # the line, and below it a caret


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLook:
    """What a process that only parses says of a submission, and what held it."""

    tier: str
    detail: str  # of the tier
    problem: SyntaxProblem | None  # None: none was found, or the submission is to be looked at more closely
    choice: str = ""  # why it is that file of a folder or archive

    def as_json(self) -> str:
        """For the judge."""
        p = self.problem
        return json.dumps([self.tier, self.detail, self.choice, p and [p.file, p.line, p.text, p.code]])

    @classmethod
    def from_json(cls, told: str | bytes) -> FirstLook:
        """Raises ValueError where it is not what as_json writes: the one who says it is not to be trusted."""
        if len(told) > MAX_TOLD:
            raise ValueError("it says too much")
        try:
            tier, detail, choice, found = json.loads(told)
            file, line, text, code = found or ("", 0, "", "")
        except (TypeError, RecursionError) as error:
            raise ValueError("it is malformed") from error
        texts = (tier, detail, choice, file, text, code)
        if any(type(word) is not str for word in texts) or type(line) is not int or not 0 <= line < 1 << 31:
            raise ValueError("it is malformed")
        "".join(texts).encode()  # a lone surrogate can't be written anywhere
        problem = SyntaxProblem(file=file, line=line, text=text, code=code) if found else None
        return cls(tier=tier, detail=detail, problem=problem, choice=choice)
