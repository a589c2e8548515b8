"""What every request passes through, from the outside in; all of them are plain ASGI, for speed.

envelope   request id, headers, numbers and a line in the log of every answer; answers for bugs
prefix     the path below which a proxy shows the service
tokens     who may ask
limits     how many are answered at once, and for how long
"""
