"""Templates of plans. `planning` lays them out; notices/plan_templates/README.md says what stands in a file.

shape     a template as data
checking  what is wrong with one, place by place
files     read and written: files and saved rows
known     those that there are
own       made, changed and taken back by people
saving    a plan becomes a template
"""

from notices.pipeline.templates import checking, files, known, own, saving, shape

__all__ = ["checking", "files", "known", "own", "saving", "shape"]
