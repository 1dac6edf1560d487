"""Chaos: real workers and a real store under random kills, restarts, lost and doubled messages. `python -m tests.soak`."""
