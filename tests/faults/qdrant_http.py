"""A small HTTP server that speaks as much of Qdrant's REST interface as Likewise uses.

No Qdrant server can be had where these tests run. qdrant-client's in-memory mode answers; what it does not enforce and
a server does is enforced here: keys, strict mode (a filter on a payload key without an index is an error), missing
and existing collections.
"""

import json
import re
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pydantic import TypeAdapter
from qdrant_client import QdrantClient, models


class Refused(Exception):
    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def parse(kind, value):
    return None if value is None else TypeAdapter(kind).validate_python(value)


def dump(value):
    if isinstance(value, list | tuple):
        return [dump(each) for each in value]
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else value


class QdrantHttp:
    """The server; `url` is its address, `calls` counts requests by operation.

    `client` is what it holds already: then `indexes` is what its collections have payload indexes of.
    """

    def __init__(self, api_key=None, client=None, indexes=(), read_only_key=None):
        self.client = client or QdrantClient(":memory:")
        self.api_key, self.read_only_key = api_key, read_only_key
        self.calls = Counter()
        names = [found.name for found in self.client.get_collections().collections]
        self.indexes = {name: set(indexes) for name in names}
        rules = {"enabled": True, "unindexed_filtering_retrieve": False, "unindexed_filtering_update": False}
        self.strict = dict.fromkeys(names, rules)
        self._lock = threading.Lock()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, content = owner.handle(self.command, self.path, self.headers, body)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = answer

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_):
                pass  # A client that went away in the middle of an answer is what these tests are about.

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self.client.close()

    def handle(self, method, path, headers, body):
        path = path.partition("?")[0]
        try:
            key = headers.get("api-key")
            if self.read_only_key and key == self.read_only_key:
                if method != "GET" and not (method == "POST" and re.search(READING, path)):
                    raise Refused(403, "Forbidden: Global manage access is required")
            elif self.api_key and key != self.api_key:
                raise Refused(401, "Must provide an API key or an Authorization bearer token")
            data = json.loads(body) if body else {}
            with self._lock:
                result = self.route(method, path, data)
            return 200, json.dumps({"result": dump(result), "status": "ok", "time": 0.0}).encode()
        except Refused as error:
            return error.status, json.dumps({"status": {"error": str(error)}, "time": 0.0}).encode()

    def route(self, method, path, data):
        for pattern, verb, name in ROUTES:
            found = re.fullmatch(pattern, path)
            if found and verb == method:
                self.calls[name] += 1
                return getattr(self, name)(*found.groups(), data)
        raise Refused(404, f"no route {method} {path}")

    def there(self, collection):
        aliases = {each.alias_name: each.collection_name for each in self.client.get_aliases().aliases}
        collection = aliases.get(collection, collection)
        if not self.client.collection_exists(collection):
            raise Refused(404, f"Not found: Collection `{collection}` doesn't exist!")
        return collection

    def check_filter(self, collection, data, *, update):
        """Strict mode: a filter may only name keys that have an index."""
        strict = self.strict.get(collection) or {}
        allowed = strict.get("unindexed_filtering_update" if update else "unindexed_filtering_retrieve")
        if strict.get("enabled") and allowed is False:
            for key in keys_of(data):
                if key not in self.indexes[collection]:
                    raise Refused(400, f'Bad request: Index required but not found for "{key}"')

    def create(self, name, data):
        if self.client.collection_exists(name):
            raise Refused(409, f"Wrong input: Collection `{name}` already exists!")
        vectors = data.get("vectors") or {}
        self.client.create_collection(
            name,
            vectors_config=parse(models.VectorParams, vectors) if vectors else {},
            metadata=data.get("metadata"),
        )
        self.indexes[name], self.strict[name] = set(), data.get("strict_mode_config")
        return True

    def info(self, name, _):
        return self.client.get_collection(self.there(name))

    def exists(self, name, _):
        return {"exists": self.client.collection_exists(name)}

    def update(self, name, data):
        return self.client.update_collection(self.there(name), metadata=data.get("metadata"))

    def drop(self, name, _):
        return self.client.delete_collection(name)

    def collections(self, _):
        return self.client.get_collections()

    def aliases(self, _):
        return self.client.get_aliases()

    def change_aliases(self, data):
        return self.client.update_collection_aliases(parse(list[models.AliasOperations], data["actions"]))

    def index(self, name, data):
        self.indexes[self.there(name)].add(data["field_name"])
        return {"operation_id": 0, "status": "completed"}

    def upsert(self, name, data):
        name = self.there(name)
        self.check_filter(name, data.get("update_filter"), update=True)
        return self.client.upsert(
            name,
            parse(list[models.PointStruct], data["points"]),
            update_filter=parse(models.Filter, data.get("update_filter")),
        )

    def delete(self, name, data):
        name = self.there(name)
        self.check_filter(name, data.get("filter"), update=True)
        return self.client.delete(name, parse(models.PointsSelector, data))

    def batch(self, name, data):
        operations = parse(list[models.UpdateOperation], data["operations"])
        return self.client.batch_update_points(self.there(name), operations)

    def set_payload(self, name, data):
        name = self.there(name)
        self.check_filter(name, data.get("filter"), update=True)
        return self.client.set_payload(name, data["payload"], parse(models.Filter, data["filter"]))

    def delete_payload(self, name, data):
        name = self.there(name)
        self.check_filter(name, data.get("filter"), update=True)
        return self.client.delete_payload(name, data["keys"], parse(models.Filter, data["filter"]))

    def facet(self, name, data):
        name = self.there(name)
        self.check_filter(name, data.get("filter"), update=False)
        wanted = parse(models.Filter, data.get("filter"))
        return self.client.facet(name, data["key"], facet_filter=wanted, limit=data["limit"], exact=data["exact"])

    def retrieve(self, name, data):
        ids = parse(list[models.ExtendedPointId], data["ids"])
        wanted = {"with_payload": data.get("with_payload", True), "with_vectors": data.get("with_vector", False)}
        return self.client.retrieve(self.there(name), ids, **wanted)

    def scroll(self, name, data):
        name = self.there(name)
        self.check_filter(name, data.get("filter"), update=False)
        points, offset = self.client.scroll(
            name,
            scroll_filter=parse(models.Filter, data.get("filter")),
            limit=data.get("limit") or 10,
            offset=data.get("offset"),
            with_payload=data.get("with_payload", True),
            with_vectors=data.get("with_vector", False),
        )
        return {"points": dump(points), "next_page_offset": offset}

    def count(self, name, data):
        name = self.there(name)
        self.check_filter(name, data.get("filter"), update=False)
        return self.client.count(name, parse(models.Filter, data.get("filter")), exact=True)

    def query_batch(self, name, data):
        name = self.there(name)
        for search in data["searches"]:
            self.check_filter(name, search.get("filter"), update=False)
        return self.client.query_batch_points(name, parse(list[models.QueryRequest], data["searches"]))


