"""The demo: one company's goal setting from the CSV to the sealed letter, over HTTP."""
