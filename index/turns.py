"""Turns: the right to change an index, waited for where somebody else has it."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext

from index.errors import IndexLocked
from index.index import Index

PATIENCE = 60.0
"""Seconds for which it is waited, unless another number is asked for."""

_PAUSE = 0.5


class Turn:
    """A context in which nobody else can change the index; it can be entered again and again, by one thread.

    While another process changes it, ``say`` is told so once, and it is tried again for ``patience`` seconds or until
    ``stopped``; IndexLocked is raised then. ``lock`` is what the threads of this process agree on.
    """

    def __init__(
        self,
        index: Index,
        say: Callable[[str], object] = str,
        *,
        patience: float = PATIENCE,
        stopped: Callable[[], bool] = bool,
        lock: AbstractContextManager[object] | None = None,
    ) -> None:
        self._index = index
        self._say = say
        self._patience = patience
        self._stopped = stopped
        self._lock = lock or nullcontext()
        self._held: list[ExitStack] = []

    def __enter__(self) -> None:
        with ExitStack() as stack:
            stack.enter_context(self._lock)
            self._wait(stack)
            self._held.append(stack.pop_all())

    def __exit__(self, *error: object) -> None:
        self._held.pop().close()

    def _wait(self, stack: ExitStack) -> None:
        until, told = time.monotonic() + self._patience, False
        while True:
            try:
                stack.enter_context(self._index.store.writing())
                return
            except IndexLocked as error:
                if time.monotonic() > until or self._stopped() or not self._index.writable:
                    raise
                if not told:
                    self._say(f"{str(error).partition(';')[0]}; waiting for it")
                told = True
                time.sleep(_PAUSE)
