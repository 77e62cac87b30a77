import { payload, telemetry, withHeader } from './bodies.ts';
import { acceptance, type Case, failed, got, judgeRefusal, member, PASSED, refusal } from './case.ts';
import { PATHS } from './lab.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** PROTOCOL.md section 5, steps 1, 2 and 4 to 6; section 6 on errors. */
export const FRAME_CASES: readonly Case[] = [
  acceptance(
    'telemetry.accepted',
    '6',
    'a good event is accepted, and says that it is no duplicate',
    202,
    (lab) => telemetry(lab),
    (answer) =>
      member(answer, 'accepted') === true &&
      member(answer, 'duplicate') === false &&
      isUuid(member(answer, 'request_id'))
        ? null
        : 'accepted true, duplicate false, a request_id',
  ),
  refusal('frame.unknown-path', '5.1', 'a path that is none', 'not_found', async (lab) => ({
    ...(await telemetry(lab)),
    path: '/internal/v1/nothing',
  })),
  refusal('frame.trailing-slash', '5.1', 'paths are exact', 'not_found', async (lab) => ({
    ...(await telemetry(lab)),
    path: `${PATHS.telemetry}/`,
  })),
  refusal('frame.method', '5.1', 'GET where POST is meant', 'method_not_allowed', async (lab) => ({
    ...(await telemetry(lab)),
    method: 'GET',
  })),
  refusal('frame.media-type', '5.2', 'text/plain', 'unsupported_media_type', async (lab) =>
    withHeader(await telemetry(lab), 'Content-Type', 'text/plain'),
  ),
  refusal('frame.empty', '5.2', 'an empty body', 'payload_required', (lab) => lab.sign(PATHS.telemetry, '')),
  refusal('frame.too-large', '5.2', 'a body of more than 1 MiB', 'payload_too_large', (lab) =>
    lab.sign(PATHS.telemetry, ' '.repeat(1_048_577)),
  ),
  {
    id: 'frame.problem',
    section: '6',
    about: 'an error is a problem document with a request_id, and does not echo what was sent',
    proves: ['schema_invalid'],
    run: async (lab) => {
      const echo = `echo-${lab.nonce()}`;
      const answer = await lab.send(await telemetry(lab, { payload: payload(lab, { severity: echo }) }));
      const refused = judgeRefusal(lab, answer, ['schema_invalid']);
      if (refused.result !== 'passed') return refused;
      if (answer.text.includes(echo))
        return failed('an answer without what was sent', 'an answer that repeats it');
      if (lab.statusOnly) return PASSED;
      const right =
        answer.contentType.startsWith('application/problem+json') &&
        member(answer, 'type') === 'urn:nyxera:federation:error:schema_invalid' &&
        isUuid(member(answer, 'request_id'));
      return right
        ? PASSED
        : failed('RFC 9457 with type and request_id', `${answer.contentType} ${got(answer)}`);
    },
  },
  refusal('identity.unknown', '5.4', 'an identity that nobody has', 'peer_identity_rejected', async (lab) =>
    withHeader(await telemetry(lab), 'X-Service-Identity', `nobody-${lab.runId}`),
  ),
  refusal(
    'identity.claim',
    '5.4',
    'a claimed fingerprint that is not the certificate',
    'peer_identity_rejected',
    async (lab) => withHeader(await telemetry(lab), 'X-Client-Cert-Sha256', lab.hash()),
  ),
  refusal('freshness.old', '3', 'a timestamp of an hour ago', 'timestamp_out_of_window', (lab) =>
    telemetry(lab, {}, { timestamp: lab.now() - 3600 }),
  ),
  refusal('freshness.future', '3', 'a timestamp in an hour', 'timestamp_out_of_window', (lab) =>
    telemetry(lab, {}, { timestamp: lab.now() + 3600 }),
  ),
  refusal(
    'signature.tampered',
    '3',
    'another body under the signature',
    'signature_invalid',
    async (lab) => ({
      ...(await telemetry(lab)),
      body: (await telemetry(lab)).body,
    }),
  ),
  refusal('signature.random', '3', '64 bytes that are no signature', 'signature_invalid', async (lab) =>
    withHeader(await telemetry(lab), 'X-Telemetry-Signature', Buffer.from(lab.random(64)).toString('base64')),
  ),
  refusal(
    'signature.headers',
    '3',
    'another timestamp in the headers than was signed',
    'signature_invalid',
    async (lab) =>
      withHeader(
        await telemetry(lab, {}, { timestamp: lab.now() - 1 }),
        'X-Telemetry-Timestamp',
        String(lab.now() + 1),
      ),
  ),
  refusal('signature.kid', '2', 'a kid that is none', 'signature_invalid', async (lab) =>
    withHeader(await telemetry(lab), 'X-Telemetry-Key-Id', `nobody-${lab.runId}`),
  ),
];

function isUuid(value: unknown): boolean {
  return typeof value === 'string' && UUID.test(value);
}
