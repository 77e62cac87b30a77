import { generateKeyPairSync, sign, verify } from 'node:crypto';

/** Ed25519 verifications a second of OpenSSL on one core, over messages of `bytes` bytes: what all ratios refer to. */
export function measureVerify(bytes: number, seconds: number): number {
  const message = Buffer.alloc(bytes, 'x');
  const keys = generateKeyPairSync('ed25519');
  const signature = sign(null, message, keys.privateKey);
  const work = (calls: number): void => {
    for (let call = 0; call < calls; call += 1) {
      if (!verify(null, message, keys.publicKey, signature)) throw new Error('a good signature was refused');
    }
  };
  work(200);
  const started = performance.now();
  let calls = 0;
  while (performance.now() - started < seconds * 1000) {
    work(50);
    calls += 50;
  }
  return calls / ((performance.now() - started) / 1000);
}
