import type { Standing, StandingIdentity } from './standing.ts';

/** `danger`: somebody is refused who was not before. `warning`: worth a second look. */
export type Weight = 'note' | 'warning' | 'danger';

export interface Consequence {
  readonly weight: Weight;
  /** A sentence for people. Holds names as they are stored, which are untrusted text. */
  readonly text: string;
}

/**
 * What a change means for those whom it touches, from what stood before it and after it. So "the only key that verifies"
 * is not a guess about the request: it is said when afterwards there is none, whatever made it so.
 */
export function foresee(before: Standing, after: Standing): readonly Consequence[] {
  const found = [
    ...ofKeys(before, after),
    ...[...after.identities].flatMap(([name, now]) =>
      ofIdentity(name, before.identities.get(name) ?? null, now),
    ),
    ...ofSigning(before, after),
    ...ofTenants(before, after),
    ...ofOperators(before, after),
  ];
  const order: readonly Weight[] = ['danger', 'warning', 'note'];
  return order.flatMap((weight) => found.filter((one) => one.weight === weight));
}

const danger = (text: string): Consequence => ({ weight: 'danger', text });
const warning = (text: string): Consequence => ({ weight: 'warning', text });
const note = (text: string): Consequence => ({ weight: 'note', text });

function ofKeys(before: Standing, after: Standing): readonly Consequence[] {
  return [...after.keys].flatMap(([name, now]) => {
    const was = before.keys.get(name)?.state;
    if (was === now.state) return [];
    const which = `${now.purpose} key ${now.kid} of ${now.owner}`;
    if (was === undefined) return [note(`The ${which} is new, and ${now.state}.`)];
    if (now.state !== 'revoked') return [note(`The ${which} is ${now.state} instead of ${was}.`)];
    return [
      warning(
        `The ${which} is revoked on every gateway at once, and never comes back. What it signed before stays valid.`,
      ),
    ];
  });
}

function ofIdentity(
  name: string,
  was: StandingIdentity | null,
  now: StandingIdentity,
): readonly Consequence[] {
  const could = was !== null && was.state === 'active' && was.pins.length > 0;
  const can = now.state === 'active' && now.pins.length > 0;
  const said: Consequence[] = [];
  if (was === null) said.push(note(`${name} is a new identity.`));
  if (could && !can) {
    const why = now.state === 'suspended' ? 'it is suspended' : 'no pin of it is valid any more';
    said.push(
      danger(`${name} is refused on every gateway at once, and its open connections end: ${why}.`),
      note(`What ${name} has not delivered stays in its spool.`),
    );
  } else if (!could && can) {
    said.push(note(`${name} may connect, with ${counted(now.pins.length, 'certificate')}.`));
  } else if (was !== null && was.state !== now.state) {
    said.push(warning(`${name} is ${now.state}, and can connect no more than before: no pin is valid.`));
  } else if (was !== null && was.pins.join() !== now.pins.join()) {
    const ended = was.pins.filter((pin) => !now.pins.includes(pin));
    if (ended.length > 0) said.push(warning(`Open connections with ${ended.join(', ')} end.`));
    said.push(note(`${name} may connect with ${counted(now.pins.length, 'certificate')}.`));
  }
  for (const purpose of ['telemetry', 'evidence']) said.push(...ofPurpose(name, purpose, was, now));
  if (was === null && !now.verifies.has('telemetry')) {
    said.push(
      warning(`${name} has no telemetry key that verifies: nothing that it sends is accepted until it has.`),
    );
  }
  return said;
}

function ofPurpose(
  name: string,
  purpose: string,
  was: StandingIdentity | null,
  now: StandingIdentity,
): readonly Consequence[] {
  const had = was?.verifies.get(purpose) ?? [];
  const has = now.verifies.get(purpose) ?? [];
  if (had.length === has.length) return [];
  if (has.length > 0) return [note(`${name} has ${counted(has.length, `${purpose} key`)} that verify.`)];
  const only =
    had.length === 1
      ? `This is the only ${purpose} key of ${name} that verifies`
      : `These are all ${purpose} keys of ${name} that verify`;
  return [
    danger(`${only}: everything it sends with it is refused (signature_invalid) until another key is there.`),
  ];
}

function ofSigning(before: Standing, after: Standing): readonly Consequence[] {
  const scopes = [...new Set([...before.signs.keys(), ...after.signs.keys()])].sort();
  return scopes.flatMap((scope) => {
    const had = before.signs.get(scope) ?? [];
    const has = after.signs.get(scope) ?? [];
    if (had.join() === has.join()) return [];
    const whose = scope === '*' ? 'The general feedback' : `Tenant ${scope}'s feedback`;
    if (has.length > 0) {
      return [
        note(`${whose} is signed by ${has.at(-1)} from then on.`),
        ...(has.every((kid) => had.includes(kid))
          ? []
          : [warning('Agents that do not know the new key yet refuse what it signs.')]),
      ];
    }
    if (scope !== '*' && after.signs.has('*')) {
      return [warning(`${whose} is signed by the general key from then on; its agents must know that one.`)];
    }
    return [
      danger(`${whose} is signed by no key any more: queries are answered 503 until another is active.`),
    ];
  });
}

function ofTenants(before: Standing, after: Standing): readonly Consequence[] {
  return [...after.tenants].flatMap(([tenant, now]) => {
    const was = before.tenants.get(tenant);
    if (was === undefined) return [note(`${tenant} is a new tenant, active.`)];
    if (was.state === now.state) return [];
    const operators = [...after.operators.values()].filter((of) => of === tenant).length;
    if (now.state === 'active') {
      return [
        note(`Tenant ${tenant} is accepted from again: ${counted(operators, 'operator')} mapped to it.`),
      ];
    }
    return [
      danger(
        `Everything of tenant ${tenant} is refused on every gateway at once: ${counted(operators, 'operator')} mapped to it.`,
      ),
      note('Its agents keep what they have, and deliver it once the tenant is resumed.'),
    ];
  });
}

function ofOperators(before: Standing, after: Standing): readonly Consequence[] {
  const names = [...new Set([...before.operators.keys(), ...after.operators.keys()])].sort();
  return names.flatMap((operator) => {
    const was = before.operators.get(operator);
    const now = after.operators.get(operator);
    if (was === now) return [];
    if (was === undefined) return [note(`Events of operator ${operator} belong to tenant ${now}.`)];
    if (now === undefined) {
      return [danger(`Events of operator ${operator} are refused (operator_not_mapped). It was of ${was}.`)];
    }
    return [
      danger(
        `Events of operator ${operator} belong to tenant ${now} instead of ${was}; those before stay where they are, and requests that name ${was} are refused.`,
      ),
    ];
  });
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
