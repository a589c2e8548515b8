"""From a catalog to a published index."""
