import { loadStoreSettings } from '../../config.ts';
import { forwardStatus } from '../commands/forward-status.ts';
import type { CliIo } from '../io.ts';
import { runStoreCommand } from '../run-store-command.ts';
import { type Check, faulty, ok, warning } from './doctor-command.ts';
import { readDestinations } from './read-destinations.ts';

/** Age of the first entry that a destination has not acknowledged from which on it is a warning. Seconds. */
const LAG_WARNING_SECONDS = 3600;

/** What `forward status --json` says of one destination, as far as it is looked at here. */
export interface ForwardRow {
  readonly destination: string;
  readonly lag_entries: number;
  readonly lag_seconds: number;
  readonly failing_since: string | null;
  readonly error_code: string | null;
  readonly error_detail: string | null;
}

/** The destinations of the settings file. What is wrong with the file or with the database is not told again. */
export async function checkForwarding(io: CliIo): Promise<readonly Check[]> {
  const store = loadStoreSettings(io.environment);
  const names = destinationsOf(io);
  if (!store.ok || names.length === 0) return [];
  const listed = await runStoreCommand(io, store.value, forwardStatus, {}).catch(() => null);
  if (listed === null) return [];
  const rows = listed.json.destinations as unknown as readonly ForwardRow[];
  return names.map((name) =>
    judgeDestination(
      name,
      rows.find(({ destination }) => destination === name),
    ),
  );
}

function destinationsOf(io: CliIo): readonly string[] {
  try {
    return readDestinations(io).map(({ name }) => name);
  } catch {
    return [];
  }
}

export function judgeDestination(destination: string, row: ForwardRow | undefined): Check {
  const name = `forwarding ${destination}`;
  if (row === undefined) {
    return warning(
      name,
      'nothing was forwarded yet',
      'a running gateway with this settings file begins by itself',
    );
  }
  const behind = `${row.lag_entries} entries and ${Math.round(row.lag_seconds)} s behind`;
  if (row.failing_since !== null) {
    return faulty(
      name,
      `fails since ${row.failing_since}: ${row.error_code} (${row.error_detail ?? ''}), ${behind}`,
      `vectorvue-gateway forward test ${destination} tries it now; nothing is lost meanwhile`,
    );
  }
  return row.lag_seconds > LAG_WARNING_SECONDS
    ? warning(name, behind, 'does a gateway with this settings file run? If so the receiver is too slow')
    : ok(name, behind);
}
