"""Files of people, from the upload to the undo. What takes long is done by a worker; where none answers, or the file is
small, right here."""

from datetime import timedelta

from django.contrib import messages
from django.core.paginator import Paginator as PlainPaginator
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from kombu.exceptions import OperationalError

from accounts.permissions import permission_required
from commsplan.lib import csv
from commsplan.lib.htmx import page
from commsplan.lib.paging import Paginator
from directory import showing, tasks
from directory.enums import ImportState, RowOutcome
from directory.forms import ColumnsForm, UploadForm
from directory.importing import applying, forgetting, leasing, mapping, previewing, reading, undoing, uploading
from directory.importing.progress import forget, progress_of
from directory.importing.refusals import MappingRefused, Refused, Unreadable
from directory.models import Import

PER_PAGE = 25
STOP_POLLING = 286
SMALL_FILE = 200_000  # bytes: about 2,000 rows, read while one waits
SMALL_APPLY = 2_000  # people
PATIENCE = timedelta(seconds=6)  # then a worker should have begun
SAMPLE_HEAD = {name: label for name, label in mapping.FIELDS.items() if name not in mapping.PARTS}
SAMPLE = [
    {
        "external_id": "1001",
        "name": "Alex Adams",
        "email": "alex.adams@example.org",
        "phone": "+44 20 7946 0000",
        "mobile": "+44 7700 900123",
        "department": "Finance",
        "job_title": "Accountant",
        "time_zone": "Europe/London",
        "language": "en",
        "reader_level": "plain",
        "is_list": "no",
        "works_from": "09:00",
        "works_until": "17:00",
        "tags": "key user; first floor",
        "groups": "Finance; Board",
    },
    {"external_id": "1002", "name": "Bea Brun", "email": "bea.brun@example.org", "language": "fr", "groups": "Finance"},
]


def those_of(request: HttpRequest, pk: int, *, with_content: bool = False) -> Import:
    found = Import.objects.select_related("by")
    return get_object_or_404(found if with_content else found.defer("content"), pk=pk)


@require_GET
@permission_required("people.edit")
def imports(request):
    found = Import.objects.defer("content", "head", "mapping").select_related("by").order_by("-created_at", "-pk")
    shown = PlainPaginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return page(request, "directory/imports.html", {"imports": shown, "form": UploadForm()}, partial="rows")


@require_http_methods(["GET", "POST"])
@permission_required("people.edit")
def import_new(request):
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            return redirect("import_map", _take_in(file, by=request.user).pk)
        except Refused as refusal:
            form.add_error("file", str(refusal))
    return render(request, "directory/import_new.html", {"form": form})


@transaction.atomic
def _take_in(file, *, by) -> Import:
    """With a look at the first rows: a file that breaks there is not kept."""
    import_ = uploading.take_in(file, name=file.name, by=by, now=timezone.now(), size=file.size)
    ColumnsForm(table=reading.read(bytes(import_.content)), mapping=import_.mapping)
    return import_


@require_GET
@permission_required("people.edit")
def import_sample(request):
    rows = ([row.get(name, "") for name in SAMPLE_HEAD] for row in SAMPLE)
    return csv.download("people-sample", list(SAMPLE_HEAD.values()), rows)


@require_http_methods(["GET", "POST"])
@permission_required("people.edit")
def import_map(request, pk):
    """A GET with choices says whether they are enough, before they are sent."""
    import_ = those_of(request, pk, with_content=True)
    if import_.state not in (ImportState.UPLOADED, ImportState.READY, ImportState.FAILED):
        return redirect(import_)
    try:
        table = reading.read(bytes(import_.content))
        form = ColumnsForm(_choices(request), table=table, mapping=import_.mapping, initial=_before(import_))
    except Unreadable as refusal:
        messages.error(request, import_.problem or str(refusal))
        return redirect("imports")
    if request.method == "POST" and form.is_valid():
        try:
            return _ask_to_read(
                import_,
                mapping=form.mapping,
                creates_groups=form.cleaned_data["creates_groups"],
                phone_code=form.cleaned_data["phone_code"],
            )
        except MappingRefused:
            pass  # said beside the form
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(import_)
    context = {"import": import_, "form": form, "missing": _missing(form, import_), "is_refused": form.is_bound}
    return page(request, "directory/import_map.html", context, partial="advice")


