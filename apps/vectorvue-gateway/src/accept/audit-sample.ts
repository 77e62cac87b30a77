import type { WireErrorCode } from '@nyxera/federation-protocol';
import { appendAudit } from '../audit/append.ts';
import { classOfCode } from '../audit/classify.ts';
import { ACTION } from '../commit/audit-candidates.ts';
import { STRANGER } from '../security/how-written.ts';
import type { Database } from '../store/database.ts';
import type { UnvouchedRequest } from './journal.ts';

/** A refusal that nobody vouched for, as an audit entry of its own (PROTOCOL.md section 5, before step 4). */
export async function auditSample(
  db: Database,
  request: UnvouchedRequest,
  code: WireErrorCode,
): Promise<void> {
  await db.transaction((tx) =>
    appendAudit(tx, [
      {
        requestId: request.requestId,
        class: classOfCode(code),
        action: request.endpoint === null ? 'unknown_path' : ACTION[request.endpoint],
        actor: STRANGER,
        code,
        subject: null,
        operatorId: null,
        tenantId: null,
        kid: null,
        peerSha256: request.peerSha256,
        clientAddress: request.clientAddress,
        evidenceSha256: null,
      },
    ]),
  );
}
