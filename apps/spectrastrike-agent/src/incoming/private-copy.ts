import { closeSync, openSync, readSync, unlinkSync, write } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { asFileFault, preparePrivateDirectory } from '../state/private-files.ts';

/** Below the data directory; empty but for the moment between making a file and unlinking it. */
const INCOMING = 'incoming';
const PIECE_BYTES = 256 * 1024;
const writeSome = promisify(write);

/**
 * The bytes of a report that somebody else could still change or take away (a dropped file, a request's body), in a
 * file that nobody else can reach: mode 0600, and its name is gone before the first byte is written, so that a killed
 * agent leaves nothing. Reading a report takes several passes, and each must see the same bytes.
 */
export class PrivateCopy implements Disposable {
  readonly #fd: number;
  readonly #directory: string;
  #size = 0;

  private constructor(fd: number, directory: string) {
    this.#fd = fd;
    this.#directory = directory;
  }

  /** `unique` must not repeat within a process. Throws StateFault where the directory cannot be written. */
  static make(dataDir: string, unique: string): PrivateCopy {
    const directory = join(dataDir, INCOMING);
    preparePrivateDirectory(directory);
    const path = join(directory, unique);
    const fd = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    return new PrivateCopy(fd, directory);
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /** Appends. Rejects with a StateFault: `state_full` where the disk is, which is no fault of the report. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      let done = 0;
      while (done < bytes.length) {
        const at = this.#size + done;
        done += (await writeSome(this.#fd, bytes, done, bytes.length - done, at)).bytesWritten;
      }
      this.#size += bytes.length;
    } catch (error) {
      throw asFileFault(error, this.#directory);
    }
  }

  /** All of it in pieces, as often as it is asked for; a piece is valid until the next one. */
  *chunks(): Generator<Uint8Array> {
    const piece = new Uint8Array(PIECE_BYTES);
    for (let at = 0; at < this.#size; ) {
      const read = readSync(this.#fd, piece, 0, piece.length, at);
      if (read === 0) return;
      at += read;
      yield piece.subarray(0, read);
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}
