"""`grade PATH --submit mugrade` and `--publish mugrade`: what is sent, and what is told about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from grader.errors import SettingsInvalid
from grader.mugrade.answers import Answers
from grader.mugrade.client import Client
from grader.report.text import clean
from grader.scorecard import Scorecard


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line about a question."""

    text: str
    is_right: bool


def submit(client: Client, found: Iterable[Answers]) -> Iterator[Told]:
    """Send the answers of each question; a line for each as it is done. Raises MugradeFailed."""
    host = client.account.host
    for answers in found:
        name, count = answers.question, len(answers.values)
        if not answers.values:
            yield Told(text=f"{name}: nothing is sent, since {_line(answers.problem)}", is_right=False)
            continue
        number = client.start(name)
        wrong = [index for index, value in enumerate(answers.values) if not client.send(number, index, value)]
        text = f"{name}: {host} finds {count - len(wrong)} of {count} answers right"
        if answers.problem:
            text += f"; no more were sent, since {_line(answers.problem)}"
        yield Told(text=text, is_right=not wrong and not answers.problem)


def publish(client: Client, found: Sequence[Answers], scorecard: Scorecard) -> Iterator[Told]:
    """Publish the answers of each question as the expected ones. Raises SettingsInvalid where they may be wrong."""
    lost = [question.name for question in scorecard.questions if question.lost > 1e-9]
    lost += [question.name for question in scorecard.questions if question.is_provisional and question.name not in lost]
    lost += [answers.question for answers in found if answers.problem and answers.question not in lost]
    if lost:
        raise SettingsInvalid(f"nothing is published: {scorecard.submission} loses points on {', '.join(lost)}")
    for answers in found:
        client.publish(answers.question, answers.values)
        count = len(answers.values)
        yield Told(text=f"{answers.question}: {count} expected values are on {client.account.host}", is_right=True)


def _line(text: str) -> str:
    return clean(text).splitlines()[0] if text else "there are no answers"
