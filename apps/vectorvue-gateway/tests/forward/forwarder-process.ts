import { createCommit } from '../../src/commit/commit-to-database.ts';
import { loadForwardSettings } from '../../src/forward/load-settings.ts';
import { startForwarding } from '../../src/forward/start-forwarding.ts';
import { createLogger } from '../../src/logging.ts';
import { createMetrics } from '../../src/metrics.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { event, newParty, telemetry } from '../store/requests.ts';

/**
 * `node forwarder-process.ts DATABASE_URL|embedded DATA_DIR SETTINGS_FILE`: forwards, and commits five events at a
 * time, until it is killed. Prints a line for each commit.
 */
const [url = '', dataDir = '', settingsPath = ''] = process.argv.slice(2);
const databaseUrl = url === 'embedded' ? null : url;
const loaded = loadForwardSettings(settingsPath);
if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
const logger = createLogger('warn');
const db = await openDatabase({ databaseUrl, dataDir, role: 'serve', logger });
await startForwarding({
  destinations: loaded.destinations,
  store: { databaseUrl, dataDir, autoMigrate: false },
  db,
  registry: createMetrics().registry,
  logger,
  clock: { now: () => Date.now() },
});
const commit = createCommit(db, {
  nonceTtlSeconds: 120,
  nonceLimitPerIdentity: 1_000_000,
  rateLimitPerMinute: 0,
});
const party = newParty();
for (let n = 0; ; n += 5) {
  const items = [0, 1, 2, 3, 4].map((index) => event(`e${n + index}`));
  await commit([telemetry(party, items, { endpoint: 'telemetry-batch' })]);
  process.stdout.write('committed\n');
}
