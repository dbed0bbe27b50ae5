"""How many test processes this machine bears: one for each core, four at most."""

import os

cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
print(min(cores, 4) if cores > 1 else 0)
