import { describeFiles } from '@nyxera/federation-certificates';
import type { ConfigResult, TlsSettings } from '../config.ts';
import { type Credentials, readCredentials } from './credentials.ts';

/** How often the files are looked at, at most; between requests, never by a timer. Milliseconds. */
const LOOK_EVERY_MS = 250;
/** How long files may disagree while somebody replaces them one after the other, before it is said. Milliseconds. */
const GRACE_MS = 2000;

/** `refused`: what is wrong, by setting; what was there before is still used. */
export type CredentialNews =
  | { readonly kind: 'taken'; readonly certSha256: string }
  | { readonly kind: 'refused'; readonly problems: readonly string[] };

export interface FollowOptions {
  /** Reads the settings anew, with every check of the start. */
  readonly load: () => Promise<ConfigResult<TlsSettings>>;
  /** Besides those that the settings name: the settings' own file. */
  readonly alsoFiles: readonly string[];
  readonly onNews: (news: CredentialNews) => void;
  /** Milliseconds that only grow. */
  readonly elapsed: () => number;
}

/**
 * Certificate, key, CA and server pins as their files have them, for a run that outlives a renewal. Looked at before a
 * request. Half a change is none: what does not pass every check of the start changes nothing.
 */
export class CredentialFollower {
  readonly #options: FollowOptions;
  #files: readonly string[];
  #seen: string;
  #nextLook: number;
  #wrongSince: number | null = null;
  #looking: Promise<Credentials | null> | null = null;

  constructor(tls: TlsSettings, options: FollowOptions) {
    this.#options = options;
    this.#files = filesOf(tls, options.alsoFiles);
    this.#seen = describeFiles(this.#files);
    this.#nextLook = options.elapsed() + LOOK_EVERY_MS;
  }

  /** Others than those in use; null: go on with them. */
  look(): Promise<Credentials | null> {
    const now = this.#options.elapsed();
    if (this.#looking !== null) return this.#looking;
    if (now < this.#nextLook) return NOTHING;
    this.#nextLook = now + LOOK_EVERY_MS;
    const found = describeFiles(this.#files);
    // Files that were wrong are read again until it was said, although they are the same: the grace must end.
    if (found === this.#seen && this.#wrongSince === null) return NOTHING;
    this.#looking = this.#read(found, now).finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #read(found: string, now: number): Promise<Credentials | null> {
    const isSame = found === this.#seen;
    this.#seen = found;
    const loaded = await this.#load();
    if (loaded.ok) {
      this.#wrongSince = null;
      this.#options.onNews({ kind: 'taken', certSha256: loaded.credentials.certSha256 });
      return loaded.credentials;
    }
    if (!isSame) this.#wrongSince = now;
    if (this.#wrongSince !== null && now - this.#wrongSince >= GRACE_MS) {
      this.#wrongSince = null;
      this.#options.onNews({ kind: 'refused', problems: loaded.problems });
    }
    return null;
  }

  async #load(): Promise<Loaded> {
    const { load, alsoFiles } = this.#options;
    const settings = await load();
    if (!settings.ok) {
      return {
        ok: false,
        problems: settings.faults.map(({ variable, problem }) => `${variable} ${problem}`),
      };
    }
    try {
      const read = await readCredentials(settings.value);
      if (!read.ok) return { ok: false, problems: [read.detail] };
      this.#files = filesOf(settings.value, alsoFiles);
      return { ok: true, credentials: read.value };
    } catch {
      return { ok: false, problems: ['a file has gone while it was read'] };
    }
  }
}

type Loaded =
  | { readonly ok: true; readonly credentials: Credentials }
  | { readonly ok: false; readonly problems: readonly string[] };

const NOTHING: Promise<null> = Promise.resolve(null);

function filesOf(tls: TlsSettings, more: readonly string[]): readonly string[] {
  return [tls.certFile, tls.keyFile, ...(tls.caFile === null ? [] : [tls.caFile]), ...more];
}
