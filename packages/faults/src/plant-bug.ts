import { join } from 'node:path';
import { type Patch, patchedBuild } from '@nyxera/federation-testing';
import { GATEWAY } from './gateway-process.ts';

export type PlantedBug =
  | 'acknowledge-before-commit'
  | 'skip-nonce-check'
  | 'drop-audit-entry'
  | 'drop-finding'
  | 'answer-500-on-outage'
  | 'put-off-what-is-stored';

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
  'drop-finding': {
    file: 'dist/store/migrations/0006-audit.js',
    place: 'CREATE INDEX audit_log_by_request ON audit_log (request_id);',
    planted: `CREATE INDEX audit_log_by_request ON audit_log (request_id);
CREATE FUNCTION planted_bug() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER planted_bug BEFORE INSERT ON findings FOR EACH ROW EXECUTE FUNCTION planted_bug();`,
  },
  'answer-500-on-outage': {
    file: 'dist/accept/judge-and-commit.js',
    place: "return problem('service_unavailable', { retryAfterSeconds: RETRY_AFTER_SECONDS });",
    planted: "return problem('internal_error');",
  },
  // The first one only, so that a retry finds its event there.
  'put-off-what-is-stored': {
    file: 'dist/accept/judge-and-commit.js',
    place: 'const answer = answerOutcome(gateway, verdict, outcome);',
    planted: `const first = outcome?.status === 'committed' && globalThis.planted === undefined;
        globalThis.planted = first || globalThis.planted;
        const answer = answerOutcome(gateway, verdict, first ? { status: 'unavailable' } : outcome);`,
  },
};

/** A copy of the built gateway in `directory` with one bug in it, and the path of that copy. */
export function plantBug(bug: PlantedBug, directory: string): string {
  return patchedBuild(GATEWAY, join(directory, `gateway-${bug}`), PATCHES[bug]);
}
