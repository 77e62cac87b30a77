import { bundleHash } from '@nyxera/federation-protocol';
import { openCommitments, parseObject } from '@nyxera/federation-protocol/audit-proof';
import {
  type Inclusion,
  type InclusionAnswer,
  type Verdict,
  verifyEntryInclusion,
} from '../../verify/index.ts';
import type { EventDetail, OpenedEvidence } from './open-evidence.ts';

export interface EntryCheck {
  readonly id: 'inclusion' | 'entry' | 'disclosure' | 'evidence';
  readonly title: string;
  readonly verdict: 'ok' | 'bad' | 'unknown';
  readonly says: string;
}

export interface CheckedEntry {
  readonly inclusion: Verdict<Inclusion>;
  readonly checks: readonly EntryCheck[];
}

/**
 * Whether the entry of the log is where the signed checkpoint says, and is about this very event and these very bytes. Pure.
 * Evidence that was replaced as a whole, with a key and signature that fit, is another than the log committed to.
 */
export function checkEntry(
  detail: EventDetail,
  opened: OpenedEvidence | null,
  entry: { readonly entry: string; readonly disclosure: string },
  proof: InclusionAnswer,
  trusted: string | null,
): CheckedEntry {
  const { event, evidence } = detail;
  const inclusion = verifyEntryInclusion(entry.entry === '' ? null : entry.entry, proof, trusted);
  const members = parseObject(entry.entry);
  const isOfRequest = members?.request_id === event.request_id && members.sequence === proof.sequence;
  const checks: EntryCheck[] = [
    {
      id: 'inclusion',
      title: 'In the signed log',
      verdict: inclusion.ok ? 'ok' : 'bad',
      says: inclusion.ok
        ? `the path of ${proof.proof.length} hashes leads from the entry to the root that the log signed`
        : `${inclusion.code}: ${inclusion.detail}`,
    },
  ];
  if (members === null) {
    return {
      inclusion,
      checks: [
        ...checks,
        {
          id: 'entry',
          title: 'Its text',
          verdict: 'unknown',
          says: 'retention has removed it; the leaf hash stands',
        },
      ],
    };
  }
  const disclosed = openCommitments(members.commitments, entry.disclosure);
  const subject = disclosed.ok ? disclosedValue(disclosed.disclosure.subject) : null;
  const isBody =
    evidence !== null &&
    opened !== null &&
    members.evidence_sha256 === bundleHash(opened.body) &&
    members.kid === evidence.kid &&
    members.peer_sha256 === evidence.peer_sha256 &&
    members.actor === evidence.identity;
  return {
    inclusion,
    checks: [
      ...checks,
      judged(
        'entry',
        'Of this request',
        isOfRequest,
        'it names this request and its own place in the log',
        'it is of another request or place',
      ),
      judged(
        'disclosure',
        'About this event',
        subject === event.event_id,
        'what it committed to opens to this event',
        'what is disclosed is not what it committed to, or is another event',
      ),
      evidence === null
        ? {
            id: 'evidence',
            title: 'These bytes',
            verdict: 'unknown',
            says: 'the bytes have been removed by retention',
          }
        : judged(
            'evidence',
            'These bytes',
            isBody,
            'it names the hash of these bytes, this key, this certificate and this identity',
            'it is about other bytes, another key or another peer than are stored now',
          ),
    ],
  };
}

function judged(id: EntryCheck['id'], title: string, ok: boolean, good: string, bad: string): EntryCheck {
  return { id, title, verdict: ok ? 'ok' : 'bad', says: ok ? good : bad };
}

function disclosedValue(disclosed: unknown): string | null {
  const value = (disclosed as { readonly value?: unknown } | undefined)?.value;
  return typeof value === 'string' ? value : null;
}
