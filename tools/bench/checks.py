"""How long the check of one plan takes, in one process, the first time and then."""

from notices.audiences import crowds
from notices.audiences.asked import Asked
from notices.lint import checking, loading
from notices.models import Notice
from tools.bench.organisation import NOW
from tools.bench.reporting import report
from upgrades.models import Upgrade


def measure() -> None:
    upgrade = Upgrade.objects.get(slug="upgrade-7")
    notices = Notice.objects.select_related("upgrade", "milestone", "survey")
    asked = {one.key: one for one in (Asked.of(notice, now=NOW) for notice in notices)}
    plain = {one.key: one for one in (Asked(one.rule, one.upgrade, one.milestone) for one in asked.values())}
    print(f"{Notice.objects.count():,} notices, {len(plain)} audiences, {len(asked)} with the deputies of a day")
    report("crowds of all audiences", lambda: crowds.load(plain.values()))
    report("crowds with deputies", lambda: crowds.load(asked.values()))
    report("loading one plan", lambda: loading.load(upgrade, now=NOW))
    report("checking one plan", lambda: checking.check(upgrade, now=NOW))
    found = checking.check(upgrade, now=NOW)
    print(f"{len(found.findings)} findings")
