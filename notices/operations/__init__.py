"""How the operation goes: readings, health, alerts. Reads what the pipeline wrote, and changes none of it."""
