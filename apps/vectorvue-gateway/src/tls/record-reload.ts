import { canonicalizeCompat } from '@nyxera/federation-protocol';
import { v7 as uuidv7 } from 'uuid';
import { appendAudit } from '../audit/append.ts';
import type { ConfigFault, TlsSettings } from '../config/gateway-config.ts';
import { describeFault, type Logger } from '../logging.ts';
import type { Metrics } from '../metrics.ts';
import type { Database } from '../store/database.ts';
import { expiriesOf } from './expiries.ts';

/** What made the gateway look: a signal, or files that changed. */
export type ReloadCause = 'signal' | 'files';

export interface ReloadRecorder {
  loaded(cause: ReloadCause, tls: TlsSettings, fields: { readonly workers?: number }): Promise<void>;
  /** What is loaded stays as a whole: half a change would be one that nobody meant. */
  refused(cause: ReloadCause, faults: readonly ConfigFault[]): Promise<void>;
}

export interface RecorderParts {
  readonly db: Database;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'reloaded'>;
}

/**
 * A reload in the log, in the metrics and in the audit log: class trust, action `tls.reload`, code `changed`, or that of
 * the first fault (`key_mismatch`, `crl_expired`, …), or `refused` where it has none. The subject says what is loaded
 * (fingerprints, no content) or every fault.
 */
export function createReloadRecorder({ db, logger, metrics }: RecorderParts): ReloadRecorder {
  const audit = async (cause: ReloadCause, code: string, subject: Record<string, readonly string[]>) => {
    const draft = {
      requestId: uuidv7(),
      class: 'trust' as const,
      action: 'tls.reload',
      actor: `gateway:${cause}`,
      code,
      subject: canonicalizeCompat(subject),
      operatorId: null,
      tenantId: null,
      kid: null,
      peerSha256: null,
      evidenceSha256: null,
    };
    try {
      await db.transaction((tx) => appendAudit(tx, [draft]));
    } catch (fault) {
      // A certificate must not wait for a database that is away; the log line above stands.
      logger.warn('audit.reload_lost', describeFault(fault));
    }
  };
  return {
    loaded: async (cause, tls, fields) => {
      metrics.reloaded('loaded');
      logger.info('reload.loaded', { cause, ...fields });
      const subject: Record<string, string[]> = {};
      for (const { what, sha256, atMs } of expiriesOf(tls)) {
        subject[what] = [...(subject[what] ?? []), `${sha256} until ${new Date(atMs).toISOString()}`];
      }
      await audit(cause, 'changed', subject);
    },
    refused: async (cause, faults) => {
      metrics.reloaded('refused');
      logger.error('reload.refused', {
        cause,
        codes: faults.flatMap(({ code }) => code ?? []),
        faults: faults.map(({ variable, problem }) => `${variable} ${problem}`),
      });
      const texts = faults.map(({ variable, problem }) => `${variable} ${problem}`);
      await audit(cause, faults[0]?.code ?? 'refused', { faults: texts });
    },
  };
}
