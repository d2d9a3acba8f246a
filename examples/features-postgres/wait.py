"""Waits for SIGTERM."""

import signal

signal.sigwait({signal.SIGTERM})
