"""How good an index is, and whether a new one may replace it.

A version of an index and its catalog come in; Precision@k with intervals, paired tests, costs, and the gate's verdict
go out. `study` compares the study's methods, `benchmarks` measures speed, `gate` judges what a `likewise reindex` has
built; the command line calls them.
"""
