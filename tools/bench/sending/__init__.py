"""The send path, beside the most that this machine can do and beside what others use."""
