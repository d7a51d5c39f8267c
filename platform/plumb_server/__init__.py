"""The roof: the ASGI application, health and downloads, the command line, and the demo; everything is put together here."""
