"""What `python -m generation` understands, asks of the engine, and prints."""
