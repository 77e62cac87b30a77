/**
 * How a finite double is written in the two canonical forms (PROTOCOL.md section 10).
 * Both start from the shortest digits that round-trip, which ECMAScript's own conversion yields.
 */

/** Compat form: Python's `repr(float)`. Always recognisable as a double: `1.0`, `1e+16`, `-0.0`. */
export function formatCompatDouble(value: number): string {
  if (value === 0) {
    return Object.is(value, -0) ? '-0.0' : '0.0';
  }
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4 && magnitude < 1e16) {
    const digits = String(value);
    return Number.isInteger(value) ? `${digits}.0` : digits;
  }
  const exponential = value.toExponential();
  const at = exponential.indexOf('e');
  const exponent = exponential.slice(at + 2);
  return `${exponential.slice(0, at + 2)}${exponent.length < 2 ? '0' : ''}${exponent}`;
}

/** RFC 8785 section 3.2.2.3: ECMAScript's Number::toString; negative zero is `0`. */
export function formatJcsNumber(value: number): string {
  return String(value);
}
