import { errnoCode } from '@nyxera/federation-cli';
import { parseJwkSet, parseStrictJson, toJwk } from '@nyxera/federation-protocol';
import { listOwnKeys } from '../keys/own-keys.ts';
import { storeTrustedKey } from '../trust/trusted-keys.ts';
import { CliFault } from './cli-fault.ts';
import type { CommandSpec } from './command.ts';
import { table, text } from './command-result.ts';
import { EXIT_FAULT, EXIT_OK, EXIT_UNFINISHED } from './exit-codes.ts';
import { readFileLimited } from './read-input.ts';
import { laneConfig, stateConfig, withState } from './with-state.ts';

const FILE_LIMIT = 1024 * 1024;

/** `key export`: for a gateway that does not exchange keys. */
export const keyExport: CommandSpec = {
  name: 'export',
  summary: 'Print our public keys as a JWK Set, the next one included, for a gateway that takes keys by file',
  examples: ['key export --json > agent-keys.jwks.json'],
  run: async (context) => {
    const config = await stateConfig(context);
    return withState(context, config, (state) => {
      const now = context.now() / 1000;
      const living = state
        .read(() => listOwnKeys(state.db))
        .filter((one) => one.state !== 'revoked' && (one.notAfter === null || one.notAfter > now));
      if (living.length === 0)
        throw new CliFault(EXIT_FAULT, 'no key is known yet: key generate, or key exchange');
      const keys = living.map((one) => ({
        ...toJwk(one.key, {
          use: 'sig',
          purpose: [one.purpose],
          state: one.state,
          ...(one.notAfter === null ? {} : { exp: one.notAfter }),
        }),
      }));
      return { blocks: [text(JSON.stringify({ keys }, null, 2))], json: [{ keys }], exitCode: EXIT_OK };
    });
  },
};

/** `key import`: what a gateway exported, taken by a person who knows where the file came from. */
export const keyImport: CommandSpec = {
  name: 'import',
  arguments: '<file>',
  summary: 'Take the feedback keys of a JWK Set that the gateway exported, for the configured tenant',
  examples: ['key import gateway-keys.jwks.json'],
  run: async (context, args) => {
    const config = await laneConfig(context);
    const file = args[0] ?? '';
    const entries = await readSet(file);
    const tenantId = config.tenantId.toLowerCase();
    return withState(context, config, (state) => {
      const outcomes = state.transaction(() =>
        entries.map((one) => {
          if (one.purposes !== null && !one.purposes.includes('feedback'))
            return { one, outcome: 'other_purpose' };
          if (one.tenants !== null && !one.tenants.some((tenant) => tenant.toLowerCase() === tenantId)) {
            return { one, outcome: 'other_tenant' };
          }
          const outcome = storeTrustedKey(state.db, {
            tenantId,
            kid: one.kid,
            key: one.key,
            purpose: 'feedback',
            // Whoever hands over a key that is to come wants it to be taken as soon as it signs.
            state: one.state === null || one.state === 'pending' ? 'active' : one.state,
            notBefore: one.notBefore,
            notAfter: one.notAfter,
            source: 'key import',
          });
          return { one, outcome };
        }),
      );
      const refused = outcomes.filter(
        ({ outcome }) => outcome === 'revoked_before' || outcome === 'other_key',
      );
      return {
        blocks: [
          table(
            ['kid', 'thumbprint', 'outcome'],
            outcomes.map(({ one, outcome }) => [one.kid, one.key.kid, outcome]),
          ),
        ],
        json: [
          { keys: outcomes.map(({ one, outcome }) => ({ kid: one.kid, thumbprint: one.key.kid, outcome })) },
        ],
        exitCode: refused.length === 0 ? EXIT_OK : EXIT_UNFINISHED,
      };
    });
  },
};

async function readSet(
  file: string,
): Promise<Extract<ReturnType<typeof parseJwkSet>, { ok: true }>['value']> {
  let bytes: Uint8Array | null;
  try {
    bytes = await readFileLimited(file, FILE_LIMIT);
  } catch (error) {
    throw new CliFault(EXIT_FAULT, `${file} cannot be read (${errnoCode(error) ?? 'unknown error'})`);
  }
  const json = bytes === null ? null : parseStrictJson(bytes);
  const set = json?.ok === true ? parseJwkSet(json.value) : null;
  if (set?.ok === true) return set.value;
  throw new CliFault(
    EXIT_UNFINISHED,
    `${file} is refused: ${set?.detail ?? 'it is no strict JSON, or too large'}`,
  );
}
