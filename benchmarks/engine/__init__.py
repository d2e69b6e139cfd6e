"""Measures the engine beside its peers: `python -m benchmarks.engine`.

A contender is a process that answers scenes: `inkling`, `transformers_generate`, `ctranslate2_batch` and
`openvino_batching`. The peers run in an environment without our packages, so they import only what they measure, the
standard library, and the two modules here that do so too: `serving` and `keystrokes`.
"""
