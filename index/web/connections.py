"""Connections: made to the very address that was checked, and broken off when their time is over."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence

import httpcore2

from index.errors import ArticleError
from index.web.addresses import is_public

Resolve = Callable[[str, int], Sequence[str]]
"""Returns the IP addresses of a host and port; raises OSError where there are none."""

_WAIT = 10.0  # seconds for one step: connecting, or the next bytes
_ADDRESSES = 4  # of one host that are tried


def resolved(host: str, port: int) -> list[str]:
    """Ask the system's resolver for the IP addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Connections(httpcore2.NetworkBackend):
    """Opens connections for httpcore, each to an address that was resolved once and checked.

    So it makes no difference what the name leads to a moment later; TLS asks for the name all the same. No step goes on
    after ``deadline`` (of ``time.monotonic``), however slowly the bytes trickle in.
    """

    def __init__(self, resolve: Resolve, *, allow_private: bool) -> None:
        self._resolve = resolve
        self._allow_private = allow_private
        self._direct = httpcore2.SyncBackend()
        self.deadline = float("inf")

    def left(self) -> float:
        """Return how many seconds the next step may take.

        Raises:
            httpcore2.ReadTimeout: none.
        """
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout
        return min(left, _WAIT)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first of a host's addresses that answers.

        Raises:
            ArticleError: there is no such host, or it is none of the public web.
        """
        failure: Exception = httpcore2.ConnectError("no address")
        for ip in self._addresses(host, port)[:_ADDRESSES]:
            try:
                return _Stream(self._direct.connect_tcp(ip, port, self.left(), None, socket_options), self)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    def _addresses(self, host: str, port: int) -> Sequence[str]:
        try:
            found = self._in_time(lambda: self._resolve(host, port))
        except (OSError, UnicodeError) as error:
            reason = f"cannot be reached: no host {host} is known; see how it is written, and whether you are online"
            raise ArticleError(host, reason) from error
        private = [ip for ip in found if not is_public(ip)]
        if private and not self._allow_private:
            where = private[0] if private[0] == host else f"{host} ({private[0]})"
            reason = (
                f"is not on the public web but at {where}; allow private addresses (--allow-private) if you trust it"
            )
            raise ArticleError(host, reason)
        return found

    def _in_time(self, resolve: Callable[[], Sequence[str]]) -> Sequence[str]:
        """Resolve a name in a thread that nobody waits for any longer than there is time: it cannot be told to stop."""
        done: list[Sequence[str] | Exception] = []

        def run() -> None:
            try:
                done.append(resolve())
            except (OSError, UnicodeError) as error:
                done.append(error)

        thread = threading.Thread(target=run, name="resolving", daemon=True)
        thread.start()
        thread.join(self.left())
        if not done:
            raise httpcore2.ConnectTimeout
        if isinstance(done[0], Exception):
            raise done[0]
        return done[0]


class _Stream(httpcore2.NetworkStream):
    """A connection whose every step ends with its time."""

    def __init__(self, stream: httpcore2.NetworkStream, connections: Connections) -> None:
        self._stream = stream
        self._connections = connections

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._connections.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._connections.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._connections.left())
        return _Stream(stream, self._connections)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)
