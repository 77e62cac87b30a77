import { loadStoreSettings } from '../../config.ts';
import type { CommandResult } from '../command.ts';
import { storeStatus } from '../commands/store-status.ts';
import { describeFault } from '../describe-fault.ts';
import type { CliIo } from '../io.ts';
import { runStoreCommand } from '../run-store-command.ts';
import { type Check, faulty, ok, skipped, warning } from './doctor-command.ts';

/** PROTOCOL.md section 4: readiness fails beyond this. Milliseconds. */
const MAX_CLOCK_DIFFERENCE_MS = 5000;

/** The database, asked where it is: version, schema, clock, trust. */
export async function checkDatabase(io: CliIo): Promise<readonly Check[]> {
  const store = loadStoreSettings(io.environment);
  if (!store.ok) return [skipped('database', 'the configuration does not say where it is')];
  let status: CommandResult['json'];
  try {
    ({ json: status } = await runStoreCommand(io, store.value, storeStatus, {}));
  } catch (fault) {
    const { code, message } = describeFault(fault);
    return code === 'no_database'
      ? [warning('database', 'there is none yet', 'run migrate or serve')]
      : [faulty('database', code, message)];
  }
  return [
    ok('database', `${status.kind}, PostgreSQL ${status.version}`),
    migrationCheck(
      Number(status.migrations_newest),
      Number(status.migrations_known),
      status.migrations_refusal,
    ),
    clockCheck(Number(status.clock_difference_ms)),
    trustCheck(Number(status.trust_version), status.trust_faults),
    rotationCheck(status.rotations_unconfirmed),
  ];
}

function migrationCheck(newest: number, known: number, refusal: unknown): Check {
  if (newest < known) return faulty('migrations', `${newest} of ${known}`, 'run vectorvue-gateway migrate');
  if (typeof refusal === 'string') {
    const found = `the database is at ${newest}, this program knows ${known}`;
    return newest > known
      ? faulty('migrations', found, 'use the newer release')
      : faulty('migrations', refusal, 'run vectorvue-gateway migrate --plan');
  }
  return newest === known
    ? ok('migrations', `${newest} of ${known}`)
    : ok('migrations', `${newest}, made by a newer release, beside which this one (${known}) may run`);
}

function clockCheck(differenceMs: number): Check {
  const found = `${differenceMs} ms between this process and the database`;
  return differenceMs <= MAX_CLOCK_DIFFERENCE_MS
    ? ok('clock', found)
    : faulty('clock', found, 'synchronise both clocks (NTP); the gateway is not ready like this');
}

function trustCheck(version: number, faults: unknown): Check {
  const named = Array.isArray(faults) ? faults.map(String) : [];
  if (named.length === 0) return ok('trust', `version ${version}`);
  return faulty('trust', named.join('; '), 'revoke the key and import a valid one');
}

function rotationCheck(kids: unknown): Check {
  const late = Array.isArray(kids) ? kids.map(String) : [];
  if (late.length === 0) return ok('key rotation', 'nobody is waited for too long');
  return faulty(
    'key rotation',
    `not confirmed in time: ${late.join(', ')}`,
    'key rotate --status says by whom; let that agent exchange keys, give it the key by file, or key rotate --force',
  );
}
