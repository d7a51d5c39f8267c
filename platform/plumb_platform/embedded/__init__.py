"""PostgreSQL and Valkey for a machine that has neither: started from wheels, kept in one folder, stopped by pid."""

from plumb_platform.embedded.account import ServerAccountUnusable
from plumb_platform.embedded.launcher import Servers, embedded_servers, start_servers
from plumb_platform.embedded.processes import ServerFailed

__all__ = ["ServerAccountUnusable", "ServerFailed", "Servers", "embedded_servers", "start_servers"]
