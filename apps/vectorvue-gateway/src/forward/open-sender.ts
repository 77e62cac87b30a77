import { readSecretFile } from '@nyxera/federation-key-custody';
import { createFileSender } from './send-file.ts';
import { createHttpSender } from './send-http.ts';
import { createSyslogSender } from './send-syslog.ts';
import type { Sender } from './sender.ts';
import type { DestinationSettings } from './settings.ts';
import { openWebhookSigner } from './sign-webhook.ts';
import { openTlsClient } from './tls-client.ts';

/** What is wrong with a file that a destination names: its member in the settings, and a sentence without its content. */
export interface OpenProblem {
  readonly member: string;
  readonly problem: string;
}

export interface SenderSurroundings {
  /** This machine's name. */
  readonly hostname: string;
  /** Unix milliseconds. */
  now(): number;
}

export type OpenedSender =
  | { readonly ok: true; readonly sender: Sender }
  | { readonly ok: false; readonly problems: readonly OpenProblem[] };

/** Reads the files that a destination names, all of them, and makes its sender. Connects to nothing. */
export async function openSender(
  settings: DestinationSettings,
  surroundings: SenderSurroundings,
): Promise<OpenedSender> {
  const problems: OpenProblem[] = [];
  const note =
    (prefix: string) =>
    (member: string, problem: string): void => {
      problems.push({ member: `${prefix}${member}`, problem });
    };
  const make = async (): Promise<Sender> => {
    const { hostname } = surroundings;
    const now = () => surroundings.now();
    switch (settings.type) {
      case 'syslog':
        return createSyslogSender(settings, {
          tls: await openTlsClient(settings.tls, settings.host, note('tls.')),
          hostname,
        });
      case 'http':
        return createHttpSender(settings, {
          tls: await openTlsClient(settings.tls, hostOf(settings.url), note('tls.')),
          authorization: await readAuthorization(settings.authorization_file, note('')),
          signer: settings.sign === undefined ? null : await openWebhookSigner(settings.sign, note('sign.')),
          hostname,
          now,
        });
      case 'file':
        return createFileSender(settings, now);
    }
  };
  const sender = await make();
  if (problems.length === 0) return { ok: true, sender };
  await sender.close();
  return { ok: false, problems };
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '');
}

async function readAuthorization(
  path: string | undefined,
  problem: (member: string, text: string) => void,
): Promise<string | null> {
  if (path === undefined) return null;
  const secret = await readSecretFile(path);
  if (!secret.ok) {
    const isOpen = secret.code === 'key_permissions';
    problem('authorization_file', isOpen ? 'can be read by others; chmod it to 0600' : 'cannot be read');
    return null;
  }
  const text = new TextDecoder().decode(secret.value).replace(/\r?\n$/, '');
  secret.value.fill(0);
  // Anything else could end the header and begin another one.
  if (/^[\x20-\x7e]{1,8192}$/.test(text)) return text;
  problem('authorization_file', 'must hold one line of printable ASCII');
  return null;
}
