/** What an officer did by the command line before anybody looks: a second organisation, keys and pins in several states. */
import { join } from 'node:path';
import { generateKeyFile } from '@nyxera/federation-key-custody';
import { askGateway, type World } from '../../../../../scripts/demo/world.ts';
import {
  IDENTITY,
  NAME,
  OTHER_IDENTITY,
  OTHER_NAME,
  OTHER_OPERATOR,
  OTHER_TENANT,
  SUSPENDED_OPERATOR,
  SUSPENDED_TENANT,
  TENANT,
} from './actors.ts';

export interface AdmittedKeys {
  /** Telemetry key of the other agent. */
  readonly otherSigningKeyPath: string;
  /** What the first agent cosigns the log with. */
  readonly witnessKeyPath: string;
}

/** Before anything is sent. */
export async function admitOthers(world: World): Promise<AdmittedKeys> {
  const otherSigningKeyPath = join(world.directory, 'other-telemetry.pem');
  const witnessKeyPath = join(world.directory, 'witness.pem');
  const signing = await generateKeyFile(otherSigningKeyPath);
  const witness = await generateKeyFile(witnessKeyPath);
  const ask = (...args: string[]): Promise<unknown> => askGateway(world, args);
  const limits = ['--operators', OTHER_OPERATOR, '--tenants', OTHER_TENANT, '--reason', 'onboarding'];
  await ask('tenant', 'create', OTHER_TENANT, '--name', OTHER_NAME);
  await Promise.all([
    ask('tenant', 'map', OTHER_OPERATOR, OTHER_TENANT),
    ask('identity', 'pin', OTHER_IDENTITY, world.otherCertificate.sha256, ...limits),
    ask('tenant', 'map', SUSPENDED_OPERATOR, SUSPENDED_TENANT),
  ]);
  await Promise.all([
    ask('key', 'import', signing.toBase64(), '--identity', OTHER_IDENTITY, '--purpose', 'telemetry,evidence'),
    ask('key', 'import', witness.toBase64(), '--identity', IDENTITY, '--purpose', 'witness'),
    ask('tenant', 'suspend', SUSPENDED_TENANT, '--reason', 'contract ended'),
  ]);
  return { otherSigningKeyPath, witnessKeyPath };
}

/** After the agents have spoken: a lost key, the next pin of an agent, and a rotation that nobody has confirmed. */
export async function changeTrust(world: World): Promise<{ readonly revokedKid: string }> {
  const lost = await generateKeyFile(join(world.directory, 'lost.pem'));
  const imported = ['--identity', IDENTITY, '--purpose', 'telemetry', '--kid', 'telemetry-laptop'];
  await askGateway(world, ['key', 'import', lost.toBase64(), ...imported]);
  const soon = new Date(Date.now() + 20 * 86_400_000).toISOString();
  const nextPin = 'ab'.repeat(32);
  await Promise.all([
    askGateway(world, ['key', 'revoke', 'telemetry-laptop', '--reason', 'laptop stolen in Lisbon']),
    askGateway(world, ['identity', 'pin', IDENTITY, nextPin, '--next', '--until', soon]),
    askGateway(world, [
      'key',
      'generate',
      '--tenant',
      TENANT,
      '--not-after',
      soon,
      '--reason',
      `own key of ${NAME}`,
    ]),
    // Exit code 2: prepared and published, and it waits for the agents.
    askGateway(world, ['key', 'rotate', '--overlap', '7d', '--reason', 'quarterly'], 2),
  ]);
  return { revokedKid: 'telemetry-laptop' };
}
