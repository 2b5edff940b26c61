"""Every setting, in one frozen object, read in one place: defaults < quoth.toml < QUOTH_* environment < flags."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from index.embedding import DEFAULT_MODEL
from index.errors import SettingsError
from index.passages import PASSAGE_TOKENS

FILE = "quoth.toml"

_ORIGIN = re.compile(r"https?://(\*\.)?([a-z0-9_-]+\.)*[a-z0-9_-]+(:\d{1,5})?|https?://\[[0-9a-f:.]+\](:\d{1,5})?")
_HOST = re.compile(r"(\*\.)?([a-z0-9_-]+\.)*[a-z0-9_-]+|[0-9a-f:]+(\.\d+){0,3}")
_RATE = r"^(|none|[1-9]\d{0,5}/(second|minute|hour|day))$"

LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""The names and addresses of this computer for itself."""


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
    origins: Annotated[tuple[str, ...] | None, NoDecode] = Field(
        None,
        description="Sites whose pages may use the API: https://a.example, or https://*.a.example for all below it.",
    )
    rate: str = Field(
        "60/minute",
        pattern=_RATE,
        description="How often one address may use the API; `none` for any number.",
    )
    site_rate: str = Field(
        "600/minute",
        pattern=_RATE,
        description="How often the pages of one site may use the API; `none` for any number.",
    )
    trusted_proxies: Annotated[tuple[str, ...] | None, NoDecode] = Field(
        None, description="Addresses or networks of proxies that are believed when they say who asks."
    )
    root_path: str | None = Field(
        None,
        pattern=r"^(/[A-Za-z0-9._~-]+)+$",
        description="Path below which a proxy shows the page, as /quoth, and which it takes away.",
    )
    admin_token: SecretStr | None = Field(
        None, description="What the API wants to hear before articles are changed or numbers told."
    )
    api_feedback: bool = Field(True, description="Whether verdicts on answers can be given through the API.")
    public: bool = Field(
        False, description="Whether `quoth serve` is on the internet; it refuses to start while that is not safe."
    )
    hosts: Annotated[tuple[str, ...] | None, NoDecode] = Field(
        None,
        description="Names that `quoth serve` has: news.example, or *.a.example for all below it; unset, any.",
    )
    insecure_admin: bool = Field(
        False,
        description="Whether `admin_token` is taken over plain http from other hosts too, where others can read it.",
    )
    password: SecretStr | None = Field(
        None, description="What everybody must know who wants to see the page or use the API."
    )
    user_header: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9-]{1,100}$",
        description="Header in which a trusted proxy names who is logged in; where it is set, nobody else gets in.",
    )
    keep_days: int | None = Field(
        None, ge=1, le=36_500, description="Days after which `quoth serve` deletes verdicts; unset, they are kept."
    )

    @property
    def visitors_may_edit(self) -> bool:
        """Tell whether the page's visitors may add and remove articles."""
        if self.public:
            return False
        return self.host in LOOPBACK if self.editing is None else self.editing

    @field_validator("index", "feedback", mode="before")
    @classmethod
    def _place(cls, given: object) -> object:
        """Refuse "", which would be the current folder, and let ~ be the home folder, as a shell does."""
        if given == "":
            raise ValueError("its name is empty")
        return Path(given).expanduser() if isinstance(given, str | Path) else given

    @field_validator("origins", "trusted_proxies", "hosts", mode="before")
    @classmethod
    def _listed(cls, given: object) -> object:
        """Take a list apart that is written as one text, as the environment has it."""
        return tuple(re.findall(r"[^\s,]+", given)) if isinstance(given, str) else given

    @field_validator("origins")
    @classmethod
    def _origins(cls, given: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """Refuse what is no origin, such as an address with a path, which no browser would ever send."""
        for origin in given or ():
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is no origin; write https://a.example or https://*.a.example")
        return given

    @field_validator("hosts")
    @classmethod
    def _hosts(cls, given: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """Refuse what is no name of a host, such as one with a port, and let its case be any."""
        names = given and tuple(host.lower() for host in given)
        for host in names or ():
            if not _HOST.fullmatch(host):
                raise ValueError(f"{host!r} is no name of a host; write news.example or *.a.example")
        return names

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies(cls, given: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """Refuse names: who asks is known by an address alone."""
        for proxy in given or ():
            ipaddress.ip_network(proxy)
        return given

    @field_validator("admin_token")
    @classmethod
    def _secret(cls, given: SecretStr | None) -> SecretStr | None:
        """Refuse what can be guessed, and what no header can carry."""
        if given is not None and not re.fullmatch(r"[!-~]{16,}", given.get_secret_value()):
            raise ValueError("it must be 16 or more letters, digits and signs of ASCII, without spaces")
        return given

    @field_validator("password")
    @classmethod
    def _password(cls, given: SecretStr | None) -> SecretStr | None:
        """Refuse what is soon guessed, and what people cannot type."""
        if given is not None and not (len(given.get_secret_value()) >= 12 and given.get_secret_value().isprintable()):
            raise ValueError("it must have 12 or more characters, all of which can be seen")
        return given

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
        wrong = "; ".join(_wrong(".".join(map(str, e["loc"])), e["msg"], e["input"]) for e in error.errors())
        raise SettingsError(
            f"settings (flags, QUOTH_* environment or {FILE}): {wrong}; known are {', '.join(Settings.model_fields)}"
        ) from error
    except ValueError as error:  # tomllib's own error
        raise SettingsError(f"{FILE} in this folder is not valid TOML ({error}); mend or remove it") from error
    strict = flags.get("strictness") is not None and flags.get("threshold") is None
    return found.model_copy(update={"threshold": None}) if strict else found


def _wrong(name: str, message: str, given: object) -> str:
    return f"{name}: {message}" + ("" if name in ("admin_token", "password") else f" (given: {given!r})")