def _choices(request: HttpRequest):
    if request.method == "POST":
        return request.POST
    return request.GET if "column-0" in request.GET else None


def _before(import_: Import) -> dict:
    return {"creates_groups": import_.creates_groups, "phone_code": import_.phone_code}


def _missing(form: ColumnsForm, import_: Import) -> list[str]:
    try:
        mapping.check(form.mapping, head=import_.head)
    except MappingRefused as refusal:
        return refusal.sentences
    return []


def _ask_to_read(import_: Import, *, mapping: dict[str, str], creates_groups: bool, phone_code: str):
    previewing.ask(import_, mapping=mapping, creates_groups=creates_groups, phone_code=phone_code, now=timezone.now())
    forget(import_)
    if len(import_.content) <= SMALL_FILE:
        previewing.preview(import_)
    else:
        _nudge(tasks.read_import, pk=import_.pk)
    return redirect(import_)


@require_POST
@permission_required("people.edit")
def import_make_groups(request, pk):
    """Reads the file once more, so that the groups it names are made when it is applied."""
    import_ = those_of(request, pk, with_content=True)
    if import_.state != ImportState.READY:
        return redirect(import_)
    try:
        return _ask_to_read(import_, mapping=import_.mapping, creates_groups=True, phone_code=import_.phone_code)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(import_)


def _nudge(task, **arguments) -> None:
    """Without a broker nothing is lost: the page says so, and offers to do it right there."""
    try:
        task.apply_async(kwargs=arguments, retry=False)
    except OperationalError:
        return


@require_GET
@permission_required("people.edit")
def import_page(request, pk):
    import_ = those_of(request, pk)
    if import_.state == ImportState.UPLOADED:
        return redirect("import_map", pk)
    is_busy = import_.state in leasing.BUSY
    context = {
        "import": import_,
        "is_busy": is_busy,
        **(_so_far(request, import_) if is_busy else _found(request, import_)),
    }
    over = request.headers.get("HX-Trigger") == "import" and not is_busy
    status = STOP_POLLING if over else 200
    return page(request, "directory/import.html", context, partial="import", status=status)


def _so_far(request: HttpRequest, import_: Import) -> dict:
    """`said` is the quarter that was read out last."""
    now = timezone.now()
    progress = progress_of(import_)
    progress = progress if progress and progress.stage == import_.state else None
    quarter = (progress.percent or 0) // 25 * 25 if progress else 0
    lasts = leasing.APPLYING_LASTS if import_.state == ImportState.APPLYING else leasing.LASTS
    asked_at = import_.worked_on_until - lasts if import_.worked_on_until else now
    return {
        "progress": progress,
        "quarter": quarter,
        "announces": request.GET.get("said", "0") != str(quarter),
        "is_dead": leasing.is_dead(import_, now=now),
        "nobody_works": leasing.is_dead(import_, now=now) or (not progress and now - asked_at > PATIENCE),
    }


def _found(request: HttpRequest, import_: Import) -> dict:
    counts = {outcome: import_.counts.get(outcome, 0) for outcome in RowOutcome.values}
    show = request.GET.get("show", "")
    show = show if show in counts else next((name for name in _most_urgent(import_) if counts[name]), "new")
    rows = Paginator(showing.rows_of(import_, show), PER_PAGE, dress=lambda rows: rows.select_related("person"))
    shown = rows.get_page(request.GET.get("page"))
    return {
        "counts": counts,
        "sum": _sum(import_, counts),
        "writes": counts[RowOutcome.NEW] + counts[RowOutcome.CHANGED],
        "tabs": [_tab(outcome, show, counts) for outcome in RowOutcome],
        "show": show,
        "found": shown,
        "is_gone": counts[show] > 0 and not shown.paginator.count,
        "lines": [showing.line(row) for row in shown],
        "problems": import_.problem,
        "new_groups": import_.counts.get("new_groups", []),
        "missing_groups": import_.counts.get("missing_groups", []),
    }


