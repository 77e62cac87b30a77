import { ERROR_CODES, type Traceparent, type WireErrorCode } from '@nyxera/federation-protocol';
import { classOfCode } from '../audit/classify.ts';
import type { Logger } from '../logging.ts';
import type { Endpoint } from '../store/commit-types.ts';
import { createRefusalSampler } from './refusal-sampler.ts';

/** What is known about a request that nobody vouched for. */
export interface UnvouchedRequest {
  readonly requestId: string;
  /** null: the path is none of ours. */
  readonly endpoint: Endpoint | null;
  readonly peerSha256: string | null;
  /** The address that the connection came from; null: not known any more. */
  readonly clientAddress: string | null;
  /** The trace that the peer says it belongs to; hex, and nothing else of what it sent. */
  readonly trace?: Traceparent | null;
  readonly receivedAtMs: number;
}

/** What is known about a request whose decision is in the audit log. */
export interface DecidedRequest extends UnvouchedRequest {
  readonly identity: string | null;
  readonly tenantId: string | null;
  readonly kid: string | null;
}

/** The lines that requests leave in the log, and the sampled ones among them in the audit log. */
export interface Journal {
  /** A refusal before step 4, a 429 or a 503: written down up to a number per minute and code. */
  sampled(request: UnvouchedRequest, code: WireErrorCode): Promise<void>;
  /** Sent away with 503 because this process protects itself. `reason` from a closed set. */
  shed(request: UnvouchedRequest, reason: string): void;
  /** A refusal that the commit has audited. */
  refused(request: DecidedRequest, code: WireErrorCode, path: string | undefined): void;
  accepted(request: DecidedRequest, status: number): void;
  /** Something that is no request: a handshake, a line that is not HTTP. `reason` from a closed set. */
  stranger(event: string, reason: string, clientAddress: string | null): void;
}

export interface JournalParts {
  readonly logger: Logger;
  readonly samplesPerMinute: number;
  readonly now: () => number;
  /** Appends an audit entry of class security outside any commit. May fail. */
  readonly audit: (request: UnvouchedRequest, code: WireErrorCode) => Promise<void>;
}

export function createJournal(parts: JournalParts): Journal {
  const sampler = createRefusalSampler(parts.samplesPerMinute);
  const { logger } = parts;
  return {
    sampled: async (request, code) => {
      if (!sampler.take(code, parts.now())) return;
      logger.warn('request.refused', { ...unvouchedFields(request), ...codeFields(code), sampled: true });
      // With the store away there is nowhere to write it, and waiting for it would be worse.
      if (code === 'service_unavailable' || code === 'internal_error') return;
      try {
        await parts.audit(request, code);
      } catch {
        logger.warn('audit.sample_lost', { request_id: request.requestId });
      }
    },
    shed: (request, reason) => {
      if (!sampler.take(`shed ${reason}`, parts.now())) return;
      logger.warn('request.shed', { ...unvouchedFields(request), reason, sampled: true });
    },
    refused: (request, code, path) => {
      logger.warn('request.refused', { ...decidedFields(request), ...codeFields(code), path });
    },
    accepted: (request, status) => {
      if (logger.isDebug()) logger.debug('request.accepted', { ...decidedFields(request), status });
    },
    stranger: (event, reason, client) => {
      if (sampler.take(`${event} ${reason}`, parts.now()))
        logger.warn(event, { class: 'security', reason, client, sampled: true });
    },
  };
}

function codeFields(code: WireErrorCode) {
  const status = ERROR_CODES[code].httpStatus;
  return classOfCode(code) === 'security' ? { code, status, class: 'security' } : { code, status };
}

function unvouchedFields(request: UnvouchedRequest) {
  const { requestId, endpoint, peerSha256, clientAddress, trace } = request;
  const fields = { request_id: requestId, endpoint, peer_sha256: peerSha256, client: clientAddress };
  return trace == null ? fields : { ...fields, trace_id: trace.traceId, parent_span_id: trace.parentId };
}

function decidedFields(request: DecidedRequest) {
  const { identity, tenantId, kid } = request;
  return { ...unvouchedFields(request), identity, tenant_id: tenantId, kid };
}
