import { accept, type Result, reject } from '@nyxera/federation-protocol';
import { type Answer, success } from './accept/answer.ts';
import type { AuditTarget } from './accept/audit-target.ts';
import { authenticate } from './accept/authenticate.ts';
import { checkStanding, isShown } from './accept/check-standing.ts';
import type { Dossier } from './accept/dossier.ts';
import type { AuditLog, Gateway } from './accept/gateway.ts';
import type { InboundRequest } from './accept/inbound-request.ts';
import { judgeAndCommit } from './accept/judge-and-commit.ts';
import type { ProvenRequest } from './audit/log-reader.ts';

/**
 * Signed GETs of the audit log (PROTOCOL.md section 19): checkpoint, tiles, receipts. The order is that of section 5
 * without the steps about a body; what is signed in its place is the path, which `request.body` holds. As everywhere
 * the nonce is claimed, so each of them is an entry of the log itself: whom it was shown to is part of the record.
 * What a tile holds is public to every pinned identity that is not confined to suspended tenants; a receipt is for the
 * identity whose request it is about.
 */
export function acceptAuditRead(
  gateway: Gateway,
  log: AuditLog,
  target: AuditTarget,
  request: InboundRequest,
): Promise<Answer> {
  return judgeAndCommit(gateway, request, async (dossier, attempt) => {
    const vouched = await authenticate(gateway, dossier, attempt); //                          steps 4 to 6
    if (!vouched.ok) return vouched;
    const { peer, signed } = vouched.value;

    const standing = checkStanding(dossier, peer.trusted, signed.key); //                      step 10
    if (!standing.ok) return standing;

    const answer = await read(log, target, peer.name, dossier);
    if (!answer.ok) return answer;
    return accept({
      rateLimit: null,
      effect: { kind: 'noted', subject: target.name },
      answer: () => answer.value, //                                                           step 14
    });
  });
}

async function read(
  log: AuditLog,
  target: AuditTarget,
  identity: string,
  dossier: Dossier,
): Promise<Result<Answer>> {
  switch (target.kind) {
    case 'checkpoint': {
      const note = await log.reader.checkpoint();
      return note === null ? nothing() : content('text/plain; charset=utf-8', Buffer.from(note, 'utf8'));
    }
    case 'tile': {
      const bytes = await log.reader.tile(target.tile);
      return bytes === null ? nothing() : content('application/octet-stream', bytes);
    }
    case 'receipt': {
      const proven = await log.reader.prove(target.requestId, identity);
      if (proven.entries.some((entry) => !isShown(dossier, entry.tenantId))) {
        return reject('tenant_mapping_violation', 'the request is of a tenant that is suspended');
      }
      const { requestId } = dossier.request;
      return proven.entries.length === 0 ? nothing() : accept(receipts(log.origin, requestId, proven));
    }
  }
}

function receipts(origin: string, requestId: string, { note, entries }: ProvenRequest): Answer {
  return success(200, {
    request_id: requestId,
    status: 'accepted',
    log: origin,
    checkpoint: note,
    entries: entries.map(({ sequence, entry, disclosure, leafHash, proof }) => ({
      sequence,
      leaf_hash: Buffer.from(leafHash).toString('hex'),
      entry,
      disclosure,
      proof: proof === null ? null : proof.map((hash) => Buffer.from(hash).toString('base64')),
    })),
  });
}

function content(mediaType: string, bytes: Uint8Array): Result<Answer> {
  return accept({ kind: 'content', mediaType, bytes });
}

/** One answer for what is not there yet and for what is somebody else's. */
function nothing(): Result<never> {
  return reject('not_found', 'the log has nothing under this path');
}
