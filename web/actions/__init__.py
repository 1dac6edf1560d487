"""POST handlers, one resource per module: each answers 303 to a page, or the fragments that changed."""
