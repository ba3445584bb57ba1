"""An epoch, a look, a decision, over and over: the training, its validation, and the model that comes out."""
