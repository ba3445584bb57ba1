"""The report's sections, one module and one template for each."""
