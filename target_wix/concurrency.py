"""Batches, groups, and concurrent calls."""

from __future__ import annotations

from collections import defaultdict, deque
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import TYPE_CHECKING, TypeVar

from wix_api.threads import no_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

T = TypeVar("T")
U = TypeVar("U")
K = TypeVar("K")


def batches(items: Sequence[T], size: int) -> Iterator[list[T]]:
    """Yield items in lists of at most `size`."""
    return (list(items[start : start + size]) for start in range(0, len(items), size))


def grouped(pairs: Iterable[tuple[K, T]]) -> dict[K, list[T]]:
    """Return the items of (key, item) pairs by their keys, both in the order of the pairs."""
    groups: dict[K, list[T]] = defaultdict(list)
    for key, item in pairs:
        groups[key].append(item)
    return dict(groups)


def concurrently(work: Callable[[T], U], items: Sequence[T], most: int) -> list[U]:
    """Call `work` with each item, at most `most` calls at a time; return results in the order of the items.

    After a failure no further call begins; its error is raised once the calls in progress are finished. Each thread
    processes item after item, since one future per item would cost almost as much CPU as a request.
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
            except BaseException:  # any error: stop the other threads, then raise it again
                waiting.clear()
                raise

    with ThreadPoolExecutor(most, thread_name_prefix="wix-writer") as pool:
        threads = _started(pool, work_off, min(len(items), most))
        try:
            wait(threads)
        except BaseException:  # such as KeyboardInterrupt
            waiting.clear()
            raise
    for thread in threads:
        thread.result()
    return [results[place] for place in range(len(items))]


def _started(pool: ThreadPoolExecutor, work: Callable[[], None], most: int) -> list[Future[None]]:
    """Start work in threads; in fewer, if the system allows no further thread.

    Raises:
        SettingsError: No thread can be started.
    """
    started: list[Future[None]] = []
    for _ in range(most):
        try:
            started.append(pool.submit(copy_context().run, work))
        except RuntimeError:
            if not started:
                raise no_thread() from None
            break
    return started
