"""Waiting for what another program does, with a message that says what was waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")


class WaitError(AssertionError):
    """What was waited for did not come; the message says what, how long, and what was seen last."""


def wait_for(
    what: str,
    look: Callable[[], Seen],
    until: Callable[[Seen], object] = bool,
    *,
    seconds: float,
    describe: Callable[[Seen], object] = repr,
) -> Seen:
    """What `look` returned when `until` of it became true. Looks twice a second. Raises WaitError."""
    end = time.monotonic() + seconds
    while True:
        seen = look()
        if until(seen):
            return seen
        if time.monotonic() > end:
            raise WaitError(f"waited {seconds:g} s for {what}; last seen: {describe(seen)}")
        time.sleep(0.5)
