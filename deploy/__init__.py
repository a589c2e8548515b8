"""How Likewise runs: the command line and everything around it."""
