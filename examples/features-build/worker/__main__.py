"""Waits for work that never comes."""

import signal

signal.sigwait({signal.SIGTERM})
