import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  expiryOf,
  finishSwitch,
  leadsTo,
  nextFiles,
  parseDays,
  pinOf,
  type RenewalState,
  readCertificates,
  renewPair,
  runCommand,
  switchPair,
} from '@nyxera/federation-certificates';
import { mergeEnvironmentFile } from '../config/environment-file.ts';
import { Settings } from '../config/settings.ts';
import type { FeedbackConfig } from '../config.ts';
import { probeIdentity } from '../gateway-client/probe-identity.ts';
import type { CliContext } from './cli-context.ts';
import { CliFault } from './cli-fault.ts';
import { type CommandSpec, optionText } from './command.ts';
import { type CommandResult, facts, text } from './command-result.ts';
import { withGateway } from './connect-gateway.ts';
import { EXIT_CONFIG, EXIT_OK, EXIT_UNFINISHED, EXIT_USAGE } from './exit-codes.ts';
import { CERT_NAMES, KEY_NAMES } from './init-settings.ts';
import { gatewayConfig } from './with-state.ts';

const DECLARED = 'VECTORVUE_FEDERATION_CLIENT_CERT_SHA256';

/**
 * `certs renew`: a new key and certificate some days before the present one ends. Switched to only when the gateway has
 * identified it: a handshake with the new pair, and a signed request on it (PROTOCOL.md section 2).
 */
export const certsRenew: CommandSpec = {
  name: 'renew',
  summary:
    'Renew the client certificate before it ends: key and request here, certificate from a command of yours',
  options: [
    {
      flags: '--exec <command>',
      description: 'gets the request (PKCS#10, PEM) on stdin, answers with the chain on stdout',
      required: true,
    },
    { flags: '--before <time>', description: 'how long before the end, as 30d or 12h', default: '30d' },
    {
      flags: '--ca <file>',
      description: 'the CA of client certificates, where it is not that of the gateway',
    },
    {
      flags: '--confirmed',
      description: 'the gateway has pinned the staged certificate, by word of its operator: do not ask it',
    },
  ],
  examples: ['certs renew --exec "step ca sign /dev/stdin /dev/stdout" --before 30d'],
  run: async (context, _args, options) => {
    const beforeMs = parseDays(optionText(options, 'before') ?? '');
    if (beforeMs === null) throw new CliFault(EXIT_USAGE, '--before takes a time as 30d, 12h or 90m');
    const wasFinished = finishCutSwitch(context);
    const config = await gatewayConfig(context);
    refuseDeclared(context);
    const { certFile, keyFile } = config.tls;
    const files = { certFile, keyFile };
    const renewed = await renewPair({
      files,
      use: 'client',
      subject: config.serviceIdentity,
      authorities: readAuthorities(config, optionText(options, 'ca')),
      beforeMs,
      now: context.now,
      unique: Buffer.from(context.random(6)).toString('hex'),
      ask: (csrPem) => askCa(context, optionText(options, 'exec') ?? '', csrPem),
    });
    if (!renewed.ok) {
      throw new CliFault(
        EXIT_UNFINISHED,
        `${renewed.code}: ${renewed.detail}; the present certificate stays`,
      );
    }
    const state = renewed.value;
    if (state.state === 'not_due') return notDue(state, wasFinished || state.finished);
    const next = nextFiles(files);
    const answer = options.confirmed === true ? { identified: true } : await probe(context, config, next);
    if (!answer.identified)
      return waiting(config, state, next.certFile, 'detail' in answer ? answer.detail : '');
    const done = switchPair(files, state.nextSha256);
    if (!done.ok) throw new CliFault(EXIT_UNFINISHED, `${done.code}: ${done.detail}`);
    return switched(state);
  },
};

/** Before the configuration is read: with half a pair in place no command would start, this one included. */
function finishCutSwitch(context: CliContext): boolean {
  const settings = new Settings(mergeEnvironmentFile(context.environment).environment);
  const [cert, key] = [settings.find(...CERT_NAMES), settings.find(...KEY_NAMES)];
  return cert !== null && key !== null && finishSwitch({ certFile: cert.value, keyFile: key.value });
}

function askCa(context: CliContext, command: string, csrPem: string) {
  return runCommand({
    command,
    input: csrPem,
    environment: context.environment,
    onStderr: (said) => context.stderr.write(said),
  });
}

/** Nothing of the running agent is touched: a way of its own, with the pair that waits. */
function probe(context: CliContext, config: FeedbackConfig, next: { certFile: string; keyFile: string }) {
  return withGateway(
    context,
    { ...config, tls: { ...config.tls, ...next } },
    (connection) => probeIdentity(context, config, connection),
    'fixed',
  );
}

/**
 * null: not judged here. The gateway's handshake judges in any case; this only says so earlier, where the present
 * certificate shows that the CA is the one.
 */
function readAuthorities(config: FeedbackConfig, path: string | null): readonly X509Certificate[] | null {
  const from = path ?? config.tls.caFile;
  if (from === null) return null;
  const read = readCertificates(readFileSync(from, 'utf8'));
  if (!read.ok) throw new CliFault(EXIT_CONFIG, `${from} ${read.detail}`);
  if (path !== null) return read.value;
  const present = new X509Certificate(readFileSync(config.tls.certFile));
  return leadsTo(present, [], read.value) ? read.value : null;
}

/** After the switch no command would start. */
function refuseDeclared(context: CliContext): void {
  const { environment } = mergeEnvironmentFile(context.environment);
  if ((environment[DECLARED]?.trim() ?? '') === '') return;
  throw new CliFault(EXIT_CONFIG, `${DECLARED} names the present certificate: unset it, then renew`);
}

function notDue({ present }: Extract<RenewalState, { state: 'not_due' }>, finished: boolean): CommandResult {
  return {
    blocks: [
      text(
        finished
          ? 'A switch that had been cut in two is complete.'
          : `Not due: the certificate lasts until ${endOf(present)}.`,
      ),
    ],
    json: [{ state: finished ? 'switched' : 'not_due', sha256: pinOf(present), not_after: endOf(present) }],
    exitCode: EXIT_OK,
  };
}

function waiting(
  config: FeedbackConfig,
  { next, nextSha256, isNew }: Extract<RenewalState, { state: 'staged' }>,
  path: string,
  why: string,
): CommandResult {
  return {
    blocks: [
      facts(['staged', path], ['pin', nextSha256], ['until', endOf(next)], ['gateway', why]),
      text(
        `\nIt is not in use. On the gateway:\n  vectorvue-gateway identity pin ${config.serviceIdentity} --next ${nextSha256}\nThen run this again: it switches as soon as the gateway knows the certificate.`,
      ),
    ],
    json: [{ state: 'staged', next_sha256: nextSha256, not_after: endOf(next), is_new: isNew, gateway: why }],
    exitCode: EXIT_UNFINISHED,
  };
}

function switched({ present, next, nextSha256 }: Extract<RenewalState, { state: 'staged' }>): CommandResult {
  return {
    blocks: [
      facts(['certificate', nextSha256], ['until', endOf(next)]),
      text(
        `\nA run that is under way takes it by itself. The old pin may go, on the gateway:\n  vectorvue-gateway identity unpin <identity> ${pinOf(present)}`,
      ),
    ],
    json: [{ state: 'switched', sha256: nextSha256, not_after: endOf(next), old_sha256: pinOf(present) }],
    exitCode: EXIT_OK,
  };
}

function endOf(certificate: X509Certificate): string {
  return new Date(expiryOf(certificate)).toISOString();
}
