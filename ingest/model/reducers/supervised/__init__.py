"""The reducer that learns the catalog's attributes.

Features and the attributes of the catalog come in; vectors with an appearance half and an attribute half, and the
probabilities of a picture's attributes, go out. It is chosen by its name, `attributes`, as any other reducer.
"""
