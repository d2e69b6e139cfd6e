"""Says how far a run is and how large its steps are. Knows nothing of models, and has no clock of its own."""

import math


def progress(step: int, num_steps: int, elapsed_s: float, limit_s: float | None) -> float:
    """Returns the done part of a run, 0 to 1, by its steps or its time, whichever is further.

    Steps alone would leave a run on a busy machine half annealed at its deadline, which costs more than the lost steps.
    """
    by_time = elapsed_s / limit_s if limit_s else 0.0
    return min(1.0, max(step / num_steps, by_time))


def rate(step: int, warmup_steps: int, done: float) -> float:
    """Returns the factor on the learning rates: a linear warm-up under a cosine that ends at zero."""
    warmup = min(1.0, (step + 1) / max(1, warmup_steps))
    return warmup * 0.5 * (1 + math.cos(math.pi * done))
