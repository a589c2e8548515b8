"""Tables as shops have them, whatever their format.

A file or a folder comes in; its columns and its rows go out, each row in one piece or with the reason why it cannot be
had. Text formats give text and typed formats give their own values: what a value means is for the schema to say. The
catalog's reader uses it, and nobody else.
"""

from .as_text import TextRow, TextTable, read_table
from .opening import open_table
from .rows import MAX_FIELD, Raw, Row, Table, TableOptions

__all__ = ["MAX_FIELD", "Raw", "Row", "Table", "TableOptions", "TextRow", "TextTable", "open_table", "read_table"]
