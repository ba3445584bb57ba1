"""The micro-kernel of our own matrix products, written down as LLVM instructions: the same bits on every processor.

A tile of C, some rows × a few vectors, stays in registers while k goes by: each p broadcasts one number of A per row
and multiplies it by B's row p as it lies (register blocking: Goto & van de Geijn 2008). An element of C is one chain of
fused multiply-adds over p, whichever tile it falls in and however many parts LLVM cuts a vector into; so tiles follow
the processor, and bits do not.
"""

from itertools import accumulate, chain
from typing import Any

import numba
from llvmlite import binding, ir
from numba import types
from numba.core import cgutils

from pipeline.arithmetic.cache import intrinsic

WORD, BYTES, SHORT = ir.IntType(64), ir.IntType(8).as_pointer(), ir.IntType(32)
VECTOR = 64  # bytes of a whole vector; C and B are whole halves of one wide
READ, SOON, DATA = SHORT(0), SHORT(3), SHORT(1)  # of llvm.prefetch
AHEAD = 96  # bytes: where A lies transposed, what the tiles after this one read


def _limits() -> tuple[int, ...]:
    """Rows of a tile of half a vector, of 1, 2, … vectors: what fits 32 registers of 64 bytes, or else 16 of 32."""
    config: Any = numba.config
    wide = not config.CPU_NAME and binding.get_host_cpu_features().get("avx512f", False)
    return (12, 12, 12, 8) if wide else (12, 6)


LIMITS = _limits()


class Tile:
    """Instructions of one tile: ``rows`` × vectors of ``widths`` numbers. Pointers and steps between rows are bytes."""

    def __init__(self, builder: Any, real: Any, rows: int, widths: tuple[int, ...]) -> None:
        self.builder, self.rows = builder, rows
        self.scalar = ir.FloatType() if real == types.float32 else ir.DoubleType()
        self.bits, self.size = int(real.bitwidth), int(real.bitwidth) // 8
        self.vectors = [ir.VectorType(self.scalar, width) for width in widths]
        self.places = [at * self.size for at in accumulate(widths[:-1], initial=0)]

    def product(self, a: Any, a_row: Any, a_step: Any, b: Any, b_row: Any, depth: Any) -> list[list[Any]]:
        """Σ_p A[i, p] B[p, ·] for each row and vector of the tile; depth ≥ 1."""
        builder = self.builder
        # Opaque: else LLVM makes a chain of additions of these, which takes as long as the multiplications.
        rows = [self._opaque(builder.mul(a_row, WORD(i))) for i in range(self.rows)]
        before = builder.block
        body, after = builder.append_basic_block("product"), builder.append_basic_block("finished")
        builder.branch(body)
        builder.position_at_end(body)
        left, a_now, b_now = builder.phi(WORD), builder.phi(BYTES), builder.phi(BYTES)
        totals = [[builder.phi(vector) for vector in self.vectors] for _ in rows]
        self._fetch(self._at(a_now, WORD(AHEAD)))
        columns = self._row(b_now)
        found = [self._added(self._number(a_now, row), columns, old) for row, old in zip(rows, totals, strict=True)]
        fewer = builder.sub(left, WORD(1))
        _loop(left, depth, before, fewer, body)
        _loop(a_now, a, before, self._at(a_now, a_step), body)
        _loop(b_now, b, before, self._at(b_now, b_row), body)
        for old, new in zip(chain(*totals), chain(*found), strict=True):
            _loop(old, ir.Constant(old.type, [0.0] * old.type.count), before, new, body)
        builder.cbranch(builder.icmp_signed(">", fewer, WORD(0)), body, after)
        builder.position_at_end(after)
        return found

    def fetch(self, c: Any, c_row: Any) -> None:
        """Bring C's lines near while the product is computed."""
        for i in range(self.rows):
            for place in self.places:
                self._fetch(self._at(c, self.builder.add(self.builder.mul(c_row, WORD(i)), WORD(place))))

    def _fetch(self, pointer: Any) -> None:
        self._call("llvm.prefetch.p0", ir.VoidType(), pointer, READ, SOON, DATA)

    def put(self, found: list[list[Any]], beta: Any, c: Any, c_row: Any) -> None:
        """C ← found + β C; C is not read where β is 0."""
        fresh = self.builder.fcmp_ordered("==", beta, ir.Constant(self.scalar, 0.0))
        with self.builder.if_else(fresh) as (then, otherwise):
            with then:
                self._write(found, c, c_row)
            with otherwise:
                lines = [self._row(self._line(c, c_row, i)) for i in range(self.rows)]
                self._write([self._added(beta, *pair) for pair in zip(lines, found, strict=True)], c, c_row)

    def _write(self, found: list[list[Any]], c: Any, c_row: Any) -> None:
        for i, values in enumerate(found):
            line = self._line(c, c_row, i)
            for value, place in zip(values, self.places, strict=True):
                at = self.builder.bitcast(self._at(line, WORD(place)), value.type.as_pointer())
                self.builder.store(value, at, align=self.size)

    def _added(self, number: Any, columns: list[Any], before: list[Any]) -> list[Any]:
        """before + number · columns, rounded once."""
        return [self._fused(self._spread(number, b.type), b, c) for b, c in zip(columns, before, strict=True)]

    def _row(self, pointer: Any) -> list[Any]:
        """The vectors of one row."""
        pairs = zip(self.places, self.vectors, strict=True)
        return [self._load(self._at(pointer, WORD(place)), vector) for place, vector in pairs]

    def _number(self, pointer: Any, offset: Any) -> Any:
        return self._load(self._at(pointer, offset), self.scalar)

    def _line(self, c: Any, c_row: Any, i: int) -> Any:
        return self._at(c, self.builder.mul(c_row, WORD(i)))

    def _at(self, pointer: Any, offset: Any) -> Any:
        return self.builder.gep(pointer, [offset])

    def _load(self, pointer: Any, kind: Any) -> Any:
        return self.builder.load(self.builder.bitcast(pointer, kind.as_pointer()), align=self.size)

    def _spread(self, number: Any, vector: Any) -> Any:
        """One number in every lane."""
        nothing = ir.Constant(vector, ir.Undefined)
        first = self.builder.insert_element(nothing, number, SHORT(0))
        return self.builder.shuffle_vector(first, nothing, ir.Constant(ir.VectorType(SHORT, vector.count), None))

    def _fused(self, a: Any, b: Any, c: Any) -> Any:
        return self._call(f"llvm.fma.v{a.type.count}f{self.bits}", a.type, a, b, c)

    def _call(self, name: str, result: Any, *arguments: Any) -> Any:
        kind = ir.FunctionType(result, [argument.type for argument in arguments])
        return self.builder.call(cgutils.get_or_insert_function(self.builder.module, kind, name), arguments)

    def _opaque(self, value: Any) -> Any:
        """The same value, of which LLVM doesn't know where it is from."""
        return self.builder.asm(ir.FunctionType(value.type, [value.type]), "", "=r,0", [value], False)


