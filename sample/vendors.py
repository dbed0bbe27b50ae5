"""What carriers announced to the college: one note is a window of an upgrade already, one waits for a decision."""

from datetime import datetime, timedelta

from sample.organisation import Organisation
from upgrades.models import Upgrade
from vendors import receiving
from vendors.enums import NoteImpact, NoteStatus
from vendors.models import Circuit as KnownCircuit
from vendors.reading import Circuit, Note

CARRIER, HOSTER = "carrier.example", "hosting.example"
RUNS_ON = {
    (CARRIER, "FIB-2207-NORTH"): "Wired network",
    (CARRIER, "FIB-2208-SOUTH"): "Wired network",
    (HOSTER, "vm-41.eu.hosting.example"): "Learning platform",
}


def announce(college: Organisation, upgrade: Upgrade, *, fibre: datetime, hosting: datetime, now: datetime) -> None:
    """`fibre` and `hosting`: when their work starts. The first was tentative and is confirmed since."""
    first = _of_the_carrier(fibre, NoteStatus.TENTATIVE, sequence=0, stamp=now - timedelta(days=9))
    receiving.receive([first, _of_the_hoster(hosting, stamp=now - timedelta(days=1))], now=now)
    for (provider, circuit_id), name in RUNS_ON.items():
        KnownCircuit.objects.get(provider=provider, circuit_id=circuit_id).services.add(college.service[name])
    adopted = receiving.find(first)
    receiving.adopt(adopted, upgrade=upgrade)
    confirmed = _of_the_carrier(fibre, NoteStatus.CONFIRMED, sequence=1, stamp=now - timedelta(days=2))
    receiving.receive([confirmed], now=now)


def _of_the_carrier(start: datetime, status: NoteStatus, *, sequence: int, stamp: datetime) -> Note:
    return Note(
        provider=CARRIER,
        account="NORTHFIELD-77",
        maintenance_id="CHG-104417",
        uid=f"CHG-104417@{CARRIER}",
        sequence=sequence,
        stamp=stamp,
        start=start,
        end=start + timedelta(hours=4),
        status=status,
        summary="Replacement of a fibre splice between the campuses",
        organizer=f"mailto:noc@{CARRIER}",
        circuits=(
            Circuit("FIB-2207-NORTH", NoteImpact.OUTAGE),
            Circuit("FIB-2208-SOUTH", NoteImpact.REDUCED_REDUNDANCY),
        ),
        description="The northern fibre is cut during the work. The southern one carries on without a spare.",
    )


def _of_the_hoster(start: datetime, *, stamp: datetime) -> Note:
    return Note(
        provider=HOSTER,
        account="northfield",
        maintenance_id="MW-88213",
        uid=f"MW-88213@{HOSTER}",
        sequence=2,
        stamp=stamp,
        start=start,
        end=start + timedelta(hours=2),
        status=NoteStatus.CONFIRMED,
        summary="Firmware of storage in region EU-2",
        organizer=f"mailto:maintenance@{HOSTER}",
        circuits=(
            Circuit("vm-41.eu.hosting.example", NoteImpact.DEGRADED),
            Circuit("vm-57.eu.hosting.example", NoteImpact.NO_IMPACT),
        ),
        description="Disks answer more slowly. Nothing has to be restarted.",
    )
