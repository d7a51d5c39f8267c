"""Exports: tables as CSV and XLSX that open safely in a spreadsheet and are the same bytes whenever they are made (A39)."""

from plumb_platform.exports.cells import Cell, neutral_text
from plumb_platform.exports.csv_file import csv_bytes
from plumb_platform.exports.xlsx_file import ExportTooLarge, form_bytes, xlsx_bytes

__all__ = ["Cell", "ExportTooLarge", "csv_bytes", "form_bytes", "neutral_text", "xlsx_bytes"]
