/** The other side of verify-on-threads.ts: takes several questions, answers with one byte each. */
import { parentPort } from 'node:worker_threads';
import { type Ed25519PublicKey, importPublicKey, verifyEd25519 } from '@nyxera/federation-protocol';
import { type QuestionMessage, SIGNATURE_BYTES } from './verify-questions.ts';

let table: (Ed25519PublicKey | null)[] = [];

parentPort?.on('message', ({ forget, newKeys, keys, lengths, bytes }: QuestionMessage) => {
  if (forget) table = [];
  for (const raw of newKeys) {
    const key = importPublicKey(raw);
    // Never: it was validated before it was trusted. What cannot be a key verifies nothing.
    table.push(key.ok ? key.value : null);
  }
  const answers = new Uint8Array(keys.length);
  let at = 0;
  for (let index = 0; index < keys.length; index += 1) {
    const key = table[keys[index] ?? -1] ?? null;
    const length = lengths[index] ?? 0;
    const signature = new Uint8Array(bytes, at, SIGNATURE_BYTES);
    const message = new Uint8Array(bytes, at + SIGNATURE_BYTES, length);
    at += SIGNATURE_BYTES + length;
    if (key !== null && verifyEd25519(key, message, signature)) answers[index] = 1;
  }
  parentPort?.postMessage(answers, [answers.buffer]);
});
