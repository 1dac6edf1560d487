"""Figures, measured: `python -m tests.bench`. Nothing here asserts on time; what counts are ratios of one run."""
