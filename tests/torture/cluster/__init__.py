"""Three hosts as network namespaces of one machine, a real Slurm and a real Ray cluster over them, and their faults."""
