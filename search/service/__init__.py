"""Searches over HTTP: `likewise serve` runs it.

Requests come in; JSON goes out, from whatever version of the index is current. Only `app`, `errors` and `uploads`
import Starlette.

app         routes
uploads     pictures in request bodies
errors      every error as a status and a text
live_index  the client of the current version, swapped while searches go on
encoders    the encoder that versions share
"""
