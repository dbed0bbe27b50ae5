"""What was measured, as a table for people and as JSON."""

import json
import os
import platform
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from tools.bench.sending.programs import CHECKOUT

FILE = CHECKOUT / "build" / "bench.json"


@dataclass
class Results:
    """`rates`: messages per second by name, one for each round. `figures`: whatever else, with its unit."""

    rates: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    figures: dict[str, tuple[float, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def rate(self, name: str, value: float) -> float:
        self.rates[name].append(value)
        print(f"  {name:58} {value:10,.0f} /s", flush=True)
        return value

    def figure(self, name: str, value: float, unit: str = "") -> None:
        self.figures[name] = value, unit
        print(f"  {name:58} {value:10,.2f} {unit}", flush=True)

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)
        print(f"  {sentence}", flush=True)

    def middle(self, name: str) -> float:
        return median(self.rates[name]) if self.rates.get(name) else 0

    def ratio(self, name: str, other: str) -> float | None:
        below = self.middle(other)
        return self.middle(name) / below if below and self.rates.get(name) else None

    def as_data(self) -> dict[str, Any]:
        return {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "cores": len(os.sched_getaffinity(0)),
            "load": os.getloadavg()[0],
            "machine": platform.machine(),
            "rates": {name: {"median": median(all_), "all": all_} for name, all_ in self.rates.items()},
            "figures": {name: value for name, (value, _) in self.figures.items()},
            "notes": self.notes,
        }


def keep(part: str, data: dict[str, Any]) -> None:
    """Beside what other parts have left there."""
    FILE.parent.mkdir(exist_ok=True)
    known = json.loads(FILE.read_text()) if FILE.exists() else {}
    whole = Path(f"{FILE}.part")
    whole.write_text(json.dumps(known | {part: data}, indent=1) + "\n")
    whole.rename(FILE)
