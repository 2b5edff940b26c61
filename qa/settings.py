"""Every setting, in one frozen object, read in one place: defaults < quoth.toml < QUOTH_* environment < flags."""

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from index.embedding import DEFAULT_MODEL
from index.errors import SettingsError
from index.passages import PASSAGE_TOKENS

FILE = "quoth.toml"

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Settings(BaseSettings):
    """What can be set, with its default; ``QUOTH_INDEX=news quoth ask ...`` or ``index = "news"`` in quoth.toml."""

    model_config = SettingsConfigDict(
        env_prefix="QUOTH_", toml_file=FILE, env_ignore_empty=True, frozen=True, extra="forbid"
    )

    index: Path = Field(Path("quoth-index"), description="Folder of the index.")
    model: str = Field(
        DEFAULT_MODEL,
        min_length=1,
        description="Embedding model for new indexes: its name, or a folder it is saved in.",
    )
    passage_tokens: int = Field(
        PASSAGE_TOKENS, ge=32, le=2048, description="Longest passage of new indexes, in tokens of the model."
    )
    hits: int = Field(10, ge=1, le=100, description="Passages looked at for an answer.")
    quotes: int = Field(4, ge=1, le=10, description="Quotations in an answer, at most.")
    reader: str = Field(
        "trained",
        min_length=1,
        description="What finds the answers in passages: `trained`, `none` (similarity alone), or a weights file.",
    )
    strictness: Literal["low", "normal", "high"] = Field(
        "normal", description="How sure an answer must be: `low` answers more, `high` is wrong less often."
    )
    threshold: float | None = Field(
        None, ge=0, le=1, description="Confidence below which nothing is answered; unset, that of `strictness`."
    )
    host: str = Field("127.0.0.1", description="Address that `quoth serve` listens on.")
    port: int = Field(7860, ge=1, le=65535, description="Port that `quoth serve` listens on.")
    language: Literal["en", "uk"] = Field("en", description="Language of the page that `quoth serve` shows.")
    editing: bool | None = Field(
        None,
        description="Whether visitors of `quoth serve` may add and remove articles; unset, only where `host` is this "
        "computer alone.",
    )
    feedback: Path | None = Field(
        None,
        description="File that what visitors say of answers is kept in; unset, feedback.sqlite in the folder of the "
        "index.",
    )
    evaluation_page: bool = Field(True, description="Whether `quoth serve` lets its visitors run evaluations.")

    @property
    def visitors_may_edit(self) -> bool:
        """Tell whether the page's visitors may add and remove articles."""
        return self.host in _LOOPBACK if self.editing is None else self.editing

    @field_validator("index", "feedback", mode="before")
    @classmethod
    def _place(cls, given: object) -> object:
        """Refuse "", which would be the current folder, and let ~ be the home folder, as a shell does."""
        if given == "":
            raise ValueError("its name is empty")
        return Path(given).expanduser() if isinstance(given, str | Path) else given

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put quoth.toml below the environment, and read nothing else."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load(**flags: object) -> Settings:
    """Read the settings; flags that are None are left to the other places.

    A strictness that is given as a flag goes before a threshold that is not. Raises SettingsError naming each setting
    that is unknown or has a wrong value.
    """
    try:
        found = Settings(**{name: value for name, value in flags.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']} (given: {e['input']!r})" for e in error.errors())
        raise SettingsError(
            f"settings (flags, QUOTH_* environment or {FILE}): {wrong}; known are {', '.join(Settings.model_fields)}"
        ) from error
    except ValueError as error:  # tomllib's own error
        raise SettingsError(f"{FILE} in this folder is not valid TOML ({error}); mend or remove it") from error
    strict = flags.get("strictness") is not None and flags.get("threshold") is None
    return found.model_copy(update={"threshold": None}) if strict else found
