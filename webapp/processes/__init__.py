"""Runs Inkling's processes on one machine."""
