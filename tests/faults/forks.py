"""Work in forked children: what they return comes back through a pipe, and nothing when they were killed."""

import json
import os


def child(work) -> tuple[int, int]:
    """Fork; the child sends what `work` returns through a pipe. Returns its pid and the pipe's end."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(writer, json.dumps(work()).encode())
        except BaseException as error:
            os.write(writer, json.dumps({"error": repr(error)}).encode())
        os._exit(0)
    os.close(writer)
    return pid, reader


def result(pid: int, reader: int):
    chunks = []
    while chunk := os.read(reader, 65536):
        chunks.append(chunk)
    os.close(reader)
    os.waitpid(pid, 0)
    return json.loads(b"".join(chunks)) if chunks else None
