"""Which output activation goes with which loss."""

from pipeline.nn.activations import OUTPUT_ONLY, parse
from pipeline.nn.losses import LOSSES, accepts

AUTO = "auto"


def head(output: str, loss: str, classification: bool) -> tuple[str, str]:
    """Output activation and loss, with each ``auto`` replaced by what matches the other, or the task.

    Raises:
        ValueError: the two can't be used together, or not for this task; the message names both.
    """
    if not classification:
        output, loss = (output if output != AUTO else "identity"), (loss if loss != AUTO else "squared_error")
        parse(output)
        if loss != "squared_error" or output in OUTPUT_ONLY:
            found = f"network.output={output}, network.loss={loss}"
            raise ValueError(f"{found}: regression needs squared_error, and outputs other than softmax")
        return output, loss
    if output == AUTO:
        output = "softmax" if loss == AUTO else LOSSES[loss].matched[0]
    parse(output)
    if loss == AUTO:
        loss = next((name for name, found in LOSSES.items() if name != "squared_error" and output in found.matched), "")
        loss = loss or "squared_error"
    if not accepts(loss, output):
        needs = " or ".join(LOSSES[loss].matched)
        raise ValueError(f"network.loss={loss} can't be used with network.output={output}: it needs {needs}")
    return output, loss
