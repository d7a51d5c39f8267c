"""Sheets: files that people typed, CSV or workbooks, as lines of values with every fault by row and heading."""
