"""Live streams, the asynchronous part of the web: all of it runs on the event loop and must not block it."""
