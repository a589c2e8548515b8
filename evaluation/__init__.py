"""How well a method works, and how fast."""
