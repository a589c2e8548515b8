"""Pictures in the service: those that visitors ask with, and those of products.

bodies      what the body of a request holds: the picture itself, a form with it, or its address
forms       a picture in a form, read in memory
batches     pictures that wait at the same time are encoded together
remembered  features of recent pictures, shared by all workers
queries     from bytes to features, by all of these
thumbnails  small pictures of products
"""