def _loop(phi: Any, start: Any, before: Any, value: Any, body: Any) -> None:
    phi.add_incoming(start, before)
    phi.add_incoming(value, body)


def widths(real: Any, kind: int) -> tuple[int, ...]:
    """Numbers in each vector of a tile: kind 0 is half a vector, n is n vectors."""
    lanes = VECTOR * 8 // int(real.bitwidth)
    return (lanes,) * kind if kind else (lanes // 2,)


@intrinsic
def lanes_of(typing: Any, number: Any) -> Any:
    """Numbers of this type in a whole vector."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return WORD(VECTOR * 8 // int(number.bitwidth))

    return types.int64(number), codegen


@intrinsic
def tile(
    typing: Any, rows: Any, kind: Any, depth: Any, a: Any, a_at: Any, a_row: Any, a_step: Any, b: Any, b_at: Any,
    b_row: Any, beta: Any, c: Any, c_at: Any, c_row: Any, far: Any,
) -> Any:  # fmt: skip
    """C ← A B + β C for one tile of ``rows`` × ``kind`` vectors; pointers, all else counted in numbers.

    far: whether C should be fetched while the product is computed.
    """
    real, whole, pointer = beta, types.int64, types.CPointer(beta)
    signature = types.void(
        whole, whole, whole, pointer, whole, whole, whole, pointer, whole, whole, real, pointer, whole, whole, whole
    )

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        def in_bytes(value: Any) -> Any:
            return builder.mul(value, WORD(int(real.bitwidth) // 8))

        def begin(index: int) -> Any:
            return builder.gep(builder.bitcast(args[index], BYTES), [in_bytes(args[index + 1])])

        a, b, c, beta = begin(3), begin(7), begin(11), args[10]
        a_row, a_step, b_row, c_row = (in_bytes(args[index]) for index in (5, 6, 9, 13))
        after = builder.append_basic_block("tiled")
        choice = builder.switch(builder.add(builder.mul(args[0], WORD(len(LIMITS))), args[1]), after)
        for kind, limit in enumerate(LIMITS):
            for count in range(1, limit + 1):
                block = builder.append_basic_block(f"tile{count}x{kind}")
                choice.add_case(WORD(count * len(LIMITS) + kind), block)
                builder.position_at_end(block)
                made = Tile(builder, real, count, widths(real, kind))
                with builder.if_then(builder.icmp_signed("!=", args[14], WORD(0))):
                    made.fetch(c, c_row)
                made.put(made.product(a, a_row, a_step, b, b_row, args[2]), beta, c, c_row)
                builder.branch(after)
        builder.position_at_end(after)
        return context.get_dummy_value()

    return signature, codegen
