"""Settings: where they come from, which one wins, and what a wrong one says."""

from pathlib import Path

import pytest

from index.errors import SettingsError
from qa.settings import Settings, load


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder, without settings from outside."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"QUOTH_{name.upper()}", raising=False)


def write(text: str) -> None:
    """Write quoth.toml."""
    Path("quoth.toml").write_text(text, encoding="utf-8")


def test_flags_win_over_environment_over_file_over_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each place overrides the one before it."""
    assert load().hits == 10
    write("hits = 11")
    assert load().hits == 11
    monkeypatch.setenv("QUOTH_HITS", "12")
    assert load().hits == 12
    assert load(hits=13).hits == 13
    assert load(hits=None).hits == 12


def test_each_setting_is_taken_from_its_own_place() -> None:
    """A setting that one place leaves out comes from the next."""
    write('quotes = 2\nindex = "news"')
    assert (load(index="other").index, load(index="other").quotes) == (Path("other"), 2)


def test_an_empty_environment_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty variable leaves the default as it is."""
    monkeypatch.setenv("QUOTH_PORT", "")
    monkeypatch.setenv("QUOTH_INDEX", "")
    assert (load().port, load().index) == (7860, Path("quoth-index"))


def test_an_index_without_a_name_is_refused() -> None:
    """An empty name would be the current folder, which nobody means."""
    with pytest.raises(SettingsError, match=r"index.*empty"):
        load(index="")
    write('index = ""')
    with pytest.raises(SettingsError, match=r"index.*empty"):
        load()


def test_a_tilde_is_the_home_folder() -> None:
    """No shell expands it in a file or an environment variable."""
    write('index = "~/news"')
    assert load().index == Path.home() / "news"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("hit = 3", "hit"),
        ("[quoth]\nhits = 3", "quoth"),
        ('hits = "many"', "many"),
        ("hits = 0", "hits"),
        ("threshold = 1.5", "threshold"),
        ("port = 70000", "port"),
        ('model = ""', "model"),
        ("hits = ", "TOML"),
    ],
)
def test_a_wrong_setting_in_the_file_is_named(text: str, named: str) -> None:
    """A key that is unknown, a value that is wrong and a file that is no TOML are refused, not ignored."""
    write(text)
    with pytest.raises(SettingsError, match=named):
        load()


def test_a_wrong_value_in_the_environment_or_a_flag_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says which setting, what was given and which settings there are."""
    with pytest.raises(SettingsError, match=r"port.*'x'.*known are index, model"):
        load(port="x")
    monkeypatch.setenv("QUOTH_THRESHOLD", "often")
    with pytest.raises(SettingsError, match=r"threshold.*'often'"):
        load()


def test_settings_cannot_be_changed() -> None:
    """Settings are read once and stay as they are."""
    with pytest.raises(ValueError, match="frozen"):
        load().hits = 3  # type: ignore[misc]


def test_a_strictness_flag_goes_before_a_threshold_from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A threshold in the environment does not silently overrule what was asked for on the command line."""
    monkeypatch.setenv("QUOTH_THRESHOLD", "0.3")
    assert load().threshold == 0.3
    assert load(strictness="high").threshold is None
    assert load(strictness="high", threshold=0.2).threshold == 0.2
