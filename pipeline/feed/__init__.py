"""From rows to what a network is fed: preprocessing, targets, augmentation, sampling, dealing to parts and folds."""
