"""Independent pieces of work, several at a time."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
U = TypeVar("U")


def side_by_side(work: Callable[[T], U], items: Sequence[T], most: int) -> list[U]:
    """Do the same with each item, at most so many at a time; results in the order of the items.

    Once one fails no further one is begun, and its error is raised when those that had begun are finished. Each thread
    takes item after item: a future for each of them costs a good part of what a request does.
    """
    if min(len(items), most) < 2:  # noqa: PLR2004 - nothing to do beside it
        return [work(item) for item in items]
    waiting = deque(enumerate(items))
    results: dict[int, U] = {}

    def work_off() -> None:
        while waiting:
            try:
                place, item = waiting.popleft()
            except IndexError:  # another thread took the last one
                return
            try:
                results[place] = work(item)
            except BaseException:  # whatever it is, it is raised again: no thread may go on
                waiting.clear()
                raise

    with ThreadPoolExecutor(most, thread_name_prefix="wix-writer") as pool:
        threads = [pool.submit(work_off) for _ in range(min(len(items), most))]
        try:
            wait(threads)
        except BaseException:  # Ctrl-C, say
            waiting.clear()
            raise
    for thread in threads:
        thread.result()
    return [results[place] for place in range(len(items))]
