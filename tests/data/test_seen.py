"""The open rows' side knows of no level that test rows alone have."""

import numpy as np

from pipeline.data.seen import only_seen
from pipeline.feed.schema import CATEGORY, FLAG, NUMBER, UNSEEN, Schema

KINDS, LEVELS = (CATEGORY, NUMBER, FLAG), (("a", "b", "c"), (), ("no", "yes"))
SCHEMA = Schema("regression", ("color", "size", "sold"), (), kinds=KINDS, levels=LEVELS)
ROWS = np.array([[0, 1.5, 0], [2, np.nan, 0], [np.nan, 3, np.nan], [1, 7, 1]])


def test_levels_of_test_rows_alone_are_forgotten_and_their_rows_unseen() -> None:
    schema, recode = only_seen(SCHEMA, ROWS[:3])
    assert schema.levels == (("a", "c"), (), ("no",))
    expected = np.array([[0, 1.5, 0], [1, np.nan, 0], [np.nan, 3, np.nan], [UNSEEN, 7, UNSEEN]])
    np.testing.assert_array_equal(recode(ROWS)[0:4], expected)


def test_rows_stay_as_they_are_where_every_level_is_seen() -> None:
    schema, recode = only_seen(SCHEMA, ROWS)
    assert schema is SCHEMA
    assert recode(ROWS) is ROWS
