"""Independent pieces of work: in batches, several at a time."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")
U = TypeVar("U")


def batches(items: Sequence[T], size: int) -> Iterator[list[T]]:
    """Yield items in lists of at most `size`."""
    return (list(items[start : start + size]) for start in range(0, len(items), size))


def concurrently(work: Callable[[T], U], items: Sequence[T], most: int) -> list[U]:
    """Call `work` with each item, at most `most` calls at a time; return results in the order of the items.

    After a failure no further call is begun, and its error is raised when the calls that had begun are finished. Each
    thread processes item after item: a future for each item costs a good part of what a request does.
    """
    if min(len(items), most) < 2:  # noqa: PLR2004 - nothing to do at the same time
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
