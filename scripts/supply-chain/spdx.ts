/**
 * Whether a licence expression can be satisfied with the licences that are allowed: `MIT`, `(MIT OR CC0-1.0)`,
 * `Apache-2.0 AND MIT`. AND binds stronger than OR, as SPDX has it. What is no such expression (`SEE LICENSE IN …`,
 * `Unknown`, an unknown `WITH`) is not satisfied.
 */
export function satisfies(expression: string, allowed: ReadonlySet<string>): boolean {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const either = (): boolean | null => {
    let value = both();
    while (value !== null && tokens[at] === 'OR') {
      at += 1;
      const right = both();
      value = right === null ? null : value || right;
    }
    return value;
  };
  const both = (): boolean | null => {
    let value = one();
    while (value !== null && tokens[at] === 'AND') {
      at += 1;
      const right = one();
      value = right === null ? null : value && right;
    }
    return value;
  };
  const one = (): boolean | null => {
    const token = tokens[at];
    at += 1;
    if (token === undefined || token === ')' || token === 'AND' || token === 'OR') return null;
    if (token !== '(') return allowed.has(token);
    const inner = either();
    if (tokens[at] !== ')') return null;
    at += 1;
    return inner;
  };
  const value = either();
  return value === true && at === tokens.length;
}
