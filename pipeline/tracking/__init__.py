"""The mirror that copies the trial store into MLflow: the only importer of mlflow; nothing reads it back."""

from pipeline.tracking.process import follow, mirror_now

__all__ = ["follow", "mirror_now"]
