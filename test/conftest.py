"""What all suites begin with."""

import signal

# A script's job in the background ignores SIGINT, and a shell that was started so cannot take it up again: what the
# tests start shall be as at a terminal.
signal.signal(signal.SIGINT, signal.default_int_handler)
