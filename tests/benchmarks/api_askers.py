"""Let many people ask the demo collection through the API for a while, each again as soon as they are answered.

``python -m tests.benchmarks.api_askers [--askers 50] [--seconds 60] [--rate none] [--rate 60/minute]``. For each rate a
server is started as ``quoth serve`` starts it, in a process of its own. Written are the answers in a second, how long
they took, what went wrong, and the memory that the server holds in RAM before and after. Who is told to wait (429)
does, for ``Retry-After`` seconds at most.
"""

import argparse
import http.client
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from threading import Barrier
from urllib.parse import urlsplit

import numpy as np

from tests.benchmarks.askers import PATIENCE, _questions, _server

RATES = ("none", "60/minute")
_BUSY = http.client.TOO_MANY_REQUESTS


@dataclass(frozen=True, slots=True)
class Reply:
    """What one request came to: its status or what went wrong, its seconds, and when one may ask again, in seconds."""

    said: str
    seconds: float
    wait: float = 0.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Let people ask at each rate, and write what became of it."""
    parser = argparse.ArgumentParser(description="Time people who ask the API again and again.")
    parser.add_argument("--askers", type=int, default=50, help="people who ask at once [50]")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long they go on asking [60]")
    parser.add_argument("--rate", action="append", help="setting `rate` of a server; may be repeated [none, 60/minute]")
    given = parser.parse_args(arguments)
    for rate in given.rate or RATES:
        os.environ["QUOTH_RATE"] = rate
        with _server() as url:
            host = urlsplit(url).netloc
            _wait(host)
            before = _resident(host)
            began = time.perf_counter()
            replies = asking(host, given.askers, given.seconds)
            took = time.perf_counter() - began
            sys.stdout.write(f"rate {rate}: {told(replies, took)}; resident {before:,.0f} MB before, ")
            sys.stdout.write(f"{_resident(host):,.0f} MB after\n")
            sys.stdout.flush()


def asking(host: str, askers: int, seconds: float) -> list[Reply]:
    """Let people ask for a time, each again when they are answered, and return all replies."""
    questions = _questions()
    texts = [next(questions) for _ in range(1000)]
    ready = Barrier(askers)

    def person(number: int) -> list[Reply]:
        ready.wait()
        end, replies = time.monotonic() + seconds, list[Reply]()
        connection = HTTPConnection(host, timeout=PATIENCE)
        while (left := end - time.monotonic()) > 0:
            text = texts[(number + len(replies) * askers) % len(texts)]
            replies.append(reply := _ask(connection, text))
            time.sleep(min(reply.wait, left))
        connection.close()
        return replies

    with ThreadPoolExecutor(askers) as people:
        return [reply for replies in people.map(person, range(askers)) for reply in replies]


def told(replies: Sequence[Reply], seconds: float) -> str:
    """Say how many answers there were and how long they took, and count what else was said."""
    waits = [reply.seconds for reply in replies if reply.said == "200"]
    p50, p99 = np.quantile(waits, [0.5, 0.99]) if waits else (np.nan, np.nan)
    line = f"{len(waits)} answers in {seconds:.0f} s, {len(waits) / seconds:.1f}/s, p50 {p50:.2f} s, p99 {p99:.2f} s"
    others = Counter(reply.said for reply in replies if reply.said != "200")
    busy = others.pop(str(int(_BUSY)), 0)
    errors = "".join(f" ({count} times {said})" for said, count in others.most_common())
    return f"{line}, {busy} times 429, {others.total()} other errors{errors}"


def _ask(connection: HTTPConnection, question: str) -> Reply:
    """Ask one question, and take what is said to the end."""
    began = time.perf_counter()
    try:
        body = json.dumps({"question": question})
        connection.request("POST", "/api/v1/ask", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        read = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        connection.close()
        return Reply(repr(error), time.perf_counter() - began, 0.1)
    took = time.perf_counter() - began
    if response.status == http.client.OK and "kind" not in read:
        return Reply("an answer without a kind", took)
    wait = float(response.headers.get("Retry-After", 1)) if response.status != http.client.OK else 0.0
    return Reply(str(response.status), took, wait)


def _wait(host: str) -> None:
    """Wait until the server says that questions can be answered."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        connection = HTTPConnection(host, timeout=PATIENCE)
        connection.request("GET", "/health")
        status = connection.getresponse().status
        connection.close()
        if status == http.client.OK:
            return
        time.sleep(0.2)
    raise TimeoutError(f"the server at {host} does not become ready")


def _resident(host: str) -> float:
    """Return the memory that the process which listens there holds in RAM, in MB, as Linux counts it."""
    port = int(host.rpartition(":")[2])
    inodes = set()
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(f":{port:04X}") and fields[3] == "0A":
            inodes.add(f"socket:[{fields[9]}]")
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(str(descriptor.readlink()) in inodes for descriptor in (process / "fd").iterdir()):
                pages = int((process / "statm").read_text(encoding="ascii").split()[1])
                return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
        except OSError:  # not ours to look at, or ended
            continue
    return float("nan")


if __name__ == "__main__":
    main()
