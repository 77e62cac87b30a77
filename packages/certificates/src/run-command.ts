import { spawn } from 'node:child_process';
import { type CertificateResult, fault } from './certificate-fault.ts';

/** A chain of certificates takes some kilobytes. Bytes. */
const MAX_OUTPUT_BYTES = 262_144;
/** An ACME client may wait for a DNS record. Milliseconds. */
const PATIENCE_MS = 600_000;

export interface CommandOptions {
  /** For a shell, as the operator wrote it. */
  readonly command: string;
  readonly input: string;
  /** What the command sees. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds; then it is killed, with what it started. Default ten minutes. */
  readonly timeoutMs?: number;
  /** What the command says beside its answer. */
  readonly onStderr: (text: string) => void;
}

/**
 * Runs a command of the operator's through `/bin/sh -c`: `input` on its standard input, its standard output as the
 * answer. Codes: command_failed (another exit code than 0, too much output, or too late).
 */
export function runCommand(options: CommandOptions): Promise<CertificateResult<string>> {
  const { command, input, environment, timeoutMs = PATIENCE_MS, onStderr } = options;
  return new Promise((resolve) => {
    // A process group of its own, so that a shell's children end with it.
    const child = spawn('/bin/sh', ['-c', command], {
      env: { ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let failure: string | null = null;
    const end = (reason: string): void => {
      failure ??= reason;
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    };
    const timer = setTimeout(() => end(`did not answer within ${timeoutMs / 1000} s`), timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_OUTPUT_BYTES) end(`answered more than ${MAX_OUTPUT_BYTES} bytes`);
      else chunks.push(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', onStderr);
    // A command that does not read the request has its reasons; its exit code tells.
    child.stdin.on('error', () => undefined);
    child.on('error', (error: NodeJS.ErrnoException) => {
      failure ??= `could not be started (${error.code ?? 'unknown error'})`;
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const how = failure ?? (code === 0 ? null : `ended with ${signal ?? `exit code ${code}`}`);
      if (how === null) resolve({ ok: true, value: Buffer.concat(chunks).toString('utf8') });
      else resolve(fault('command_failed', `the command ${how}`));
    });
    child.stdin.end(input);
  });
}
