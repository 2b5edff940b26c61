"""What a server on the public internet must be, and may not do."""

from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from index.errors import SettingsError
from qa.settings import LOOPBACK, Settings
from ui.chat.guard import name
from ui.http.allowed import path
from ui.http.doors import ADMIN, ARTICLES, HEALTH, METRICS
from ui.http.problems import problem
from ui.http.rates import address

WAITING = 8  # questions of one address that may wait at the same time where the server is public

_PASSED_ON = ("forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip", "via")
_OPEN = "the token of the administrator is taken over https alone; {how}, or set insecure_admin = true"
HOW = "ask under https://, and list the proxy that speaks https in the setting `trusted_proxies`"


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a server is there for others than its owner.

    Where it is ``public`` its visitors can ask; all else is in a page for the administrator. It answers under the names
    of ``hosts``, () being any; "*.a.example" is all below a.example. ``insecure_admin`` takes the administrator's token
    over plain http too. Whoever knows no ``password`` gets nothing, where there is one, and neither does anybody for
    whom no trusted proxy names a user in ``user_header``. Verdicts are kept for ``keep_days``, None being for ever.
    """

    public: bool = False
    hosts: tuple[str, ...] = ()
    insecure_admin: bool = False
    password: str | None = field(default=None, repr=False)
    user_header: str | None = None
    keep_days: int | None = None


PRIVATE = Terms()


def terms(settings: Settings) -> Terms:
    """Return what the settings say; raises SettingsError naming all that is unsafe where they say ``public``."""
    if settings.public and (missing := _missing(settings)):
        raise SettingsError(f"--public is refused, as it is not safe yet: {'; '.join(missing)}; then start again")
    if settings.user_header and not settings.trusted_proxies:
        raise SettingsError(
            "`user_header` is refused, as anybody could send it: list the proxy that sets it in `trusted_proxies`, as "
            'trusted_proxies = ["127.0.0.1"]; then start again'
        )
    return Terms(
        public=settings.public,
        hosts=settings.hosts or (),
        insecure_admin=settings.insecure_admin,
        password=settings.password.get_secret_value() if settings.password else None,
        user_header=settings.user_header,
        keep_days=settings.keep_days,
    )


def _missing(settings: Settings) -> list[str]:
    """Say what to set before a server may be public."""
    wrong = {
        'list the names that it is reached under in `hosts`, as hosts = ["news.example"]': not settings.hosts,
        'list the sites that may use it in `origins`, as origins = ["https://news.example"]': not settings.origins,
        "set `admin_token` to 16 or more random characters": settings.admin_token is None,
        'limit how often one address may ask with `rate`, as rate = "60/minute"': settings.rate in ("", "none"),
        "set `editing` to false, or leave it out": settings.editing is True,
    }
    return [said for said, so in wrong.items() if so]


def sealed(scope: Scope) -> bool:
    """Tell whether nobody on the way can read a request: it came over https, or from this computer itself.

    A proxy on this computer that is not trusted is not what asks, however near it is.
    """
    if scope.get("scheme") == "https":
        return True
    headers = Headers(scope=scope)
    if any(header in headers for header in _PASSED_ON):
        return False
    return near(scope) and name(f"//{headers.get('host', '')}") in LOOPBACK


def near(scope: Scope) -> bool:
    """Tell whether a request comes from this computer."""
    found = address(scope)
    return found is not None and found.is_loopback


class Sealed:
    """Refuses what needs the administrator's token where others could read the token on its way."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with 403."""
        if scope["type"] == "http" and _for_the_administrator(scope) and not sealed(scope):
            await problem(403, _OPEN.format(how=HOW))(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _for_the_administrator(scope: Scope) -> bool:
    where = path(scope)
    changes = scope["method"] not in ("GET", "HEAD", "OPTIONS")
    return administrative(scope) or where == METRICS or (changes and _below(where, ARTICLES))


def administrative(scope: Scope) -> bool:
    """Tell whether a request is for the administrator's page or a part of it."""
    return _below(path(scope), ADMIN)


def _below(asked: str, place: str) -> bool:
    return asked == place or asked.startswith(f"{place}/")


class Named:
    """Refuses requests under a name that is none of ``hosts``, in Host or X-Forwarded-Host, with 421.

    This computer may also use its own names, and what asks for the health of the server often knows an address alone.
    """

    def __init__(self, app: ASGIApp, hosts: tuple[str, ...]) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or path(scope) == HEALTH or (foreign := self._foreign(scope)) is None:
            await self.app(scope, receive, send)
            return
        said = f"nothing is served under the name {foreign[:100]!r}; list it in the setting `hosts`"
        await problem(421, said)(scope, receive, send)

    def _foreign(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        forwarded = [part.strip() for given in headers.getlist("x-forwarded-host") for part in given.split(",")]
        given = headers.getlist("host") or [""]
        return next((host for host in (*given, *forwarded) if not self._ours(name(f"//{host}"), near(scope))), None)

    def _ours(self, host: str | None, near: bool) -> bool:
        if host is None:
            return False
        below = (host.endswith(listed[1:]) for listed in self.hosts if listed.startswith("*."))
        return host in self.hosts or any(below) or (near and host in LOOPBACK)
