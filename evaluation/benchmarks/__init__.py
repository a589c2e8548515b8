"""Speed against the alternatives, each pair taken in one run on the same data."""
