"""Kill, pause, restart, duplicate: the system under circumstances nobody wishes for."""
