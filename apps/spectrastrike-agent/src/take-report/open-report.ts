import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { errnoCode } from '@nyxera/federation-cli';
import type { FaultCode, ReportSource } from '../intake/index.ts';

/** Read into memory at once, so that it is one state of the file even where somebody writes to it. Bytes. */
const SNAPSHOT = 4 * 1024 * 1024;

/** What is read at a time of a larger one. Bytes. */
const CHUNK = 256 * 1024;

/** An open report; its bytes stay the same file's, whatever happens to the name. */
export interface OpenReport extends ReportSource {
  close(): void;
}

export type OpenedReport =
  | { readonly ok: true; readonly report: OpenReport }
  | { readonly ok: false; readonly code: FaultCode; readonly expected: string };

export interface OpenReportOptions {
  /** What stands in messages; the path if absent. */
  readonly name?: string;
  /** Where others may put things: a link could point out of the folder, at the agent's own key. Default true. */
  readonly followSymlinks?: boolean;
}

/**
 * Opens a file as a report. Never waits: a named pipe, a device and a directory are refused by what they are, before a
 * byte is read. Reads at most as many bytes as the file had when it was opened, so that a log which is still written
 * to is a report of its first lines.
 */
export function openReport(path: string, options: OpenReportOptions = {}): OpenedReport {
  const { name = path, followSymlinks = true } = options;
  // O_NONBLOCK: to open a pipe that nobody writes to would wait for ever.
  const flags =
    constants.O_RDONLY | constants.O_NONBLOCK | (followSymlinks ? 0 : (constants.O_NOFOLLOW ?? 0));
  let fd: number;
  try {
    fd = openSync(path, flags);
  } catch (error) {
    return refused(errnoCode(error));
  }
  try {
    const status = fstatSync(fd);
    if (status.isFile()) {
      const source = fileSource(fd, name, status.size);
      return { ok: true, report: { ...source, close: () => closeSync(fd) } };
    }
    closeSync(fd);
    return refused(status.isDirectory() ? 'EISDIR' : 'not a regular file');
  } catch (error) {
    closeSync(fd);
    return refused(errnoCode(error));
  }
}

function refused(why: string | null): OpenedReport {
  if (why === 'ELOOP') {
    return { ok: false, code: 'report_not_a_file', expected: 'a regular file; this is a symbolic link' };
  }
  if (why === 'not a regular file') {
    const expected = 'a regular file; pipe what comes out of a pipe into `send -`';
    return { ok: false, code: 'report_not_a_file', expected };
  }
  if (why === 'EISDIR' || why === 'ENXIO') {
    return { ok: false, code: 'report_not_a_file', expected: `a regular file (${why})` };
  }
  const expected = `a file that can be read (${why ?? 'unknown error'})`;
  return { ok: false, code: 'report_unreadable', expected };
}

/** The bytes of an open file. A small one is in memory from here on. */
function fileSource(fd: number, name: string, size: number): ReportSource {
  if (size <= SNAPSHOT) {
    // Copied one by one: a chunk is valid until the next one is asked for.
    const bytes = Buffer.concat(Array.from(readChunks(fd, size), (chunk) => Buffer.from(chunk)));
    return { name, size: bytes.length, chunks: () => [bytes] };
  }
  return { name, size, chunks: () => readChunks(fd, size) };
}

function* readChunks(fd: number, size: number): Generator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(1, size)));
  for (let at = 0; at < size; ) {
    const read = readSync(fd, buffer, 0, Math.min(buffer.length, size - at), at);
    if (read === 0) return;
    yield buffer.subarray(0, read);
    at += read;
  }
}
