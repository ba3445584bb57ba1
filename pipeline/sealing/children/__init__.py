"""What Python runs first in the children of a stage that only an audit hook confines."""
