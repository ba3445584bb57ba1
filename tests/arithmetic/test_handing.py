"""What compiled code is handed by its address lies as Numba itself would have it."""

from typing import Any, NamedTuple

import numba
import numpy as np
import pytest
from numba.core.registry import cpu_target

from pipeline.arithmetic.handing import Numbers, Places, Table, address, entry, kind_of, packed, taken_as
from pipeline.nn.compiled.buffers import Flat
from pipeline.nn.compiled.engine import Blocks
from pipeline.nn.compiled.passes import Handed


class Inner(NamedTuple):
    count: int
    places: Places


class Outer(NamedTuple):
    numbers: Numbers
    inner: Inner
    table: Table


_taken = taken_as(Outer)


def _fill(known: Any, more: Any, a: int, b: int, real: float) -> None:
    """Each array tells of all the others."""
    numbers, (count, places), table = _taken(known, real)
    for i in range(len(numbers)):
        numbers[i] = count + a * places[i]
    for i in range(table.shape[0]):
        for j in range(table.shape[1]):
            table[i, j] = 10 * i + j + b


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_packed_tuple_is_read_and_written_where_its_arrays_lie(dtype: type) -> None:
    given = Outer(np.zeros(3, dtype), Inner(7, np.array([1, 2, 3])), np.zeros((2, 3), dtype))
    words = packed(given, np.dtype(dtype))
    entry(_fill, np.dtype(dtype))(address(words), 0, 100, 5)
    assert given.numbers.tolist() == [107, 207, 307]
    assert given.table.tolist() == [[5, 6, 7], [15, 16, 17]]


@pytest.mark.parametrize("part", [Outer, Flat, Handed, Blocks])
def test_the_size_is_that_of_numbas_own(part: type) -> None:
    empty = {Numbers: np.zeros(0), Table: np.zeros((0, 0)), Places: np.zeros(0, np.int64), int: 0}

    def example(kind: Any) -> Any:
        hints = {name: kind.__annotations__[name] for name in kind._fields} if hasattr(kind, "_fields") else {}
        return kind(*(example(inner) for inner in hints.values())) if hints else empty[kind]

    kind = kind_of(part, numba.float64)
    assert numba.typeof(example(part)) == kind
    context = cpu_target.target_context
    assert context.get_abi_sizeof(context.get_value_type(kind)) == 8 * len(packed(example(part), np.dtype(float)))


def test_what_is_not_contiguous_is_refused() -> None:
    with pytest.raises(ValueError, match="not contiguous"):
        packed(Inner(1, np.arange(10)[::2]), np.dtype(float))


@pytest.mark.parametrize("wrong", [np.ones(4), np.ones(4, np.int32)])
def test_what_would_be_read_as_something_else_is_refused(wrong: np.ndarray) -> None:
    """Else memory beyond the array would be read."""
    with pytest.raises(ValueError, match=r"allowed: float32, of whole numbers int64"):
        packed(Inner(1, wrong), np.dtype(np.float32))
