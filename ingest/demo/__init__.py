"""The sample catalog: products drawn with curves, cloth and light, so that a demo needs no photographs."""
