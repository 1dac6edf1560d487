"""The commands. One module per group; each loads the engine only when it runs, so that `--help` is fast."""
