import { batchVectors } from './batch-vectors.ts';
import { ed25519Vectors } from './ed25519-vectors.ts';
import { feedbackVectors } from './feedback-vectors.ts';
import { headerVectors } from './header-vectors.ts';
import { jsonVectors } from './json-vectors.ts';
import { keySetVectors } from './key-set-vectors.ts';
import { requestVectors } from './request-vectors.ts';

/** File name to content. Each file says what it is, so that it can be read by whoever implements the other end. */
export function allVectors(): Readonly<Record<string, object>> {
  return {
    'strict-json.json': jsonVectors(),
    'ed25519.json': ed25519Vectors(),
    'requests.json': requestVectors(),
    'batch.json': batchVectors(),
    'headers.json': headerVectors(),
    'feedback.json': feedbackVectors(),
    'key-set.json': keySetVectors(),
  };
}
