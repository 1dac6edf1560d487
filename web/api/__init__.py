"""The JSON API, /api/v1, for programs. One module per resource; the shapes are the engine's views."""
