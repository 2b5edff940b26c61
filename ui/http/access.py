"""Who may use the API, how often, and what only one who knows the token may do."""

import re
import secrets
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from qa.settings import Settings
from ui.http.rates import Rate, client

WRONG = "10/minute"
"""How often one address may try a password or a token that is wrong."""


@dataclass(frozen=True, slots=True)
class Access:
    """What the settings say of the API, and of the way to it.

    ``origins`` are the sites whose pages may use it, "https://*.a.example" being all below a.example. ``rate`` is how
    often one address may ask, ``site_rate`` how often the pages of one site, "" for any number. Only ``proxies`` are
    believed when they say who asks. Without a ``token`` nobody is the administrator. ``root_path`` is the path that a
    proxy takes away, "/quoth".
    """

    origins: tuple[str, ...] = ()
    rate: str = ""
    site_rate: str = ""
    proxies: tuple[str, ...] = ()
    token: str | None = field(default=None, repr=False)
    feedback: bool = True
    root_path: str | None = None

    @property
    def pattern(self) -> str:
        """Return a regular expression that matches the whole of a listed origin and nothing else."""
        each = (re.escape(origin).replace(r"://\*\.", r"://(?:[a-z0-9-]+\.)+") for origin in self.origins)
        return "|".join(each) or "(?!)"

    def lists(self, origin: str) -> bool:
        """Tell whether an origin is one of those listed."""
        return re.fullmatch(self.pattern, origin) is not None


DEFAULT = Access()


def access(settings: Settings) -> Access:
    """Return what the settings say of the API."""
    return Access(
        origins=settings.origins or (),
        rate=settings.rate.removeprefix("none"),
        site_rate=settings.site_rate.removeprefix("none"),
        proxies=settings.trusted_proxies or (),
        token=settings.admin_token.get_secret_value() if settings.admin_token else None,
        feedback=settings.api_feedback,
        root_path=settings.root_path,
    )


def same(given: str, secret: str) -> bool:
    """Compare in constant time, so that how long a refusal takes says nothing of how much was right."""
    return secrets.compare_digest(given.encode("utf-8", "replace"), secret.encode())


_BEARER = HTTPBearer(auto_error=False, description="The setting `admin_token`.")


class Administrator:
    """Lets a request through that brings the token."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self.wrong = Rate(WRONG)

    def __call__(
        self, request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
    ) -> None:
        """Raise HTTPException unless the token is configured and given, and an address has not tried too many."""
        if self.access.token is None:
            raise HTTPException(403, "no token is configured, so nobody may do this; set `admin_token` and start again")
        token, who = "" if given is None else given.credentials, client(request.scope)
        if token and (wait := self.wrong.wait(who)):
            said = f"too many wrong tokens came from your address; wait {wait} s"
            raise HTTPException(429, said, {"Retry-After": str(wait)})
        if not same(token, self.access.token):
            if token:
                self.wrong.count(who)
            said = "this needs the header `Authorization: Bearer TOKEN` with the token of the setting `admin_token`"
            raise HTTPException(401, said, {"WWW-Authenticate": "Bearer"})
