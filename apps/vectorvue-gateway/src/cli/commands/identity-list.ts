import { z } from 'zod';
import { listIdentities, listPins } from '../../store/read/list-trust.ts';
import { UNPINNED } from '../../trust/change-identity.ts';
import { isWithin } from '../../trust/trust-snapshot.ts';
import { cell } from '../answer.ts';
import { storeCommand } from '../command.ts';
import { defineCommand } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';

export const identityList = storeCommand({
  name: 'identity list',
  readOnly: true,
  input: z.strictObject({}),
  register: (program, submit) => {
    defineCommand(program, 'identity list', {
      summary: 'identities, their limits and pins',
      example: 'identity list --json',
    }).action((options) => submit('identity list', {}, options));
  },
  run: async (context) => {
    const pins = await listPins(context.db);
    const nowMs = context.now();
    const identities = (await listIdentities(context.db)).map((row) => ({
      identity: row.identity,
      operators: row.operators,
      tenants: row.tenants,
      spiffe_id: row.spiffe_id,
      state: row.state,
      source: row.source,
      pins: pins
        .filter((pin) => pin.identity === row.identity)
        .map((pin) => ({
          sha256: pin.sha256,
          not_before: pin.not_before?.toISOString() ?? null,
          not_after: pin.not_after?.toISOString() ?? null,
          source: pin.source,
          valid: isWithin(pin.not_before?.getTime() ?? null, pin.not_after?.getTime() ?? null, nowMs),
        })),
    }));
    return {
      json: { identities },
      table: {
        head: ['identity', 'operators', 'tenants', 'pin', 'valid', 'until', 'source', 'spiffe', 'state'],
        rows: identities.flatMap((row) => {
          const spiffe = row.spiffe_id ?? '-';
          const start = [row.identity, cell(row.operators), cell(row.tenants)];
          if (row.pins.length === 0) return [[...start, '-', 'no', '-', row.source, spiffe, row.state]];
          return row.pins.map((pin) => [
            ...start,
            pin.sha256,
            pin.valid ? 'yes' : 'no',
            untilCell(pin.not_after),
            pin.source,
            spiffe,
            row.state,
          ]);
        }),
      },
      lines: identities.length === 0 ? ['no identity is declared'] : [],
      exitCode: EXIT.ok,
    };
  },
});

function untilCell(notAfter: string | null): string {
  if (notAfter === null) return '-';
  return notAfter === UNPINNED.toISOString() ? 'unpinned' : notAfter;
}
