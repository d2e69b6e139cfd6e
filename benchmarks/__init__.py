"""Measurements of the running system, beside a peer in the same run.

Never part of the tests: machines are shared and noisy.
"""
