"""Every error that a user can meet, with the exit code that the command line gives it.

One base class: whatever is not a `LikewiseError` is a bug and may show its traceback. A text names the
value received, the place (file, row), and what to do next.
"""


class LikewiseError(Exception):
    """Base of all errors that are meant for users."""

    exit_code = 1


class ParameterError(LikewiseError):
    """A parameter has an impossible value (an unknown reducer, k = 0, …)."""

    exit_code = 2


class CatalogError(LikewiseError):
    """The catalog as a whole cannot be read (missing table, missing column, not a table)."""

    exit_code = 3


class TooManyRejectsError(CatalogError):
    """More rows were rejected than the caller allows; nothing was published."""

    exit_code = 4


class ImageError(LikewiseError):
    """One image cannot be used; `reason` is a short stable word such as `truncated`."""

    exit_code = 3

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class WeightsError(LikewiseError):
    """Pretrained weights cannot be fetched, read or verified."""

    exit_code = 5


class StoreError(LikewiseError):
    """The store cannot be read or written."""

    exit_code = 6


class StoreBusyError(StoreError):
    """Another process is writing to this store."""

    exit_code = 7


class VersionGoneError(StoreError):
    """A version was deleted while it was read; the current one has to be opened."""


class IncompatibleError(LikewiseError):
    """An index, a model or a manifest is not what this client can reproduce; `field` says where."""

    exit_code = 8

    def __init__(self, field: str, expected: object, found: object, advice: str) -> None:
        super().__init__(f"{field} differs: expected {expected!r}, found {found!r}. {advice}")
        self.field = field
        self.expected = expected
        self.found = found


class NotFoundError(LikewiseError):
    """A product id or a version is not in the store."""

    exit_code = 9


class TimeUpError(LikewiseError):
    """A run has used up the time that it was given; what was encoded is kept, searches stay as they were."""

    exit_code = 11
