"""Which dates outsiders may see."""

from notices.pipeline.public import public

__all__ = ["public"]
