"""Addresses: what may be asked for at all, written in one way, and which hosts belong to the public web."""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address
from urllib.parse import quote, urljoin, urlsplit

import idna

from index.articles.base import line
from index.errors import ArticleError

_LONGEST = 4000  # characters
_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"(?!-)[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_WHOLE = re.compile(r"https?://", re.IGNORECASE)
_NUMBER = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)")  # what some read as IPv4, whatever it looks like
# RFC 3986: what may stand in a path or query as it is; the percent sign belongs to what is escaped already.
_PATH = "/%:@!$&'()*+,;=~"
_QUERY = _PATH + "?[]|"
# Forms in which an IPv6 address carries an IPv4 one: RFC 4291 (mapped, compatible), RFC 6052 (NAT64).
_CARRIERS = (bytes(10) + b"\xff\xff", bytes(12), b"\x00\x64\xff\x9b" + bytes(8))


@dataclass(frozen=True, slots=True)
class Address:
    """An address on the web, taken apart; ``str`` writes it, ``target`` is its path and query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def site(self) -> str:
        """Return scheme, host and port: what a robots.txt holds for."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == _PORTS[self.scheme] else f":{self.port}")

    @property
    def path(self) -> str:
        """Return the path alone."""
        return self.target.partition("?")[0]

    def __str__(self) -> str:
        return self.site + self.target


def parse(given: str, base: Address | None = None) -> Address:
    """Take an address apart, a relative one as seen from ``base``; what follows "#" is dropped.

    Raises:
        ArticleError: it is no address, or one of a kind that is never followed.
    """
    named = line(given)[:200] or "an address"
    if len(given) > _LONGEST:
        raise ArticleError(named, f"is longer than {_LONGEST:,} characters; give a shorter address")
    given = given.strip()
    if any(c.isspace() or not c.isprintable() for c in given) or "\\" in given:
        raise ArticleError(named, "holds white space, a backslash or control characters; escape them with %")
    try:
        parts = urlsplit(given if base is None or _WHOLE.match(given) else urljoin(str(base), given))
        port = parts.port
    except ValueError as error:
        raise ArticleError(named, f"is no web address ({error}); see how it is written") from error
    scheme = parts.scheme.lower()
    if scheme not in _PORTS:
        kind = f"has the scheme {scheme[:20]!r}" if scheme else "has no scheme"
        raise ArticleError(named, f"{kind}, and only http and https are followed; give an address that starts so")
    if parts.username is not None or parts.password is not None:
        raise ArticleError(named, "names a user or a password before the host; give the address without them")
    target = quote(_without_dots(parts.path), safe=_PATH) + (
        f"?{quote(parts.query, safe=_QUERY)}" if parts.query else ""
    )
    return Address(scheme, _host(parts.hostname or "", named), _PORTS[scheme] if port is None else port, target)


def same_host(one: Address, other: Address) -> bool:
    """Tell whether two addresses are of one host; "www." before it makes no difference."""
    return one.host.removeprefix("www.") == other.host.removeprefix("www.")


def is_public(ip: str) -> bool:
    """Tell whether an IP address belongs to the public internet.

    Those of this computer, of private and carrier networks, link-local, multicast and reserved ones do not. An IPv6
    address that carries an IPv4 one (mapped, compatible, NAT64, 6to4) counts as that one.
    """
    address = ip_address(ip.partition("%")[0])
    if isinstance(address, IPv6Address):
        carried = address.sixtofour
        if address.packed[:12] in _CARRIERS:
            carried = IPv4Address(address.packed[12:])
        if carried is None:
            # Whatever else there is outside of this block is not, or not yet, for the public (RFC 4291, 2.4).
            return address.packed[0] >> 5 == 1 and address.is_global
        address = carried
    return address.is_global and not address.is_multicast and not address.is_reserved


def _host(host: str, named: str) -> str:
    """Return a host in lower case ASCII, an IPv6 address without its brackets."""
    if ":" in host:
        try:
            return str(IPv6Address(host.replace("%", " ")))  # a zone is of this computer alone
        except AddressValueError as error:
            raise ArticleError(named, "names a host that is no IPv6 address; see how it is written") from error
    try:
        host = (host if host.isascii() else idna.encode(host, uts46=True).decode()).lower().removesuffix(".")
    except idna.IDNAError as error:
        raise ArticleError(named, f"names a host that cannot be ({error}); see how it is written") from error
    if not host:
        raise ArticleError(named, "names no host; see how it is written")
    if len(host) > 253 or not _HOST.fullmatch(host):
        raise ArticleError(named, "names a host that cannot be; see how it is written")
    if _NUMBER.fullmatch(host):
        try:
            return str(IPv4Address(host))
        except AddressValueError as error:
            reason = "names its host by a number that is no IPv4 address; write it as four numbers from 0 to 255"
            raise ArticleError(named, reason) from error
    return host


def _without_dots(path: str) -> str:
    """Resolve "." and ".." in a path, as servers do after robots.txt was asked (RFC 3986, 5.2.4)."""
    kept: list[str] = []
    *folders, last = re.sub(r"%2e", ".", path, flags=re.IGNORECASE).split("/")[1:] or [""]
    for part in folders:
        if part == "..":
            kept = kept[:-1]
        elif part != ".":
            kept.append(part)
    if last == "..":
        kept = kept[:-1]
    return "/".join(["", *kept, "" if last in (".", "..") else last])
