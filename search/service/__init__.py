"""Searches over HTTP: `likewise serve` runs it.

app        routes, requests and errors (the only module that imports Starlette)
current    the client of whatever version is current, swapped while searches go on
encoders   the encoder that versions share
"""
