"""What can be wrong with a change."""


class ChangeError(ValueError):
    """A change that is malformed or does not fit its text; the message says what came and what was expected."""
