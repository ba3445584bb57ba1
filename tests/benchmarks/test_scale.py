"""The simulation of many workers, where the answer is known without one."""

import pytest

from benchmarks.scale.simulated import Load, simulate

NOTHING = Load(controller=0.0, start=0.0, checkpoint=0.0, end=0.0)


def test_where_nothing_is_asked_for_nobody_waits() -> None:
    found = simulate(10, 100, 60.0, NOTHING, 1)
    assert (found.seconds, found.ideal) == (600.0, 600.0)
    assert (found.waiting, found.controller, found.place) == (0.0, 0.0, 0.0)


def test_workers_that_outrun_the_controller_wait_for_it() -> None:
    found = simulate(1000, 2000, 1.0, Load(0.01, 0.0, 0.0, 0.0), 1)
    assert found.seconds == pytest.approx(2000 * 0.01 + 1, rel=0.01)
    assert found.controller == pytest.approx(1, abs=0.06)


@pytest.mark.parametrize("servers", [1, 4])
def test_a_place_that_is_asked_for_more_than_it_can_do_decides(servers: int) -> None:
    found = simulate(100, 1000, 1.0, Load(0.0, 0.05, 0.0, 0.05), servers)
    assert found.seconds == pytest.approx(1000 * 0.1 / servers, rel=0.1)
    assert found.place > 0.9


def test_checkpoints_are_those_of_the_interval_and_trips_hold_up_nobody_else() -> None:
    found = simulate(1, 1, 35.0, Load(0.0, 0.0, 1.0, 0.0, (0.5, 0.25, 0.125), interval=10.0), 1)
    assert found.seconds == 35 + 3 * 1.25 + 0.5 + 0.125
    assert simulate(1, 1, 10.0, Load(0.0, 0.0, 1.0, 0.0), 1).seconds == 10


def test_checkpoints_on_disks_of_the_workers_own_cost_time_but_no_queue() -> None:
    found = simulate(50, 50, 35.0, Load(0.0, 0.0, 0.0, 0.0, (0.0, 1.0, 0.0)), 1)
    assert (found.seconds, found.place) == (38.0, 0.0)
