"""In which order candidates are shown.

Candidates come in, nearest first; hits go out, each with regard to those before it.

arrange   variety, one of a group, boosts and rules together
boosts    columns that move products up
rules     a merchandiser's file
"""
