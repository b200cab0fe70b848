"""What became of a grading: verdicts by check, and the questions that lost points."""

from grader.scorecard import Scorecard, Verdict

PARTS = ("Linear", "CrossEntropyLoss", "SGD", "DataLoader", "epoch", "TwoLayerNN", "MultiLayerNN")


def verdicts(scorecard: Scorecard, question: str) -> dict[str, Verdict]:
    (found,) = [q for q in scorecard.questions if q.name == question]
    return {check.name: check.verdict for check in found.checks}


def lost(scorecard: Scorecard) -> set[str]:
    return {q.name for q in scorecard.questions if q.score < q.max_score}
