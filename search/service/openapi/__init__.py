"""The description of the service for machines and their programmers.

parameters  of addresses, those of searches made of `SearchOptions`
parts       bodies and answers, with examples
document    the whole, for the index that is served
"""
