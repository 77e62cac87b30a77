import { type ExchangeRecord, listExchanges } from '../../keys/exchange-store.ts';
import { listOwnKeys } from '../../keys/own-keys.ts';
import type { State } from '../../state/open-state.ts';
import { instant } from '../format.ts';
import { type Check, fail, ok, warn } from './check.ts';

const DAY_MS = 86_400_000;

/** A rotation that has not come to its end, and what became of the exchanges of keys (PROTOCOL.md section 19). */
export function checkExchange(state: State, nowMs: number): readonly Check[] {
  const own = state.read(() => listOwnKeys(state.db));
  const pending = own
    .filter((one) => one.state === 'pending')
    .map((one) =>
      nowMs - one.createdAtMs > DAY_MS
        ? warn(
            `${one.purpose} key rotation`,
            `${one.kid} waits since ${instant(one.createdAtMs)}`,
            'key rotate goes on with it and says which gateway has not confirmed',
          )
        : ok(`${one.purpose} key rotation`, `${one.kid} is prepared`),
    );
  return [...pending, ...state.read(() => listExchanges(state.db)).map(checkOne)];
}

function checkOne(one: ExchangeRecord): Check {
  const name = 'key exchange';
  const where = `${one.gateway}, tenant ${one.tenantId}`;
  switch (one.outcome) {
    case 'exchanged':
      return ok(name, `${where}: ${instant(one.exchangedAtMs)}`);
    case 'unsupported':
      return ok(name, `${where}: not known there, keys go by file (key export, key import)`);
    case 'failed':
      return warn(name, `${where}: ${one.code}: ${one.detail}`, 'key exchange tries again and says why');
    case 'refused':
      return fail(
        name,
        `${where}: ${one.code}: ${one.detail}`,
        'find out who answered there; if the gateway changed its keys without us, take them by file (key import)',
      );
  }
}
