import { constants } from 'node:fs';
import { type FileHandle, link, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { OutgoingRecord } from './entry.ts';
import { failed, SENT, type Sender, type SendResult } from './sender.ts';
import type { FileSettings } from './settings.ts';
import { writeJson } from './write-json.ts';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = constants;

interface OpenFile {
  readonly handle: FileHandle;
  readonly openedAtMs: number;
  bytes: number;
}

/**
 * JSON lines, appended and synced to disk before a batch counts as delivered. A file that is large or old enough is
 * renamed to `<path>.<UTC time>.<sequence of the next entry>` and a new one begun; removing them is somebody else's
 * task. Mode 0600. A symbolic link is not followed: it could be laid to any file of ours.
 *
 * A line that was cut off in a crash was never counted as delivered; it is taken off when the file is opened again,
 * and its entry is written anew.
 */
export function createFileSender(settings: FileSettings, now: () => number): Sender {
  let current: OpenFile | null = null;

  const close = async (): Promise<void> => {
    const closing = current;
    current = null;
    await closing?.handle.close();
  };
  const append = async (records: readonly OutgoingRecord[]): Promise<void> => {
    if (current !== null && isDue(current, settings, now())) {
      await close();
      await putAside(settings.path, now(), records[0]?.entry.sequence ?? 0);
    }
    current ??= await openFile(settings.path, now());
    const text = records.map((record) => `${writeJson(record.json)}\n`).join('');
    await current.handle.appendFile(text, 'ascii');
    await current.handle.datasync();
    current.bytes += text.length;
  };

  return {
    confirms: null,
    unconfirmedBytes: () => 0,
    async send(records): Promise<SendResult> {
      try {
        await append(records);
        return SENT;
      } catch (fault) {
        await close().catch(() => undefined);
        const code = (fault as NodeJS.ErrnoException).code;
        return failed('file_failed', typeof code === 'string' ? code : 'UNKNOWN');
      }
    },
    confirm: async () => SENT,
    reset: () => undefined,
    close,
  };
}

function isDue(file: OpenFile, settings: FileSettings, nowMs: number): boolean {
  const { max_bytes: bytes, max_age_seconds: seconds } = settings.rotate;
  return file.bytes > 0 && (file.bytes >= bytes || nowMs - file.openedAtMs >= seconds * 1000);
}

async function openFile(path: string, nowMs: number): Promise<OpenFile> {
  const handle = await open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    const stat = await handle.stat();
    // A device or a FIFO cannot be synced, and a directory is none.
    if (!stat.isFile()) throw Object.assign(new Error('not a regular file'), { code: 'NOT_A_FILE' });
    const bytes = await wholeLines(handle, stat.size);
    if (bytes < stat.size) await handle.truncate(bytes);
    await syncDirectory(path);
    // Its age counts from its birth, over restarts; where the file system keeps none, from now.
    const born = stat.size > 0 && stat.birthtimeMs > 0 ? stat.birthtimeMs : nowMs;
    return { handle, openedAtMs: born, bytes };
  } catch (fault) {
    await handle.close();
    throw fault;
  }
}

/** Size up to and with the last line feed. */
async function wholeLines(handle: FileHandle, size: number): Promise<number> {
  const piece = Buffer.alloc(65_536);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - piece.length);
    const { bytesRead } = await handle.read(piece, 0, end - start, start);
    const at = piece.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}

async function putAside(path: string, nowMs: number, sequence: number): Promise<void> {
  const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
  // Unlike a rename, a link fails where the name is taken: what was put aside is never written over.
  await link(path, `${path}.${time}.${sequence}`);
  await unlink(path);
  await syncDirectory(path);
}

/** Makes a new name durable, not only the content. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(dirname(path), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
