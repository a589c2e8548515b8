"""How large requests and answers may become, and what counts towards that."""

MAX_BYTES = 4 * 2**20
"""Of a request and of its answer, about: a server takes 32 MiB by default, proxies in front of one often much less."""

NUMBER, PRODUCT = 22, 512
"""Bytes of a number of a vector (a float32 is written out as the double that it is) and of a payload in JSON."""
