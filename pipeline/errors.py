"""The one exception that a user's mistake raises: its text is the one line that the user reads."""


class HoldoutError(Exception):
    """A mistake in data, settings or state that the user can mend.

    The message says what was wrong, where (file, row, key), what was found, what is allowed.
    Stages print it as one line and exit with status 1; anything else is a bug and keeps its traceback.
    """
