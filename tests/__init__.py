"""Mirrors the packages: tests/webapp, tests/generation; tests/e2e drives the whole product."""
