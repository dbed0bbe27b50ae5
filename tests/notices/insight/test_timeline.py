from datetime import UTC, date, datetime, timedelta

from notices.insight import timeline
from notices.insight.timeline import Item, Scale

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
MARCH = Scale(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))


def mark(label="Reminder", *, day=10, **fields):
    return Item(label=label, start=datetime(2026, 3, day, 9, tzinfo=UTC), **fields)


def test_a_time_stands_in_proportion_between_the_edges():
    scale = Scale(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC), left=100, right=1100)

    xs = [scale.x(datetime(2026, 3, day, tzinfo=UTC)) for day in (1, 6, 11)]

    assert xs == [100, 600, 1100]


def test_what_lies_outside_stands_on_the_edge():
    assert MARCH.x(datetime(2020, 1, 1, tzinfo=UTC)) == timeline.LABELS
    assert MARCH.x(datetime(2030, 1, 1, tzinfo=UTC)) == timeline.WIDTH - timeline.EDGE


def test_boxes_that_touch_go_to_different_rows_and_free_rows_are_used_again():
    assert timeline.pack([(0, 100), (50, 150), (110, 200), (120, 130)]) == [0, 1, 0, 2]


def test_everything_holds_every_moment_and_today():
    moments = [datetime(2026, 3, 20, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)]

    scale = timeline.span("all", moments, now=NOW, begin=None, zone="UTC")

    assert all(scale.start < at < scale.end for at in [*moments, NOW])


def test_a_day_long_past_does_not_stretch_the_drawing():
    moments = [datetime(2024, 3, 20, tzinfo=UTC), datetime(2024, 5, 2, tzinfo=UTC)]

    scale = timeline.span("all", moments, now=NOW, begin=None, zone="UTC")

    assert scale.end < datetime(2024, 6, 1, tzinfo=UTC)


def test_a_chosen_beginning_is_midnight_on_the_wall_of_the_place():
    scale = timeline.span("fortnight", [], now=NOW, begin=date(2026, 7, 1), zone="Europe/Berlin")

    assert scale.start == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert scale.end - scale.start == timedelta(days=14)


def test_ticks_are_midnights_of_the_place_across_a_clock_change():
    scale = timeline.span("fortnight", [], now=NOW, begin=date(2026, 3, 23), zone="Europe/Berlin")

    found = timeline.ticks(scale, "Europe/Berlin")

    assert [tick.label for tick in found][:8] == [
        "Mon 23", "Tue 24", "Wed 25", "Thu 26", "Fri 27", "Sat 28", "Sun 29", "Mon 30",
    ]  # fmt: skip
    assert found[7].x - found[6].x < found[6].x - found[5].x  # that Sunday has 23 hours


def test_weeks_and_months_are_marked_by_length():
    weeks = timeline.ticks(MARCH, "UTC")
    months = timeline.ticks(Scale(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)), "UTC")

    assert [tick.label for tick in weeks] == ["2 Mar", "9 Mar", "16 Mar", "23 Mar", "30 Mar"]
    assert [tick.label for tick in months] == ["Jan", "Feb", "Mar", "Apr", "May", "Jun"]


def test_the_upper_line_names_months_where_the_name_fits():
    scale = Scale(datetime(2026, 3, 30, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC))

    assert [stretch.label for stretch in timeline.stretches(scale, "UTC")] == ["", "April 2026"]


def test_lanes_keep_their_order_and_empty_ones_are_left_out():
    lanes = [("All users", [mark()]), ("Board", []), ("IT", [mark(day=12)])]

    drawing = timeline.draw(lanes, [], scale=MARCH, now=NOW, zone="UTC")

    assert [lane.lines[0].label for lane in drawing.lanes] == ["All users", "IT"]
    assert drawing.lanes[1].top == drawing.lanes[0].bottom
    assert drawing.height > drawing.lanes[1].bottom


def test_what_is_out_of_sight_is_counted():
    items = [mark(day=10), Item("Early", start=datetime(2026, 1, 1, tzinfo=UTC)), Item("Late", datetime(2026, 9, 1, tzinfo=UTC))]  # fmt: skip # noqa: E501

    drawing = timeline.draw([("All", items)], [], scale=MARCH, now=NOW, zone="UTC")

    assert [placed.item.label for placed in drawing.lanes[0].items] == ["Reminder"]
    assert (drawing.earlier, drawing.later) == (1, 1)


def test_two_marks_of_one_day_stand_in_two_rows():
    drawing = timeline.draw([("All", [mark("One"), mark("Two")])], [], scale=MARCH, now=NOW, zone="UTC")

    one, two = drawing.lanes[0].items
    assert one.x == two.x
    assert two.y - one.y == timeline.ROW


def test_a_label_turns_to_the_left_at_the_right_edge():
    drawing = timeline.draw([("All", [mark(day=2), mark(day=31)])], [], scale=MARCH, now=NOW, zone="UTC")

    assert [placed.anchor for placed in drawing.lanes[0].items] == ["start", "end"]


def test_a_moved_window_leaves_a_ghost_and_an_unmoved_one_does_not():
    start, end = datetime(2026, 3, 20, tzinfo=UTC), datetime(2026, 3, 22, tzinfo=UTC)
    week = timedelta(days=7)
    moved = Item("Go-live", start, end, was_start=start - week, was_end=end - week)
    same = Item("Rehearsal", start, end, was_start=start, was_end=end)

    drawing = timeline.draw([("Milestones", [moved, same])], [], scale=MARCH, now=NOW, zone="UTC")

    ghosts = {placed.item.label: placed.has_ghost for placed in drawing.lanes[0].items}
    assert ghosts == {"Go-live": True, "Rehearsal": False}


def test_a_band_is_cut_at_the_edges():
    term = Item("Examinations", start=datetime(2026, 2, 1, tzinfo=UTC), end=datetime(2026, 3, 5, tzinfo=UTC))

    band = timeline.draw([], [term], scale=MARCH, now=NOW, zone="UTC").bands[0]

    assert band.x == timeline.LABELS
    assert band.x + band.width == MARCH.x(term.end)