def keys_of(data):
    """All payload keys that a filter names."""
    if isinstance(data, list):
        for each in data:
            yield from keys_of(each)
    elif isinstance(data, dict):
        if "key" in data:
            yield data["key"]
        for each in data.values():
            yield from keys_of(each)


READING = r"/(points(/scroll|/count|/query/batch)?|facet)$"
NAME = r"/collections/([^/]+)"
ROUTES = [
    (r"/collections", "GET", "collections"),
    (r"/aliases", "GET", "aliases"),
    (r"/collections/aliases", "POST", "change_aliases"),
    (NAME + "/exists", "GET", "exists"),
    (NAME, "PUT", "create"),
    (NAME, "GET", "info"),
    (NAME, "PATCH", "update"),
    (NAME, "DELETE", "drop"),
    (NAME + "/index", "PUT", "index"),
    (NAME + "/points", "PUT", "upsert"),
    (NAME + "/points", "POST", "retrieve"),
    (NAME + "/points/delete", "POST", "delete"),
    (NAME + "/points/batch", "POST", "batch"),
    (NAME + "/points/payload", "POST", "set_payload"),
    (NAME + "/points/payload/delete", "POST", "delete_payload"),
    (NAME + "/facet", "POST", "facet"),
    (NAME + "/points/scroll", "POST", "scroll"),
    (NAME + "/points/count", "POST", "count"),
    (NAME + "/points/query/batch", "POST", "query_batch"),
]
