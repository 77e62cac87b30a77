import type { Statement } from '../database.ts';
import { COMMIT_PARAMETERS } from '../migrations/commit-parameters.ts';

export const COMMIT_REQUESTS: Statement = {
  name: 'commit_requests_v1',
  text: `SELECT verdicts, retry_after, fates, first_sequence, leaves
           FROM commit_requests_v1(${COMMIT_PARAMETERS.map((_, index) => `$${index + 1}`).join(', ')})`,
};
