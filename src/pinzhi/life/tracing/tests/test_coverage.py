"""When a thing was in what, and what follows for where the goods are: exact answers and properties, without a database."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from pinzhi.life.tracing.rules.chain.containment import Moved, Stay, stays
from pinzhi.life.tracing.rules.chain.coverage import Coverage, Happened, of_lot, of_unit
from pinzhi.life.tracing.rules.chain.mentions import Part

T0 = datetime(2026, 11, 1, tzinfo=UTC)
BOX, PALLET = 100, 200


def at(hours):
    return T0 + timedelta(hours=hours)


def put(hours, parent=BOX, child=1):
    return Moved(child, parent, at(hours), False, hours)


def out(hours, parent=BOX, child=1):
    return Moved(child, parent, at(hours), True, hours)


def test_a_stay_lasts_from_putting_in_to_taking_out_and_the_last_one_to_this_day():
    found = stays([put(1), out(5), put(7, PALLET)])
    assert found == {1: [Stay(BOX, at(1), at(5)), Stay(PALLET, at(7), None)]}


def test_nothing_is_in_two_places():
    assert stays([put(1), put(4, PALLET)])[1] == [Stay(BOX, at(1), at(4)), Stay(PALLET, at(4), None)]


def test_a_parent_that_was_emptied_ends_the_stay_and_may_be_filled_again():
    assert stays([put(1), put(6)], {BOX: [at(3)]})[1] == [Stay(BOX, at(1), at(3)), Stay(BOX, at(6), None)]


def test_being_seen_again_in_the_same_parent_is_one_stay():
    assert stays([put(1), put(2), put(3)])[1] == [Stay(BOX, at(1), None)]


def test_taking_out_what_was_never_in_says_nothing():
    assert stays([out(1), put(2), out(3, PALLET)])[1] == [Stay(BOX, at(2), None)]


@given(st.permutations([put(1), out(5), put(7, PALLET), put(9), out(12)]))
def test_the_order_of_arrival_does_not_matter(moves):
    assert stays(moves)[1] == [Stay(BOX, at(1), at(5)), Stay(PALLET, at(7), at(9)), Stay(BOX, at(9), at(12))]


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.sampled_from([BOX, PALLET]), st.booleans()),
        max_size=12,
        unique_by=lambda m: m[0],
    )
)
def test_stays_of_one_thing_never_overlap(moves):
    found = stays([Moved(1, parent, at(h), out_, h) for h, parent, out_ in moves]).get(1, [])
    assert all(a.end is not None and a.end <= b.start for a, b in zip(found, found[1:], strict=False))


def test_the_part_of_a_stay_during_another():
    assert Stay(PALLET, at(0), at(9)).within(Stay(BOX, at(4), None)) == Stay(PALLET, at(4), at(9))
    assert Stay(PALLET, at(0), at(3)).within(Stay(BOX, at(4), None)) is None


def did(hours, step, place="", part=Part.OBJECT, quantity=None, disposition="", action="ADD"):
    return Happened(at(hours), step, disposition, place, part, quantity, action)


def test_a_unit_is_where_it_was_seen_last_until_it_is_sold():
    held = of_unit([did(1, "commissioning", "F"), did(2, "shipping", "F"), did(3, "receiving", "W")])
    assert (held.made, held.held, held.unaccounted) == (1, {"W": 1}, 0)
    sold = of_unit([did(1, "commissioning", "F"), did(5, "retail_selling", "S")])
    assert (sold.sold, sold.located, sold.unaccounted) == (1, 0, 0)


def test_a_unit_that_left_and_was_not_seen_again_is_under_way():
    gone = of_unit([did(1, "commissioning", "F"), did(2, "shipping", "F", disposition="in_transit")])
    assert (gone.under_way, gone.located, gone.unaccounted) == (1, 0, 0)


def test_a_unit_that_came_back_is_returned_and_lies_where_it_came_to():
    back = of_unit(
        [did(1, "commissioning", "F"), did(2, "retail_selling", "S"), did(3, "receiving", "S", disposition="returned")]
    )
    assert (back.returned, back.sold, back.held) == (1, 0, {"S": 1})
    again = of_unit(
        [did(2, "retail_selling", "S"), did(3, "receiving", "S", disposition="returned"), did(4, "retail_selling", "S")]
    )
    assert (again.returned, again.sold) == (0, 1)


def test_a_unit_without_a_place_is_unaccounted_for():
    assert of_unit([did(1, "commissioning")]).unaccounted == 1


def test_a_unit_that_went_into_other_goods_is_used():
    assert of_unit([did(1, "commissioning", "F"), did(2, "", "F", Part.INPUT)]).used == 1


FLOUR = [
    did(1, "commissioning", "F", quantity=Decimal(100)),
    did(2, "shipping", "F", quantity=Decimal(60)),
    did(3, "receiving", "W", quantity=Decimal(50)),
    did(4, "assembling", "W", Part.INPUT, Decimal(20)),
    did(5, "retail_selling", "W", quantity=Decimal(5)),
    did(6, "receiving", "W", quantity=Decimal(2), disposition="returned"),
    did(7, "destroying", "W", quantity=Decimal(1)),
]


def test_quantities_of_a_lot_are_booked_from_place_to_place():
    found = of_lot(FLOUR)
    assert (found.made, found.used, found.sold, found.returned, found.destroyed) == (100, 20, 3, 2, 1)
    assert found.held == {"F": Decimal(40), "W": Decimal(26)}
    assert (found.under_way, found.unaccounted) == (10, 0)


def test_what_is_missing_shows():
    found = of_lot(
        [did(1, "commissioning", "", quantity=Decimal(100)), did(2, "retail_selling", "S", quantity=Decimal(70))]
    )
    assert (found.sold, found.located, found.unaccounted) == (70, 0, 30)


@given(st.permutations(FLOUR))
def test_the_books_do_not_depend_on_the_order_in_which_events_are_read(events):
    assert of_lot(events) == of_lot(FLOUR)


def test_coverages_add_up():
    whole = Coverage()
    whole.add(of_unit([did(1, "commissioning", "F")]), 3)
    whole.add(of_lot(FLOUR))
    assert (whole.made, whole.held["F"]) == (103, 43)


def test_what_orders_sold_and_no_event_told_of_is_sold_and_not_lost():
    found = Coverage(made=Decimal(10), sold=Decimal(2), held={"F": Decimal(3)})
    assert (found.unaccounted, found.sold_at_least(1), found.unaccounted_beside(1)) == (5, 2, 5)
    assert (found.sold_at_least(6), found.unaccounted_beside(6), found.unaccounted_beside(60)) == (6, 1, 0)
