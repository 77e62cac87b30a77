/** Where private keys live (PROTOCOL.md section 15): used through a `Signer`, never handed out. */
export { generateKeyFile } from './generate-key-file.ts';
export { openSigner } from './open-signer.ts';
export { readSecretFile, SECRET_FILE_LIMIT } from './read-secret-file.ts';
export type { Signer, SignerHealth } from './signer.ts';
