class StackError(Exception):
    """A reason not to go on, in one sentence for the person at the terminal."""


class StopRequested(BaseException):
    """Ctrl-C or a termination signal; not an error, so nothing may catch it as one."""
