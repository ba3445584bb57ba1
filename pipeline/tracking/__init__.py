"""The mirror that copies the trial store into MLflow: the only importer of mlflow; nothing reads it back."""
