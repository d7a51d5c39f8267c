"""Goals: cycles, goals, their versions and the owner's confirmation."""
