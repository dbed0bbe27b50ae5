"""People come in from a file, one stage after the other:

    uploading ─► mapping ─► previewing ─► applying ─► undoing
    the file     columns    every row     all of it    all of it
    is kept      → fields   and change    at once      taken back

    uploading.take_in(file, name=, by=, now=) -> Import          keeps the file, reads its head, guesses the mapping
    mapping.FIELDS, mapping.guess(head)                          what a column may mean: {field: label}
    mapping.check(mapping, head=)                                raises MappingRefused(.sentences)
    previewing.ask(import_, mapping=, …, now=)                   UPLOADED or READY → READING; then a worker does:
    previewing.preview(import_, progress=)                       READING → READY or FAILED (`problem` says why)
    applying.ask(import_, skips_wrong=, now=)                    READY → APPLYING; then a worker does:
    applying.apply(import_, by=, now=, progress=)                APPLYING → APPLIED, or Refused and READY again
    undoing.undo(import_, by=, now=) -> Undone                   APPLIED → UNDONE
    progress.progress_of(import_) -> Progress | None             done, total, stage; None when nobody knows
    forgetting.throw_away_old(now=)                              rows and files older than 30 days

Whoever cannot go on raises `Refused`, whose text is a sentence for the reader. `ask` takes over from a worker that
died: its lease (`Import.worked_on_until`) has run out. Within a stage `reading`, `checking`, `matching` and `comparing`
do the work, row by row; `staging` writes.

`Import.counts` is {"new", "changed", "same", "wrong", "kept": rows; "new_groups": [names]}. `ImportRow.changes` is
{field: [stored, new]}; for groups only what is added: {"groups": [[], ["Board"]]}; an archived person who comes back:
{"archived": [true, false]}.
"""
