"""Pictures of every page, made from the real thing: `make screenshots`. Light and dark, wide and narrow."""