def _most_urgent(import_: Import) -> tuple[str, ...]:
    return ("wrong", "new", "changed", "same") if import_.state == ImportState.READY else ("new", "changed", "wrong")


def _sum(import_: Import, counts: dict[str, int]) -> str:
    """What it would do, or has done."""
    new, changed, same, wrong = (counts[name] for name in ("new", "changed", "same", "wrong"))
    if import_.state == ImportState.APPLIED:
        parts = [(new, "came in"), (changed, "changed"), (wrong, "left out because of errors")]
    else:
        parts = [(new, "new"), (changed, "changed"), (same, "unchanged"), (wrong, "with errors")]
    return ", ".join(f"{number:,} {words}" for number, words in parts if number) or "Nothing in it changes anything"


def _tab(outcome: RowOutcome, show: str, counts: dict[str, int]) -> dict:
    label = "Errors" if outcome == RowOutcome.WRONG else outcome.label
    return {"label": label, "url": f"?show={outcome.value}", "active": outcome == show, "count": counts[outcome]}


@require_POST
@permission_required("people.edit")
def import_apply(request, pk):
    import_ = those_of(request, pk)
    try:
        applying.ask(import_, skips_wrong=request.POST.get("skips_wrong") == "1", now=timezone.now())
        forget(import_)
        if sum(import_.counts.get(name, 0) for name in ("new", "changed")) <= SMALL_APPLY:
            applying.apply(import_, by=request.user, now=timezone.now())
        else:
            _nudge(tasks.apply_import, pk=pk, by=request.user.pk)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(import_)


@require_POST
@permission_required("people.edit")
def import_work(request, pk):
    """No worker answered: it is done while one waits."""
    import_ = those_of(request, pk, with_content=True)
    now = timezone.now()
    try:
        if import_.state == ImportState.READING:
            if leasing.is_dead(import_, now=now):
                previewing.ask(
                    import_,
                    mapping=import_.mapping,
                    creates_groups=import_.creates_groups,
                    phone_code=import_.phone_code,
                    now=now,
                )
            previewing.preview(import_)
        elif import_.state == ImportState.APPLYING:
            if leasing.is_dead(import_, now=now):
                applying.ask(import_, skips_wrong=import_.skips_wrong, now=now)
            applying.apply(import_, by=request.user, now=now)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(import_)


@require_POST
@permission_required("people.edit")
def import_undo(request, pk):
    import_ = those_of(request, pk)
    try:
        undone = undoing.undo(import_, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Taken back: {_undone(undone)}.")
    return redirect(import_)


def _undone(undone: undoing.Undone) -> str:
    parts = [
        (undone.removed, "removed"),
        (undone.archived, "archived because something happened with them since"),
        (undone.restored, "as they were before"),
    ]
    return ", ".join(f"{number:,} {words}" for number, words in parts if number) or "nothing had to be changed"


@require_POST
@permission_required("people.edit")
def import_discard(request, pk):
    import_ = those_of(request, pk)
    if import_.state in (ImportState.UPLOADED, ImportState.READY, ImportState.FAILED):
        forgetting.throw_away(import_)
        messages.success(request, f"{import_.file_name} is thrown away. Nothing was changed.")
        return redirect("imports")
    messages.error(request, "This import has changed something, so it stays in the list.")
    return redirect(import_)


@require_GET
@permission_required("people.edit")
def import_errors(request, pk):
    import_ = those_of(request, pk)
    return csv.download(f"errors-{import_.pk}", showing.PROBLEM_COLUMNS, showing.problems(import_))
