"""Exact numbers: allocation, money, derivations and canonical bytes; no float enters here."""
