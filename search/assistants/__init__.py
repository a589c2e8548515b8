"""Searches as tools of assistants, over the Model Context Protocol: `likewise mcp` runs it.

Calls of tools come in; the answers of the client go out, from whatever version of the index is current. Nothing can be
written. Only `server` imports the `mcp` package, which is an extra.

tools   what an assistant can ask
words   what it is told about the catalog
server  both in the protocol's words
"""
