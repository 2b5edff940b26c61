"""The line of people who ask at the same moment: one is served at a time, and the longer the line, the less is read.

Questions that are worked on at once gain nothing: each takes all processors while it is read for. What shortens the
wait is reading fewer passages, and how many people wait is known only where all of them do: here.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock

UNHURRIED = 4  # people in the line, up to whom each has everything read


class Line:
    """People in the order in which they came; the first is being served."""

    def __init__(self) -> None:
        self._people: deque[Event] = deque()
        self._lock = Lock()

    @contextmanager
    def turn(self) -> Iterator[int]:
        """Wait for a turn, and yield how many people are in the line by then, oneself among them, or were on coming.

        It is the larger number: who came last of many has waited longest, though nobody waits behind.
        """
        own = Event()
        with self._lock:
            self._people.append(own)
            self._people[0].set()
            came = len(self._people)
        try:
            own.wait()
            yield max(came, len(self._people))
        finally:
            with self._lock:
                self._people.remove(own)
                if self._people:
                    self._people[0].set()


def lowered(depth: int, people: int) -> int:
    """Return how many of ``depth`` passages are read while so many people are in the line; at least one.

    Of 6 it is 6 for up to four people, 3 for up to eight, 2 for up to twelve, and then 1.
    """
    return max(1, depth // max(1, -(-people // UNHURRIED)))
