"""From a query to hits.

from likewise.search import SearchClient
client = SearchClient.open("index/")
client.similar("15970", k=6)
"""

from likewise.ingest.index.stores import Hit

from .client import SearchClient
from .filters import Not

__all__ = ["Hit", "Not", "SearchClient"]
