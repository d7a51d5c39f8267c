"""Files that people bring: what the virus scan says of each, and those that it holds back (C92)."""
