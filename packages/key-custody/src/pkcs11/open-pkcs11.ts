import { type Result, reject } from '@nyxera/federation-protocol';
import { openCustodianSigner } from '../custodian-signer.ts';
import { readSecretFile } from '../read-secret-file.ts';
import type { Signer } from '../signer.ts';
import { rejectionOf, SignerFault } from '../signer-fault.ts';
import { type OpenSignerOptions, systemTime } from '../signer-options.ts';
import { openPkcs11Custodian, type ReadPin } from './pkcs11-custodian.ts';
import { type Pkcs11Uri, parsePkcs11Uri } from './pkcs11-uri.ts';

const MAX_PIN_BYTES = 255;

/** Opens the key of a `pkcs11:` URI (RFC 7512). Rejections as of `openSigner`. */
export async function openPkcs11(uri: string, options: OpenSignerOptions): Promise<Result<Signer>> {
  const parsed = parsePkcs11Uri(uri);
  if (!parsed.ok) return parsed;
  const { value } = parsed;
  const largest = options.largestInputBytes ?? 0;
  if (value.maxInputBytes !== null && largest > value.maxInputBytes) {
    const text = `x-max-input says ${value.maxInputBytes} bytes, and this program may have to sign ${largest}`;
    return reject('key_invalid', `input_too_large: ${text}; sign with a key that has no such limit`);
  }
  try {
    const readPin = value.pinFile === null ? await askOnce(value, options) : pinFileReader(value.pinFile);
    const { now } = options.time ?? systemTime;
    return await openCustodianSigner(await openPkcs11Custodian(value, readPin, now), largest);
  } catch (error) {
    return rejectionOf(error);
  }
}

function pinFileReader(path: string): ReadPin {
  return async () => {
    const file = await readSecretFile(path);
    if (!file.ok) throw new SignerFault('pin_missing', `${file.code}: ${file.detail}`);
    const pin = Buffer.from(file.value)
      .toString('utf8')
      .replace(/\r?\n$/, '');
    file.value.fill(0);
    if (pin === '' || Buffer.byteLength(pin) > MAX_PIN_BYTES) {
      throw new SignerFault(
        'pin_missing',
        'the file that pin-source names must hold the PIN alone, in one line',
      );
    }
    return pin;
  };
}

/** Asked for once; kept for logins after a reset, as there may be nobody to ask then. */
async function askOnce(uri: Pkcs11Uri, options: OpenSignerOptions): Promise<ReadPin> {
  const token = uri.token.token ?? uri.token.serial ?? '';
  const pin = (await options.askPin?.(token)) ?? null;
  if (pin === null || pin === '') {
    throw new SignerFault(
      'pin_missing',
      'the URI has no pin-source, and nobody can be asked; write the PIN to a file of mode 0600 and name it as pin-source',
    );
  }
  return async () => pin;
}
