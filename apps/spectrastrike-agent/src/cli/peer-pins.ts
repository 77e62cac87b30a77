import { join } from 'node:path';
import { parseEnvironmentFile } from '../config/environment-file.ts';
import { formatServerPin, parseServerPin, parseTime, type ServerPin } from '../config/server-pin.ts';
import { configFileOf } from '../config.ts';
import { writeFileDurably } from '../trust/durable-file.ts';
import { setEnvironmentLines } from '../trust/environment-lines.ts';
import type { CliContext } from './cli-context.ts';
import { CliFault } from './cli-fault.ts';
import { type CommandSpec, type Options, optionText } from './command.ts';
import { type CommandResult, facts, table } from './command-result.ts';
import { EXIT_CONFIG, EXIT_OK, EXIT_UNFINISHED, EXIT_USAGE } from './exit-codes.ts';
import { ENVIRONMENT_FILE, readTextOrEmpty } from './init.ts';
import { stateConfig } from './with-state.ts';

const VARIABLE = 'VECTORVUE_FEDERATION_SERVER_CERT_SHA256';

/** `peer pin`: which certificates the gateway may present. A run that is under way takes it with its next request. */
export const peerPin: CommandSpec = {
  name: 'pin',
  arguments: '<sha256>',
  summary: "Pin the gateway's certificate, or with --next the one that will come after it",
  options: [
    { flags: '--next', description: 'keep the present pins; without it, this is the only one' },
    { flags: '--from <time>', description: 'valid from, as 2026-02-26T12:00:00Z' },
    { flags: '--until <time>', description: 'valid until' },
  ],
  examples: ['peer pin 0f2c9b1e4d5a68730f2c9b1e4d5a68730f2c9b1e4d5a68730f2c9b1e4d5a6873 --next'],
  run: async (context, args, options) => {
    const pin = readPin(args[0] ?? '', options);
    const file = await openPins(context);
    const others = options.next === true ? file.pins.filter(({ sha256 }) => sha256 !== pin.sha256) : [];
    return write(context, file, [...others, pin]);
  },
};

/** `peer unpin`: a certificate that the gateway does not present any more. */
export const peerUnpin: CommandSpec = {
  name: 'unpin',
  arguments: '<sha256>',
  summary: 'Take a pin away: that certificate is refused from the next connection on',
  examples: ['peer unpin 0f2c9b1e4d5a68730f2c9b1e4d5a68730f2c9b1e4d5a68730f2c9b1e4d5a6873'],
  run: async (context, args) => {
    const { sha256 } = readPin(args[0] ?? '', {});
    const file = await openPins(context);
    const left = file.pins.filter((pin) => pin.sha256 !== sha256);
    if (left.length === file.pins.length) throw new CliFault(EXIT_UNFINISHED, `${sha256} is not pinned`);
    if (left.length === 0) {
      throw new CliFault(
        EXIT_UNFINISHED,
        'it is the last pin: without one any certificate of the CA would do. Pin another one first',
      );
    }
    return write(context, file, left);
  },
};

interface PinsFile {
  readonly path: string;
  readonly text: string;
  readonly pins: readonly ServerPin[];
}

/** Pins live in the settings file: the one that is in use, else the one beside the state. */
async function openPins(context: CliContext): Promise<PinsFile> {
  const { dataDir } = await stateConfig(context);
  const direct = context.environment[VARIABLE]?.trim() ?? '';
  if (direct !== '') {
    throw new CliFault(
      EXIT_CONFIG,
      `${VARIABLE} is set in the environment, which wins over the file: change it there`,
    );
  }
  const path = configFileOf(context.environment) ?? join(dataDir, ENVIRONMENT_FILE);
  const text = readTextOrEmpty(path);
  const value = parseEnvironmentFile(text).values[VARIABLE]?.trim() ?? '';
  if (value.startsWith('['))
    throw new CliFault(EXIT_CONFIG, `${VARIABLE} in ${path} is a JSON list: separate the pins by commas`);
  const items = value.split(',');
  const pins = items.filter((item) => item.trim() !== '').map((item) => parseServerPin(item));
  if (pins.includes(null))
    throw new CliFault(EXIT_CONFIG, `${VARIABLE} in ${path} holds something that is no pin`);
  return { path, text, pins: pins.filter((pin) => pin !== null) };
}

function write(context: CliContext, file: PinsFile, pins: readonly ServerPin[]): CommandResult {
  const value = pins.map(formatServerPin).join(',');
  const unique = Buffer.from(context.random(6)).toString('hex');
  writeFileDurably(file.path, setEnvironmentLines(file.text, { [VARIABLE]: value }), 0o600, unique);
  const time = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
  return {
    blocks: [
      table(
        ['pin', 'from', 'until'],
        pins.map((pin) => [pin.sha256, time(pin.notBeforeMs) ?? '-', time(pin.notAfterMs) ?? '-']),
      ),
      facts(['settings', file.path]),
    ],
    json: [
      {
        settings_file: file.path,
        pins: pins.map((pin) => ({
          sha256: pin.sha256,
          not_before: time(pin.notBeforeMs),
          not_after: time(pin.notAfterMs),
        })),
      },
    ],
    exitCode: EXIT_OK,
  };
}

/** What a pipeline yields whose file was not there. */
const SHA256_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** 64 hex digits, without the colons that PROTOCOL.md section 2 does not know: what is typed is compared by people. */
function readPin(text: string, options: Options): ServerPin {
  if (!/^[0-9a-fA-F]{64}$/.test(text)) {
    throw new CliFault(
      EXIT_USAGE,
      'a pin is the SHA-256 of the DER certificate: 64 hex digits without colons',
    );
  }
  if (text.toLowerCase() === SHA256_OF_NOTHING) {
    throw new CliFault(EXIT_USAGE, 'this is the SHA-256 of nothing: the certificate was not read');
  }
  const pin: ServerPin = {
    sha256: text.toLowerCase(),
    notBeforeMs: readTime(options, 'from'),
    notAfterMs: readTime(options, 'until'),
  };
  if (pin.notBeforeMs !== null && pin.notAfterMs !== null && pin.notAfterMs <= pin.notBeforeMs) {
    throw new CliFault(EXIT_USAGE, 'the validity ends before it begins');
  }
  return pin;
}

function readTime(options: Options, name: string): number | null {
  const time = parseTime(optionText(options, name) ?? '');
  if (time === undefined) throw new CliFault(EXIT_USAGE, `--${name} takes a time as 2026-02-26T12:00:00Z`);
  return time;
}
