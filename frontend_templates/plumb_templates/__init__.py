"""Templates of what people see: letters and the verify page."""
