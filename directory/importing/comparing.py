"""What a row would change. An empty cell and a column that is not mapped change nothing; tags and groups are added,
never taken away; what a person chose stays."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from directory.enums import RowOutcome
from directory.importing.checking import LISTS, Checked, Problem
from directory.importing.matching import Known, Match, Stored
from directory.importing.reading import tidy
from directory.importing.staging import Staged
from stakeholders.columns import text
from stakeholders.enums import AddressState

HOURS = ("works_from", "works_until")


def compare(row: Checked, *, known: Known, columns: Mapping[str, str]) -> Staged:
    """`columns` says where a field comes from."""
    match = known.match(row)
    staged = Staged(
        row.number, values=row.values, problems=row.problems, person=match.person["pk"] if match.person else None
    )
    if match.person:
        _compare(staged, match, match.person, known, columns)
    else:
        _welcome(staged, match, columns)
    staged.outcome = _outcome(staged)
    return staged


def _outcome(staged: Staged) -> RowOutcome:
    if staged.problems:
        return RowOutcome.WRONG
    if staged.person is None:
        return RowOutcome.NEW
    return RowOutcome.CHANGED if staged.changes else RowOutcome.SAME


def _welcome(staged: Staged, match: Match, columns: Mapping[str, str]) -> None:
    """Somebody new: what must not be missing."""
    values, problem = staged.values, staged.problems.append
    key = columns.get("external_id") or columns["email"]
    told = {problem.field for problem in staged.problems}
    if match.refusal:
        problem(Problem(key, match.refusal))
    elif not values.get("external_id") and not values.get("email") and not told & {"external_id", "email"}:
        problem(Problem(key, "Neither an external id nor an e-mail address: nobody can be found by this row."))
    elif not values.get("name") and "name" not in told:
        column = columns.get("name") or columns.get("last_name") or columns["first_name"]
        problem(Problem(column, "The name is missing. Somebody new needs one."))
    _demand_both_hours(staged, values, columns)


def _compare(staged: Staged, match: Match, person: Stored, known: Known, columns: Mapping[str, str]) -> None:
    _forgive(staged, person)
    wrong = {problem.field for problem in staged.problems}
    for name, new in staged.values.items():
        if name in wrong or name in match.through:
            continue
        change = _change_of(name, person, new, known)
        if change and name in person["own_choices"]:
            staged.kept.append(name)
        elif change:
            staged.changes[name] = change
    _mend_address(staged, person)
    _mend_number(staged, person, known)
    _return(staged, person, known, columns)
    new = {name: staged.changes.get(name, [None, person[name]])[1] for name in HOURS}
    _demand_both_hours(staged, {name: value for name, value in new.items() if value is not None}, columns)


def _forgive(staged: Staged, person: Stored) -> None:
    """What is stored already is no error, however odd: an export always comes back in."""
    for problem in list(staged.problems):
        if problem.field in person and tidy(problem.cell) == tidy(text(person[problem.field])) and problem.cell:
            staged.problems.remove(problem)
            del staged.values[problem.field]


def _change_of(name: str, person: Stored, new: Any, known: Known) -> list | None:
    if name == "groups":
        return _groups(person, new, known)
    stored = known.mobiles.get(person["pk"], ("", ""))[0] if name == "mobile" else person[name]
    return _change(name, stored, new)


def _change(name: str, stored: Any, new: Any) -> list | None:
    if name in LISTS:
        there = {tidy(text(one)) for one in stored}
        added = [one for one in new if one not in there]
        return [stored, [*stored, *added]] if added else None
    if isinstance(stored, time):
        stored = stored.isoformat()
    if stored == new or (isinstance(new, str) and stored and tidy(text(stored)) == new):
        return None
    if name == "email" and stored.lower() == new.lower():
        return None
    return ["" if stored is None and name == "site" else stored, new]


def _groups(person: Stored, names: list[str], known: Known) -> list | None:
    there = known.groups.get(person["pk"], set())
    added = [name for name in names if name.lower() not in there]
    return [[], added] if added else None


def _mend_address(staged: Staged, person: Stored) -> None:
    """That the old address bounced says nothing of the new one."""
    if "email" in staged.changes and person["email_state"] != AddressState.WORKING:
        staged.changes["email_state"] = [person["email_state"], AddressState.WORKING.value]


def _mend_number(staged: Staged, person: Stored, known: Known) -> None:
    state = known.mobiles.get(person["pk"], ("", AddressState.WORKING))[1]
    if "mobile" in staged.changes and state != AddressState.WORKING:
        staged.changes["mobile_state"] = [state, AddressState.WORKING.value]


def _return(staged: Staged, person: Stored, known: Known, columns: Mapping[str, str]) -> None:
    if not person["archived_at"]:
        return
    staged.changes["archived"] = [True, False]
    address = staged.changes.get("email", [None, person["email"]])[1]
    if address and (holder := known.taken_by(address, than=person)):
        column = columns.get("email") or columns["external_id"]
        sentence = f"{person['name']} left and would come back, but {address} belongs to {holder['name']} now."
        staged.problems.append(Problem(column, sentence))


def _demand_both_hours(staged: Staged, values: Mapping[str, Any], columns: Mapping[str, str]) -> None:
    given = [name for name in HOURS if values.get(name)]
    if len(given) == 1 and given[0] in columns:
        sentence = "Working hours need a beginning and an end: give both or neither."
        staged.problems.append(Problem(columns[given[0]], sentence))
