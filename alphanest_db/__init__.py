"""The command-line toolkit that looks after the PostgreSQL database of the AlphaNest platform."""

__version__ = "0.1.0"
