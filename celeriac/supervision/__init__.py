"""The process tree of `celeriac up`: one module per duty. Knows signals, nothing of workflows."""
