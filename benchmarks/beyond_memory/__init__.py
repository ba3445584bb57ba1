"""A table that is larger than memory, from the file to the report, each stage within a limit of the kernel's."""
