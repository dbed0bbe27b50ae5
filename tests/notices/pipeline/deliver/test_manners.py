from concurrent.futures import ThreadPoolExecutor

from notices.channels.base import ChannelError, Later
from notices.models import Outlet
from notices.pipeline import deliver
from notices.pipeline.deliver import manners
from notices.pipeline.deliver.manners import Manners, Memory
from tests.notices.pipeline.test_deliver import EMAIL, Fake, people, released


def test_who_bears_fewer_connections_gets_half_of_them():
    outlet = Manners()

    outlet.crowded(8)

    assert (outlet.at_most(8), outlet.at_most(3)) == (4, 3)


def test_one_connection_always_remains():
    outlet = Manners()

    outlet.crowded(1)

    assert outlet.at_most(8) == 1


def test_after_a_while_all_are_tried_again(monkeypatch):
    monkeypatch.setattr(manners, "CROWDED_SECONDS", 0.0)
    outlet = Manners()

    outlet.crowded(8)

    assert outlet.at_most(8) == 8


def test_each_outlet_is_known_by_itself_and_to_all_threads():
    memory = Memory()

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda pk: memory.of(Outlet(pk=pk)), [1, 2] * 20))

    assert len({id(one) for one in found}) == 2
    assert found[0] is not found[1]


def test_what_one_drain_has_learned_the_next_one_goes_by(db, monkeypatch):
    released(*people(20))
    post = Fake(monkeypatch, [ChannelError("421 too many", permanent=False, later=Later.CONNECTIONS)])
    deliver.drain(EMAIL)
    released(*people(5))

    deliver.drain(EMAIL)

    assert [access.connections for access in post.accesses] == [8, 4, 4]
