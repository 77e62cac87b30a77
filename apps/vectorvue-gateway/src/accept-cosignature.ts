import {
  accept,
  cosignatureTime,
  cosignatureVerifier,
  isKeyName,
  openNote,
  parseAuditCosignature,
  parseNote,
  type Result,
  reject,
} from '@nyxera/federation-protocol';
import { type Answer, success } from './accept/answer.ts';
import { authenticate } from './accept/authenticate.ts';
import { checkHeaderAgreement } from './accept/check-agreement.ts';
import { checkStanding } from './accept/check-standing.ts';
import type { Dossier } from './accept/dossier.ts';
import type { AuditLog, Gateway } from './accept/gateway.ts';
import type { InboundRequest } from './accept/inbound-request.ts';
import { judgeAndCommit } from './accept/judge-and-commit.ts';
import { parseBody } from './accept/parse-body.ts';
import type { StoredCheckpoint } from './audit/log-reader.ts';

/**
 * `POST /internal/v1/audit/cosignature` (PROTOCOL.md section 19): a peer that found the checkpoint of that size to
 * continue what it saw before hands in its cosignature, by its key of purpose witness. It is kept beside the checkpoint
 * and served with it.
 *
 * It is written before the commit that claims the nonce: it proves itself, so the same one twice, or one whose request
 * turns out to be a replay, changes nothing.
 */
export function acceptCosignature(gateway: Gateway, log: AuditLog, request: InboundRequest): Promise<Answer> {
  const { checks } = gateway;
  return judgeAndCommit(gateway, request, async (dossier, attempt) => {
    const vouched = await authenticate(gateway, dossier, attempt); //                          steps 4 to 6
    if (!vouched.ok) return vouched;
    const { peer, signed } = vouched.value;

    const json = parseBody(dossier, checks.requireCanonicalJson); //                           step 7
    if (!json.ok) return json;
    const body = parseAuditCosignature(json.value.value);
    if (!body.ok) return body;
    const agreement = checkHeaderAgreement(body.value, signed); //                             step 8
    if (!agreement.ok) return agreement;
    const standing = checkStanding(dossier, peer.trusted, signed.key); //                      step 10
    if (!standing.ok) return standing;

    const { size } = body.value;
    const checkpoint = await log.reader.checkpointOfSize(size);
    if (checkpoint === null)
      return reject('schema_invalid', 'the log has signed no tree of this size', '/size');
    const witnessed = verifyCosignature(dossier, peer.name, checkpoint, `${body.value.cosignature}\n`);
    if (!witnessed.ok) return witnessed;
    const { kid, witnessedAt } = witnessed.value;
    if (witnessedAt > gateway.clock.now() / 1000 + checks.skewSeconds) {
      return reject('timestamp_out_of_window', 'the cosignature is of the future');
    }
    const first = await log.reader.keepCosignature({
      size,
      identity: peer.name,
      kid,
      line: `${body.value.cosignature}\n`,
      witnessedAt,
      requestId: request.requestId,
      receivedAtMs: request.receivedAtMs,
    });
    return accept({
      rateLimit: null,
      effect: { kind: 'noted', subject: `${size} ${kid}` },
      answer: () =>
        success(200, { request_id: request.requestId, status: 'accepted', size, duplicate: !first }), // step 14
    });
  });
}

/** By a witness key of this very identity, whose name is the key's name. */
function verifyCosignature(
  dossier: Dossier,
  identity: string,
  checkpoint: StoredCheckpoint,
  line: string,
): Result<{ readonly kid: string; readonly witnessedAt: number }> {
  const { trust, request } = dossier;
  const note = parseNote(checkpoint.note);
  if (!note.ok || !isKeyName(identity)) return notOurs();
  const cosigned = `${note.value.text}\n${line}`;
  for (const key of trust.verifyKeys(identity, 'witness', request.receivedAtMs)) {
    const opened = openNote(cosigned, [cosignatureVerifier(identity, key.key)]);
    if (!opened.ok) continue;
    const [cosignature] = opened.value.signatures;
    const witnessedAt = cosignature === undefined ? null : cosignatureTime(cosignature.signature);
    if (witnessedAt !== null) return accept({ kid: key.kid, witnessedAt });
  }
  return notOurs();
}

function notOurs(): Result<never> {
  return reject('signature_invalid', 'no witness key of this identity made the cosignature');
}
