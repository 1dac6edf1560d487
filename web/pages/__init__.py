"""GET handlers: look up, render. One module per page."""
