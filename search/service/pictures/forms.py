"""A picture in a form, as browsers send it. It is read in memory: nothing of it reaches a disk."""

from __future__ import annotations

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from likewise.ingest.errors import ParameterError

FIELD = "image"
"""The field that holds the picture."""

MOST_PARTS = 16


def picture_of_form(body: bytes, content_type: str) -> bytes:
    """The bytes of the field `image`.

    Raises:
        ParameterError: the body is no form with such a field.
    """
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not boundary:
        raise ParameterError("The form has no boundary; let your client set its Content-Type.")
    form = _Form()
    try:
        parser = MultipartParser(boundary, form.callbacks())  # type: ignore[arg-type]
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise ParameterError(f"The form cannot be read: {error}.") from None
    if not form.ended:
        raise ParameterError("The form is cut off.")
    if form.picture is None:
        raise ParameterError(f"The form has no field {FIELD!r} with the image file.")
    return bytes(form.picture)


class _Form:
    """Collects the first part of the name that is wanted; the others are passed over."""

    def __init__(self) -> None:
        self.picture: bytearray | None = None
        self.ended = False
        self._parts = 0
        self._wanted = False
        self._field = bytearray()
        self._value = bytearray()

    def callbacks(self) -> dict[str, object]:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._field.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise ParameterError(f"The form has more than {MOST_PARTS} fields.")

    def _header(self) -> None:
        if bytes(self._field).lower() == b"content-disposition":
            options = parse_options_header(bytes(self._value))[1]
            self._wanted = options.get(b"name", b"") == FIELD.encode() and self.picture is None
            if self._wanted:
                self.picture = bytearray()
        self._field.clear()
        self._value.clear()

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._wanted and self.picture is not None:
            self.picture += data[start:end]

    def _end(self) -> None:
        self._wanted = False

    def _finish(self) -> None:
        self.ended = True
