"""What somebody does with notices by hand, beside what the plan does by itself.

drafting   one that no plan step asks for
remarking  what colleagues remark about it
trial      as a reader would get it, to one's own mailbox
several    one word for many
recall     second thoughts, in the last minutes before it leaves
"""

from notices.pipeline.byhand.drafting import draft

__all__ = ["draft"]
