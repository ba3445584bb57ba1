"""Rules that end training (notes §3, §5): each looks at the scores, and says in a word why it stopped."""

from dataclasses import dataclass


@dataclass
class EarlyStopping:
    """Stop when the validation score has not improved for ``patience`` epochs, or at ``epochs`` at the latest.

    Going on for ``patience`` epochs is the notes' "a little more, to be confident" (§5). Lower scores are better;
    a tie is no improvement. 0 means no patience rule: train all ``epochs``.
    """

    epochs: int
    patience: int
    best_score: float = float("inf")
    best_epoch: int = 0

    def observe(self, epoch: int, score: float) -> bool:
        """Take the score after ``epoch``; True if it is the best so far."""
        if score < self.best_score or epoch == 1:
            self.best_score, self.best_epoch = score, epoch
            return True
        return False

    def verdict(self, epoch: int) -> str | None:
        """``"patience"``, ``"epochs"``, or None to go on."""
        if self.patience and epoch - self.best_epoch >= self.patience:
            return "patience"
        return "epochs" if epoch >= self.epochs else None
