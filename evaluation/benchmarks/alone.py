"""A measurement in a process of its own, so that its memory is its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from likewise.ingest.errors import ParameterError

P = ParamSpec("P")
R = TypeVar("R")


def alone(measured: Callable[P, R], *args: P.args, **how: P.kwargs) -> R:
    """What a function of a module returns in a new process, which has nothing of this one.

    Raises:
        ParameterError: the process ended without an answer.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(sender, measured, args, how))
    process.start()
    sender.close()
    try:
        return cast(R, receiver.recv())
    except EOFError:
        name = getattr(measured, "__name__", "a measurement")
        raise ParameterError(f"{name} ended its process; is the memory enough, and the disk?") from None
    finally:
        process.join()


def _run(sender: Any, measured: Callable[..., Any], args: tuple[Any, ...], how: dict[str, Any]) -> None:  # noqa: ANN401
    sender.send(measured(*args, **how))
