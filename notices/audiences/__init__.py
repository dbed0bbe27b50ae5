"""Many audiences at once: how many people each has, whom they reach, who is in several."""
