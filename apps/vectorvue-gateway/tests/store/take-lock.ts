import { takeEmbeddedLock } from '../../src/store/embedded-lock.ts';

/** Run by embedded-lock.test.ts as a process of its own. */
const [, , dataDir] = process.argv;
try {
  takeEmbeddedLock(dataDir ?? '');
  process.stdout.write('taken\n');
  setInterval(() => undefined, 60_000);
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  process.stdout.write(`${code}: ${message}\n`);
}
