"""The process tree of `celeriac up`: one module per duty. Independent of workflows."""
