"""The study's comparison: every method, under both protocols, with intervals and paired tests.

    likewise compare CATALOG --out report/

A catalog and a list of methods come in; tables, tests, figures and a page go out. Read `compare` first, which calls
`queries`, `catalog_files`, `work` (a process for each method) and `scores`; `tables`, `paired_tests`, `sweeps`,
`figures` and `report` write down what was found. `splits` puts several reports together, and `labels` measures what
the learned reducer owes to its parts and to the catalog's attributes.
"""
