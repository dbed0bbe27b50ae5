"""What the rules need to know beyond the plan itself. Each part is loaded by a few queries, however large it is."""
