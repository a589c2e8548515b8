"""Searches over HTTP, and a page that shows them: `likewise serve` runs it.

Requests come in; JSON, pictures and the page go out, from whatever version of the index is current. Nothing that a
visitor sends reaches a disk or a log.

app          the application, put together
settings     what whoever starts the service decides
service      what all routes share
routes/      the addresses
middlewares/ what every request passes through
pictures/    those that visitors ask with, and those of products
openapi/     the description for machines
shown        what visitors may see of a version
client       the client of a version, with what only a service asks of it
live_index   the client of the current version, swapped while searches go on
encoders     the encoder that versions share
uploads      bodies on their way
turns        places for requests that are answered at once
threads      where blocking work is done
parameters   of addresses
maps         maps of a version as they are sent; `map_points` places the products
metrics      numbers for Prometheus
errors       every error as a status and a text
"""
