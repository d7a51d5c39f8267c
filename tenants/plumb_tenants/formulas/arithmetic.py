"""Decimal arithmetic of formulas: 34 digits, exponents to 999, and a reason where Python would raise."""

from collections.abc import Callable
from decimal import (
    ROUND_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)

from plumb_tenants.formulas.errors import Position
from plumb_tenants.formulas.values import Halt, Reason

MAX_EXPONENT, MAX_POWER, MAX_PLACES = 999, 64, 30
_HUNDREDTH = Decimal("0.01")


def _context(rounding: str) -> Context:
    traps = [DivisionByZero, InvalidOperation, Overflow]
    return Context(prec=34, Emax=MAX_EXPONENT, Emin=-MAX_EXPONENT, rounding=rounding, traps=traps)


_DECIMAL = _context(ROUND_HALF_EVEN)
HALF_EVEN, HALF_UP, UP, DOWN = _DECIMAL, _context(ROUND_HALF_UP), _context(ROUND_UP), _context(ROUND_DOWN)


def add(left: Decimal, right: Decimal, at: Position) -> Decimal:
    """Add two numbers, or halt with OUT_OF_RANGE."""
    return _guarded(_DECIMAL.add, left, right, at)


def subtract(left: Decimal, right: Decimal, at: Position) -> Decimal:
    """Subtract, or halt with OUT_OF_RANGE."""
    return _guarded(_DECIMAL.subtract, left, right, at)


def multiply(left: Decimal, right: Decimal, at: Position) -> Decimal:
    """Multiply, or halt with OUT_OF_RANGE."""
    return _guarded(_DECIMAL.multiply, left, right, at)


def divide(left: Decimal, right: Decimal, at: Position) -> Decimal:
    """Divide, or halt with DIVISION_BY_ZERO (also for 0/0) or OUT_OF_RANGE."""
    if right.is_zero():
        raise Halt(Reason.DIVISION_BY_ZERO, at)
    return _guarded(_DECIMAL.divide, left, right, at)


def power(left: Decimal, right: Decimal, at: Position) -> Decimal:
    """Raise to a whole exponent of at most 64 either way; 0^0 is OUT_OF_RANGE as in Excel."""
    if right != right.to_integral_value() or abs(right) > MAX_POWER:
        raise Halt(Reason.OUT_OF_RANGE, at)
    if left.is_zero() and right < 0:
        raise Halt(Reason.DIVISION_BY_ZERO, at)
    return _guarded(_DECIMAL.power, left, right, at)


def percent(number: Decimal, at: Position) -> Decimal:
    """Take a hundredth."""
    return multiply(number, _HUNDREDTH, at)


def negate(number: Decimal, at: Position) -> Decimal:
    """Change the sign."""
    return subtract(Decimal(0), number, at)


def round_to(context: Context, number: Decimal, places: Decimal, at: Position) -> Decimal:
    """Round to whole places, -30 to 30, by the context's rule; negative places round tens."""
    if places != places.to_integral_value() or abs(places) > MAX_PLACES:
        raise Halt(Reason.OUT_OF_RANGE, at)
    rounded = _guarded(context.quantize, number, Decimal(1).scaleb(-int(places)), at)
    return rounded if places >= 0 else _guarded(context.quantize, rounded, Decimal(1), at)


def _guarded(operation: Callable[[Decimal, Decimal], Decimal], left: Decimal, right: Decimal, at: Position) -> Decimal:
    try:
        return operation(left, right)
    except DecimalException:
        raise Halt(Reason.OUT_OF_RANGE, at) from None
