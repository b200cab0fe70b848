"""`gradebook run --shard` and `merge`."""

from pathlib import Path

import pytest

from grader.errors import SettingsInvalid
from grader.gradebook import class_run
from tests.meta.tools.books import FAKE, gradebook, toy_assignment


def test_shards_are_graded_and_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_run.Power.__init__, "__kwdefaults__", {"scheduler": "", "limit_s": 20.0, "command": FAKE})
    (tmp_path / "class").mkdir()
    for i in range(6):
        (tmp_path / f"class/s{i}.py").write_text(f"score {i / 2}")
    chosen = ("run", tmp_path / "class", "--assignment", toy_assignment(tmp_path).folder)
    with pytest.raises(SettingsInvalid, match="--shard needs --seed"):
        gradebook(*chosen, "--shard", "1/2", "--out", tmp_path / "g1")
    for i in (1, 2):
        assert gradebook(*chosen, "--shard", f"{i}/2", "--out", tmp_path / f"g{i}", "--seed", 3)[0] == 0
    status, output = gradebook("merge", tmp_path / "g1", tmp_path / "g2", "--out", tmp_path / "g")
    assert status == 0
    assert "6 students: 6 graded; median 1.25 of 4" in output
    status, output = gradebook("merge", tmp_path / "g1", "--out", tmp_path / "half")
    assert status == 1
    assert "is not graded in any of them; run the shard that has it again" in output
    with pytest.raises(SettingsInvalid, match="one of the parts"):
        gradebook("merge", tmp_path / "g1", "--out", tmp_path / "g1")
