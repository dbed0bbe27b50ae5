"""The plan played forward: the same questions that the clock, the outbox and delivery ask, about days to come.

Nothing is written, nothing is locked, nobody is told.
"""
