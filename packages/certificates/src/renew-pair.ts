import type { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readSecretFile } from '@nyxera/federation-key-custody';
import { alternativeNames, commonName } from './alternative-names.ts';
import { type CertificateResult, fault } from './certificate-fault.ts';
import { createCertificateRequest } from './certificate-request.ts';
import { type CertificateUse, checkRenewed } from './check-renewed.ts';
import { expiryOf, pinOf, readCertificates } from './read-certificates.ts';
import { checkReplaceable, finishSwitch, nextFiles, type PairFiles, stagePair } from './staged-pair.ts';

export interface Renewal {
  readonly files: PairFiles;
  readonly use: CertificateUse;
  /** Subject of the request; null: that of the present certificate. */
  readonly subject: string | null;
  /** null: not known here, the other end will judge. */
  readonly authorities: readonly X509Certificate[] | null;
  /** Milliseconds before the end of the present certificate from which on it is renewed. */
  readonly beforeMs: number;
  /** Unix milliseconds. A clock: a CA may take its time, and what it answers is valid from then on. */
  readonly now: () => number;
  /** Part of the names of temporary files. */
  readonly unique: string;
  /** Asks the CA: a PKCS#10 request in PEM, and the chain that it answers with, the leaf first. */
  readonly ask: (csrPem: string) => Promise<CertificateResult<string>>;
}

/** `not_due`: nothing was done. `staged`: the coming pair waits beside the present one. */
export type RenewalState =
  | { readonly state: 'not_due'; readonly present: X509Certificate; readonly finished: boolean }
  | {
      readonly state: 'staged';
      readonly present: X509Certificate;
      readonly next: X509Certificate;
      readonly nextSha256: string;
      /** False: it was waiting already, and no CA was asked again. */
      readonly isNew: boolean;
    };

/**
 * Brings a renewal up to the point where only the switch is left. Safe to run again at any moment: what waits already is
 * kept while it is good, and a switch that a crash has cut in two is ended first. The present pair is not touched.
 */
export async function renewPair(renewal: Renewal): Promise<CertificateResult<RenewalState>> {
  const { files, beforeMs } = renewal;
  const replaceable = checkReplaceable(files);
  if (!replaceable.ok) return replaceable;
  const finished = finishSwitch(files);
  const present = readLeaf(files.certFile);
  if (!present.ok) return present;
  const waiting = await readWaiting(renewal, present.value);
  if (waiting !== null) return staged(present.value, waiting, false);
  if (renewal.now() < expiryOf(present.value) - beforeMs) {
    return { ok: true, value: { state: 'not_due', present: present.value, finished } };
  }
  const subject = renewal.subject ?? commonName(present.value) ?? '';
  const request = createCertificateRequest(subject, alternativeNames(present.value));
  const answer = await renewal.ask(request.csrPem);
  if (!answer.ok) return answer;
  const next = checkRenewed(answer.value, expectation(renewal, request.keyPem, present.value));
  if (!next.ok) return next;
  stagePair(files, { certPem: normalized(answer.value), keyPem: request.keyPem }, renewal.unique);
  return staged(present.value, next.value, true);
}

function staged(
  present: X509Certificate,
  next: X509Certificate,
  isNew: boolean,
): CertificateResult<RenewalState> {
  return { ok: true, value: { state: 'staged', present, next, nextSha256: pinOf(next), isNew } };
}

/** The pair that waits, if it is still good; else a new one is asked for and takes its place. */
async function readWaiting(renewal: Renewal, present: X509Certificate): Promise<X509Certificate | null> {
  const next = nextFiles(renewal.files);
  if (!existsSync(next.certFile)) return null;
  const key = await readSecretFile(next.keyFile);
  if (!key.ok) return null;
  const keyPem = new TextDecoder().decode(key.value);
  const checked = checkRenewed(readFileSync(next.certFile, 'utf8'), expectation(renewal, keyPem, present));
  return checked.ok ? checked.value : null;
}

function expectation(renewal: Renewal, keyPem: string, present: X509Certificate) {
  const { use, authorities } = renewal;
  return { use, keyPem, present, authorities, nowMs: renewal.now() };
}

function readLeaf(path: string): CertificateResult<X509Certificate> {
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch {
    return fault('file_unreadable', `${path} cannot be read`);
  }
  const chain = readCertificates(pem);
  if (!chain.ok) return fault(chain.code, `${path} ${chain.detail}`);
  const [leaf] = chain.value;
  return leaf === undefined ? fault('certificate_invalid', `${path} is empty`) : { ok: true, value: leaf };
}

/** Only the certificates: whatever else a command printed around them is not written. */
function normalized(pem: string): string {
  const chain = readCertificates(pem);
  return chain.ok ? chain.value.map((one) => one.toString()).join('') : '';
}
