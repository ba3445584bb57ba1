"""What a user reads, one line each: the exception that a mistake raises, the warning of what goes on all the same."""


class HoldoutError(Exception):
    """A mistake in data, settings or state that the user can mend.

    The message says what was wrong, where (file, row, key), what was found, what is allowed.
    Stages print it as one line and exit with status 1; anything else is a bug and keeps its traceback.
    """


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, and in one line what was kept."""


class Note(UserWarning):
    """Something that goes on all the same, and that the user should know; stages print it as one line."""
