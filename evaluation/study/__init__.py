"""The study's comparison: every method, both protocols, with intervals and paired tests.

    likewise compare CATALOG --out report/

Read `compare.py` first; the other files are its steps.
"""
