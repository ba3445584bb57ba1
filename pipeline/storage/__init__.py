"""What is on disk, whole or not at all: one read/write pair per edge of dvc.yaml."""
