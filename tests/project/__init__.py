"""The project about itself: packaging, documents, sizes. Nothing is started here."""
