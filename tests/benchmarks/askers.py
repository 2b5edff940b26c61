"""Time how long people wait who ask the demo collection at the same moment, through the page's own queue.

``python -m tests.benchmarks.askers [--askers 20] [--bursts 3] [--url URL]``. Without an address a server is started as
``quoth serve`` starts it, in a process of its own. Each person does what the page in a browser does: asks in a session
of their own, and listens until their question is done. The time ends where the answer arrives.
"""

import argparse
import http.client
import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from http.client import HTTPConnection
from threading import Barrier
from typing import Any
from urllib.parse import urlsplit

import numpy as np

import seeds

PATIENCE = 120.0  # seconds until a person gives up, or a server is taken for one that does not start
_API = "/gradio_api"
_COMMAND = "from ui.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a question goes: the server, the number of the function that answers on this page, and what it is given
    beside the question."""

    host: str
    function: int
    trigger: int
    beside: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """How long one person waited for an answer, in seconds; or what went wrong."""

    seconds: float
    error: str = ""


def main(arguments: Sequence[str] | None = None) -> None:
    """Let bursts of people ask, and write how long they waited."""
    parser = argparse.ArgumentParser(description="Time people who ask at the same moment.")
    parser.add_argument("--askers", type=int, default=20, help="people in a burst [20]")
    parser.add_argument("--bursts", type=int, default=3, help="bursts, one after the other [3]")
    parser.add_argument("--url", help="a server that runs already, with the demo collection")
    given = parser.parse_args(arguments)
    asked = _questions()
    with nullcontext(given.url) if given.url else _server() as url:
        target = _target(url)
        for _ in range(3):
            _ask(target, next(asked))
        for number in range(1, given.bursts + 1):
            waits = burst(target, [next(asked) for _ in range(given.askers)])
            sys.stdout.write(f"burst {number}: {told(waits)}\n")
            sys.stdout.flush()


def burst(target: Target, questions: Sequence[str]) -> list[Wait]:
    """Let one person ask each question, all at the same moment."""
    ready = Barrier(len(questions))

    def ask(question: str) -> Wait:
        ready.wait()
        return _ask(target, question)

    with ThreadPoolExecutor(len(questions)) as people:
        return list(people.map(ask, questions))


def told(waits: Sequence[Wait]) -> str:
    """Say how long people waited: half of them, nine in ten and all; and how many got no answer."""
    errors = [wait.error for wait in waits if wait.error]
    p50, p90, longest = np.quantile([wait.seconds for wait in waits], [0.5, 0.9, 1.0])
    line = f"{len(waits)} askers, p50 {p50:.2f} s, p90 {p90:.2f} s, max {longest:.2f} s, {len(errors)} errors"
    return "; ".join([line, *sorted(set(errors))])


def _questions() -> Iterator[str]:
    """Yield the demo's questions in a random order that is always the same, none of them twice until all were asked."""
    lines = (seeds.questions() / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [str(json.loads(line)["text"]) for line in lines]
    random.Random(0).shuffle(texts)
    while True:
        yield from texts


@contextmanager
def _server() -> Iterator[str]:
    """Run ``quoth serve`` with the demo collection on a free port while the block runs, and yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", _COMMAND, "serve", "--index", "demo", "--port", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait()


def _target(url: str) -> Target:
    """Find the function of the page that answers what is typed into the box and sent."""
    host = urlsplit(url).netloc
    connection = HTTPConnection(host, timeout=PATIENCE)
    connection.request("GET", "/config")
    config = json.loads(connection.getresponse().read())
    connection.close()
    parts = {part["id"]: part for part in config["components"]}
    box = next(id_ for id_, part in parts.items() if part["props"].get("elem_id") == "question")
    function = next(f for f in config["dependencies"] if [box, "submit"] in [list(target) for target in f["targets"]])
    # A state is kept by the server, whatever the browser sends for it.
    beside = tuple(parts[id_]["props"].get("value") for id_ in function["inputs"] if id_ != box)
    assert function["inputs"][0] == box
    return Target(host, function["id"], box, beside)


def _ask(target: Target, question: str) -> Wait:
    """Ask as the page does, and wait for the answer."""
    session = f"{random.getrandbits(64):x}"
    began = time.perf_counter()
    answered = began
    try:
        for message in _messages(target, question, session):
            if message["msg"] == "process_generating":
                answered = time.perf_counter()
            if message["msg"] == "process_completed":
                return Wait(answered - began, "" if message["success"] else f"failed: {message['output']}")
            if message["msg"] in {"queue_full", "unexpected_error"}:
                return Wait(time.perf_counter() - began, str(message))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Wait(time.perf_counter() - began, repr(error))
    return Wait(time.perf_counter() - began, "the server hung up before the answer")


def _messages(target: Target, question: str, session: str) -> Iterator[dict[str, Any]]:
    """Put a question into the page's queue, and yield what the server says of it."""
    body = {
        "data": [question, *target.beside],
        "event_data": None,
        "fn_index": target.function,
        "trigger_id": target.trigger,
        "session_hash": session,
    }
    connection = HTTPConnection(target.host, timeout=PATIENCE)
    connection.request("POST", f"{_API}/queue/join", json.dumps(body), {"Content-Type": "application/json"})
    response = connection.getresponse()
    if response.status != http.client.OK:
        raise ValueError(f"the queue answers {response.status}: {response.read().decode()}")
    response.read()
    connection.request("GET", f"{_API}/queue/data?session_hash={session}")
    response = connection.getresponse()
    try:
        for line in response:
            if line.startswith(b"data:"):
                yield json.loads(line[5:])
    finally:
        connection.close()


if __name__ == "__main__":
    main()
