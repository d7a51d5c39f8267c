"""Templates of what people see: console pages, the verify page, letters."""
