import { createHash } from 'node:crypto';
import { watchFiles } from '@nyxera/federation-certificates';
import type { ConfigResult, GatewayConfig } from '../config/gateway-config.ts';
import { loadConfig, loadTlsSettings } from '../config.ts';
import { describeFault } from '../logging.ts';
import type { Reloadable } from '../serve.ts';
import { createReloadRecorder, type RecorderParts, type ReloadCause } from './record-reload.ts';

/** How long files may disagree while somebody replaces them one after the other, before it is said. Milliseconds. */
const GRACE_MS = 2000;

export interface ReloadParts extends RecorderParts {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What the process started with. */
  readonly config: Pick<GatewayConfig, 'tls' | 'feedback'>;
  /** Hands it to whoever serves; answers with what the log shall say of it. */
  readonly give: (next: Reloadable) => Promise<{ readonly workers?: number }>;
}

export interface ReloadFollower extends Disposable {
  /** SIGHUP: the whole configuration is read, and the certificates and rules of it are taken. */
  onSignal(): void;
  /** Somebody else has loaded this. */
  adopt(next: Reloadable): void;
}

/**
 * Certificates, key, CA and revocation lists as their files have them: after SIGHUP at once, after a change of the files
 * as soon as they fit each other. Files that do not fit are no fault for a moment; then what is wrong is said once, and
 * what is loaded stays. One reload after the other: what was read last must be what is loaded in the end.
 */
export function followReloads(parts: ReloadParts): ReloadFollower {
  const { environment, logger, give } = parts;
  const recorder = createReloadRecorder(parts);
  let current: Reloadable = { tls: parts.config.tls, rules: parts.config.feedback.rules };
  let known = digestOf({ ok: true, value: current.tls });
  let tail: Promise<void> = Promise.resolve();
  let grace: NodeJS.Timeout | null = null;

  const queue = (work: () => Promise<void>): void => {
    tail = tail.then(work).catch((fault: unknown) => logger.error('reload.failed', describeFault(fault)));
  };
  const take = async (cause: ReloadCause, next: Reloadable): Promise<void> => {
    current = next;
    watch.follow(next.tls.files);
    const fields = await give(next);
    await recorder.loaded(cause, next.tls, fields);
  };
  const onSignal = async (): Promise<void> => {
    const read = await loadConfig(environment);
    if (!read.ok) {
      known = digestOf(read);
      return recorder.refused('signal', read.faults);
    }
    const { tls, feedback } = read.value;
    known = digestOf({ ok: true, value: tls });
    await take('signal', { tls, rules: feedback.rules });
  };
  const onFiles = async (isLast: boolean): Promise<void> => {
    const read = await loadTlsSettings(environment);
    const digest = digestOf(read);
    if (digest === known) return;
    if (read.ok) {
      known = digest;
      await take('files', { ...current, tls: read.value });
    } else if (isLast) {
      known = digest;
      await recorder.refused('files', read.faults);
    } else {
      grace ??= setTimeout(() => {
        grace = null;
        queue(() => onFiles(true));
      }, GRACE_MS).unref();
    }
  };
  const watch = watchFiles(current.tls.files, () => queue(() => onFiles(false)));
  // What was read at the start may be another file by now: nobody looked meanwhile.
  queue(() => onFiles(false));
  return {
    onSignal: () => queue(onSignal),
    adopt: (next) => {
      current = next;
      known = digestOf({ ok: true, value: next.tls });
      watch.follow(next.tls.files);
    },
    [Symbol.dispose]: () => {
      watch.close();
      if (grace !== null) clearTimeout(grace);
    },
  };
}

/** The same reading twice is one piece of news; a private key is not kept for that. */
function digestOf(read: ConfigResult<unknown>): string {
  const text = JSON.stringify(read.ok ? read.value : read.faults);
  return createHash('sha256').update(text).digest('hex');
}
