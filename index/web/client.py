"""The client: fetches addresses of the public web as a polite guest, and refuses to go anywhere else."""

import re
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from importlib.metadata import version
from types import MappingProxyType, TracebackType
from typing import Self

import httpcore2

from index.errors import AddressClosed, ArticleError
from index.web import addresses, bodies
from index.web.addresses import Address
from index.web.base import Validators
from index.web.connections import Connections, Resolve, resolved
from index.web.robots import AGENT, LONGEST, Robots

PATIENCE = 20.0
"""Seconds that one address may take: all that it leads to, its robots.txt and the last byte included."""

_REDIRECTS = 5
_MOVED = (301, 302, 303, 307, 308)
_OK = (200, 203)
GONE = (404, 410)
_CLOSED = (401, 402, 403, 407, 451)
_WAIT = 60.0  # seconds that are waited for a host's turn at most
_REST = 600.0  # seconds for which a host that does not answer is left alone, or one that asks for time without a number
_FAILURES = 3
_KEPT = 3600.0  # seconds for which a robots.txt holds; RFC 9309 allows a day
_LONGEST = 4000  # characters of a header
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)

_ERRORS = (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError)
_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "User-Agent": f"{AGENT}/{version('quoth')}",
        "Accept": "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8",
        "Accept-Encoding": "gzip",
        "Connection": "close",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What a server answered: ``status`` is 200, 304, 404 or 410, and only a 200 has ``data``.

    ``address`` is where it came from in the end, ``type`` and ``charset`` what its Content-Type says, in lower case.
    """

    address: Address
    status: int
    type: str = ""
    charset: str | None = None
    validators: Validators = field(default_factory=Validators)
    data: bytes = b""


class Client:
    """Fetches addresses of the public web, one at a time and at its servers' pace, and refuses to go anywhere else.

    ``allow_private`` lets it go to addresses of this computer and its own network too, and to any port. ``delay`` is
    how many seconds it leaves between two visits to one host, unless that host's robots.txt asks for more. ``patience``
    is how many an address may take. ``resolve`` turns names into IP addresses, ``tls`` says whose certificates are
    trusted. Cookies, proxies and passwords have no part in it. It is for one thread at a time.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        delay: float = 1.0,
        patience: float = PATIENCE,
        resolve: Resolve = resolved,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allow_private = allow_private
        self._delay = delay
        self._patience = patience
        self._connections = Connections(resolve, allow_private=allow_private)
        # No connection is used twice: every request goes through resolving and checking.
        tls = tls or httpcore2.default_ssl_context()
        self._pool = httpcore2.ConnectionPool(tls, max_keepalive_connections=0, network_backend=self._connections)
        self._robots: dict[str, tuple[float, Robots]] = {}
        self._free: dict[str, float] = {}  # when a host may be visited again
        self._failures: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close what is open."""
        self._pool.close()

    def get(self, address: str, validators: Validators | None = None) -> Response:
        """Fetch an address, if it may be and if it is no longer the version that the validators are of.

        Raises:
            AddressClosed: it may not be read.
            ArticleError: it was not fetched; the reason is a sentence without its subject, which is the address.
        """
        asked = addresses.parse(address)
        self._connections.deadline = time.monotonic() + self._patience
        response = self._follow(asked, validators or Validators())
        if response.status in (200, *GONE) or (response.status == 304 and validators not in (None, Validators())):
            return response
        error = AddressClosed if response.status in _CLOSED else ArticleError
        raise error(str(asked), _refusal(response.status))

    def _follow(self, asked: Address, validators: Validators, *, is_rules: bool = False) -> Response:
        """Fetch what an address leads to in the end; before a robots.txt (``is_rules``) no other one is asked."""
        address = asked
        hosts: set[str] = set()
        for _ in range(_REDIRECTS + 1):
            try:
                self._check_port(address)
                pace = 0.0 if is_rules else self._permit(address, waits=address.host not in hosts)
                hosts.add(address.host)
                try:
                    found = self._ask(address, validators, is_rules)
                finally:
                    self._rest(address.host, pace)
            except ArticleError as error:
                reason = error.reason if address == asked else f"leads to {address}, which {error.reason}"
                raise type(error)(str(asked), reason) from error
            if isinstance(found, Response):
                return found
            address = found
        raise ArticleError(
            str(asked), f"leads on and on; after {_REDIRECTS} addresses it was left, so see where it ends"
        )

    def _check_port(self, address: Address) -> None:
        # Below 1024 are the doors of other services, to which a request for a page could mean something else.
        if address.port < 1024 and address.port not in (80, 443) and not self._allow_private:
            reason = f"asks for port {address.port}, and only 80, 443 and those from 1024 on are for web pages"
            raise ArticleError(str(address), f"{reason}; allow private addresses (--allow-private) if you trust it")

    def _permit(self, address: Address, *, waits: bool) -> float:
        """Wait for the turn at a host, and return the seconds that it wants to be left alone for afterwards.

        Raises:
            AddressClosed: its robots.txt says so.
            ArticleError: that cannot be had, or the turn is too far off.
        """
        robots = self._rules(address)
        if robots.shut:
            raise ArticleError(str(address), robots.shut)
        if not robots.allows(str(address)):
            reason = "is closed to programs by its site's robots.txt; save it in a browser and add the file"
            raise AddressClosed(str(address), reason)
        pause = self._free.get(address.host, 0.0) - time.monotonic() if waits else 0.0
        if pause > _WAIT:
            wait = f"{round(pause / 60)} minutes" if pause < 7200 else f"{round(pause / 3600)} hours"
            raise ArticleError(str(address), f"is on a site that is to be left alone for {wait}; try again after that")
        if pause > 0:
            time.sleep(pause)
            self._connections.deadline += pause
        return max(self._delay, robots.delay)

    def _rest(self, host: str, seconds: float) -> None:
        """Leave a host alone for so long, or for longer if that was said before."""
        self._free[host] = max(self._free.get(host, 0.0), time.monotonic() + seconds)

    def _rules(self, address: Address) -> Robots:
        """Return the rules of a site, which are remembered; so is that they cannot be had."""
        until, robots = self._robots.get(address.site, (0.0, Robots()))
        if time.monotonic() < until:
            return robots
        kept = _KEPT
        try:
            found = self._follow(addresses.parse("/robots.txt", address), Validators(), is_rules=True)
        except ArticleError as error:
            kept = _REST
            robots = Robots(shut=f"has a robots.txt that {error.reason}" if "leads" in error.reason else error.reason)
        else:
            if found.status >= 500 or found.status == 429:
                kept = _REST
                robots = Robots(shut=f"has a robots.txt that cannot be read now ({found.status}); try again later")
            else:  # where there is none, nothing is forbidden
                robots = Robots(found.data.decode("utf-8", "replace"))
        self._robots[address.site] = (time.monotonic() + kept, robots)
        return robots

    def _ask(self, address: Address, validators: Validators, is_rules: bool) -> Response | Address:
        """Send one request; return what was answered, or the address that it was sent on to."""
        with self._answered(address, validators) as answer:
            location = _header(answer, b"location")
            if answer.status in _MOVED and location:
                return _led(address, location)
            if answer.status in (429, 503):
                self._rest(address.host, _seconds(_header(answer, b"retry-after")))
            new = Validators(_header(answer, b"etag") or None, _header(answer, b"last-modified") or None)
            if answer.status not in _OK:
                known = new if new != Validators() else validators
                return Response(address=address, status=answer.status, validators=known)
            kind = _header(answer, b"content-type")
            charset = _CHARSET.search(kind)
            return Response(
                address=address,
                status=200,
                type=kind.partition(";")[0].strip().lower(),
                charset=charset[1].lower() if charset else None,
                validators=new,
                data=_body(answer, address, is_rules),
            )

    @contextmanager
    def _answered(self, address: Address, validators: Validators) -> Iterator[httpcore2.Response]:
        """Send one request, and close its connection in the end; raises ArticleError whatever goes wrong on the way."""
        scheme, _, host = address.site.partition("://")
        url = httpcore2.URL(
            scheme=scheme.encode(), host=address.host.encode(), port=address.port, target=address.target.encode()
        )
        headers = {"Host": host, **_HEADERS}
        if validators.etag:
            headers["If-None-Match"] = validators.etag
        if validators.modified:
            headers["If-Modified-Since"] = validators.modified
        try:
            with self._pool.stream("GET", url, headers=list(headers.items())) as answer:
                yield answer
        except _ERRORS as error:
            failures = self._failures[address.host] = self._failures.get(address.host, 0) + 1
            if failures >= _FAILURES:
                self._failures[address.host] = 0
                self._rest(address.host, _REST)
            raise ArticleError(str(address), self._fault(error)) from error
        self._failures[address.host] = 0

    def _fault(self, error: Exception) -> str:
        """Say what went wrong on the way."""
        if isinstance(error, httpcore2.TimeoutException):
            return f"was not there within {self._patience:g} seconds; try again later"
        cause = error.__cause__ or error.__context__
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"has a certificate that cannot be trusted ({cause.verify_message}); see what a browser says of it"
        if isinstance(error, httpcore2.ProtocolError):
            return f"gave an answer that is broken off or no HTTP ({error}); try again later"
        return f"cannot be reached ({error}); see whether it opens in a browser"


def _led(address: Address, location: str) -> Address:
    """Return the address that an answer leads to."""
    try:
        following = addresses.parse(location, address)
    except ArticleError as error:
        raise ArticleError(str(address), f"leads to {error.given}, which {error.reason}") from error
    if address.scheme == "https" and following.scheme == "http":
        reason = f"leads from https to {following}, which anybody on the way could change; give that if you trust it"
        raise ArticleError(str(address), reason)
    return following


def _body(answer: httpcore2.Response, address: Address, is_rules: bool) -> bytes:
    """Return what an answer holds, unzipped."""
    pieces: Iterable[bytes] = answer.iter_stream()
    encoding = _header(answer, b"content-encoding").strip().lower()
    if encoding in ("gzip", "x-gzip"):
        pieces = bodies.unzipped(pieces, str(address))
    elif encoding not in ("", "identity"):
        reason = f"is packed as {encoding[:20]!r}, which was not asked for; save it in a browser and add the file"
        raise ArticleError(str(address), reason)
    return bodies.start(pieces, LONGEST) if is_rules else bodies.collected(pieces, str(address))


def _header(answer: httpcore2.Response, name: bytes) -> str:
    """Return a header as text, "" where there is none or it could not be sent back."""
    value = next((value for key, value in answer.headers if key.lower() == name), b"").decode("latin-1").strip()
    return value if value.isprintable() and len(value) <= _LONGEST else ""


def _seconds(after: str) -> float:
    """Return what a Retry-After header says, as seconds from now."""
    if after.isascii() and after.isdigit():
        return float(after[:9])
    try:
        return parsedate_to_datetime(after).timestamp() - time.time()
    except ValueError:
        return _REST


def _refusal(status: int) -> str:
    """Say why there is no page."""
    named = f"{status} {HTTPStatus(status).phrase}" if status in set(HTTPStatus) else str(status)
    if status in _CLOSED:
        return f"is not open to everybody (it answered {named}); save it in a browser and add the file"
    if status == 429 or status >= 500:
        return f"has a server that is busy or out of order (it answered {named}); try again later"
    return f"holds no page (it answered {named}); see whether it opens in a browser"
