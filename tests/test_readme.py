"""What the README says is so."""

import re
import tomllib
from pathlib import Path

import pytest

from qa.settings import Settings
from ui.cli import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = {c.name or getattr(c.callback, "__name__", "") for c in app.registered_commands}
COMMANDS |= {group.name for group in app.registered_groups if group.name}
UNSET = {"threshold": "calibrated", "feedback": "in the index", "editing": "by host"}
UNSET |= dict.fromkeys(("origins", "trusted_proxies", "root_path", "admin_token", "hosts"), "none")
UNSET |= dict.fromkeys(("password", "user_header"), "none")
UNSET["keep_days"] = "for ever"


def test_every_command_named_exists() -> None:
    """Each ``quoth`` command in the README is one of the program's, and each of the program's is in its table."""
    named = set(re.findall(r"(?:\$ |`|bin/)quoth ([a-z]+)", README))
    assert named == COMMANDS
    assert set(re.findall(r"^\| `quoth ([a-z]+)", README, re.MULTILINE)) == COMMANDS


def test_every_make_target_named_exists() -> None:
    """Each ``make`` target in the README is in the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\$ make ([a-z-]+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_link_leads_somewhere() -> None:
    """Each relative link in the README is a file of the project."""
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", README) if not link.startswith("http")]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_table_of_settings_is_complete() -> None:
    """The settings, their environment variables and their defaults are those of Settings, in its order."""
    table = README[README.index("## Settings") :]
    rows = re.findall(r"^\| (`.+?) \| (`QUOTH_.+?) \| (.+?) \|", table, re.MULTILINE)
    found = {
        name.strip("` "): (variable.strip("` "), default.strip("` "))
        for names, variables, defaults in rows
        for name, variable, default in zip(*(x.split(", ") for x in (names, variables, defaults)), strict=True)
    }
    expected = {
        name: (f"QUOTH_{name.upper()}", UNSET[name] if field.default is None else str(field.default))
        for name, field in Settings.model_fields.items()
    }
    assert list(found.items()) == list(expected.items())


def test_the_python_it_needs_is_the_one_declared() -> None:
    """The README's version of Python is that of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"Python {project['requires-python'].removeprefix('>=')} or newer" in README


@pytest.mark.model
def test_the_python_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The lines under "In Python" run as they stand and print the sentence that answers."""
    monkeypatch.chdir(tmp_path)
    Path("news").mkdir()
    text = "The mayors of Lund and Ystad signed the agreement on Monday. It was a warm day."
    Path("news/agreement.txt").write_text(text, encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    namespace: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), namespace)
    assert capsys.readouterr().out.startswith("The mayors of Lund and Ystad signed the agreement on Monday.")
    namespace["index"].close()  # type: ignore[attr-defined]
