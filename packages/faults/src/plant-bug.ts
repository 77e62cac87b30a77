import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GATEWAY } from './gateway-process.ts';

export type PlantedBug = 'acknowledge-before-commit' | 'skip-nonce-check' | 'drop-audit-entry';

interface Patch {
  readonly file: string;
  readonly place: string;
  readonly planted: string;
}

const COMMIT = 'dist/store/migrations/0008-commit-requests.js';
const PATCHES: Readonly<Record<PlantedBug, Patch>> = {
  'acknowledge-before-commit': {
    file: 'dist/accept/judge-and-commit.js',
    place: 'const [outcome] = await gateway.commit([',
    planted: `if (verdict.ok) {
            void Promise.resolve(gateway.commit([accepted(dossier, verdict.value)])).catch(() => undefined);
            return verdict.value.answer({ status: 'accepted', sequence: 0, leafHash: '' });
        }
        const [outcome] = await gateway.commit([`,
  },
  'skip-nonce-check': { file: COMMIT, place: 'WHERE living.expires_at <= clock\n', planted: 'WHERE true\n' },
  // Every fourth entry is written, answered for, and gone again before the transaction ends.
  'drop-audit-entry': {
    file: 'dist/store/migrations/0006-audit.js',
    place: 'CREATE INDEX audit_log_by_request ON audit_log (request_id);',
    planted: `CREATE INDEX audit_log_by_request ON audit_log (request_id);
CREATE FUNCTION planted_bug() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = federation, pg_temp
AS $$ BEGIN DELETE FROM audit_log WHERE sequence = NEW.sequence AND sequence % 4 = 3; RETURN NULL; END $$;
CREATE TRIGGER planted_bug AFTER INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION planted_bug();`,
  },
};

/**
 * A copy of the built gateway in `directory` with one bug in it, and the path of that copy. The workspace's own
 * build is only read. Throws where the place is not found exactly once: a bug that was not planted proves nothing.
 */
export function plantBug(bug: PlantedBug, directory: string): string {
  const copy = join(directory, `gateway-${bug}`);
  mkdirSync(copy);
  for (const part of ['bin', 'dist', 'package.json']) {
    cpSync(join(GATEWAY, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(GATEWAY, 'node_modules'), join(copy, 'node_modules'));
  const { file, place, planted } = PATCHES[bug];
  const text = readFileSync(join(copy, file), 'utf8');
  if (text.split(place).length !== 2) throw new Error(`the place for the bug "${bug}" is not in ${file}`);
  writeFileSync(
    join(copy, file),
    text.replace(place, () => planted),
  );
  return copy;
}
