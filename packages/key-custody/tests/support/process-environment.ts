import { SHARE_ENV, Worker } from 'node:worker_threads';

/**
 * Sets a variable where native code sees it (`getenv`), which a library that is loaded into this process needs. A test
 * runner that gives every test file a copy of `process.env` hides assignments from it; a thread that shares the
 * environment of the process reaches the real one.
 */
export async function setProcessEnvironment(name: string, value: string): Promise<void> {
  const code =
    "const { workerData } = require('node:worker_threads'); process.env[workerData.name] = workerData.value;";
  const worker = new Worker(code, { eval: true, env: SHARE_ENV, workerData: { name, value } });
  await new Promise<void>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', (exitCode) =>
      exitCode === 0 ? resolve() : reject(new Error(`the thread ended with ${exitCode}`)),
    );
  });
}
