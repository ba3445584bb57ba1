"""Scikit-learn's interface to the same training, for arrays and tables in memory."""

from pipeline.estimators.classifier import BackpropClassifier
from pipeline.estimators.regressor import BackpropRegressor

__all__ = ["BackpropClassifier", "BackpropRegressor"]
