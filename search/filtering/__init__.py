"""Which products may be hits, and how many there are by their values.

Conditions come in, as mappings or as texts; a tree of conditions that every store understands goes out.

filters        from what Python callers write
text_filters   from what people write: `price<50`
conditions     one condition on one column, checked against the schema
facets         counts by values and by ranges
"""
