"""The command line, run in this process and in a folder of the test's own."""

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from qa.settings import Settings
from tests.toy import ToyEmbedder
from ui.cli import main


@dataclass(frozen=True)
class Result:
    """What a command did."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, object]:
        """Return the one JSON value on standard output."""
        value: dict[str, object] = json.loads(self.out)
        return value


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs ``quoth`` with the toy embedder in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("index.index.load_embedder", lambda model="": ToyEmbedder())
    monkeypatch.setenv("QUOTH_THRESHOLD", "0.3")
    for name in set(Settings.model_fields) - {"threshold", "reader"}:
        monkeypatch.delenv(f"QUOTH_{name.upper()}", raising=False)

    def quoth(*arguments: str, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "argv", ["quoth", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        written = capsys.readouterr()
        return Result(int(end.value.code or 0), written.out, written.err)

    return quoth
