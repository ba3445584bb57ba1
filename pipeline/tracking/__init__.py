"""The mirror that copies the store of trials into MLflow: the only importer of mlflow; nothing reads it back."""
