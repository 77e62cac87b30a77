import { keyFileOf, replaceableFile } from '@nyxera/federation-key-custody';
import { readJsonObject } from '../../config/json-setting.ts';
import { Settings, type Variables } from '../../config/settings.ts';
import { type Check, faulty, ok, skipped, warning } from './doctor-command.ts';

const PATHS = [
  'VV_TG_CONFIG_FILE',
  'VV_SERVICE_IDENTITY_CERT_PATH',
  'VV_SERVICE_IDENTITY_KEY_PATH',
  'VV_SERVICE_IDENTITY_CA_PATH',
  'VV_TG_FEEDBACK_RULES_PATH',
  'VV_TG_FORWARD_FILE',
] as const;

/**
 * Files by which the gateway decides whom it trusts, what it signs with and whom it tells: who else may exchange them?
 * That secrets are not readable is a matter of the checks that read them.
 */
export function checkFiles(variables: Variables): readonly Check[] {
  const files = filesOf(new Settings(variables));
  if (files.length === 0) return [skipped('files', 'the configuration names none')];
  const found = files.map(replaceableFile).filter((one) => one !== null);
  const places = [...new Map(found.map((one) => [one.path, one])).values()];
  if (places.length === 0) return [ok('files', `${files.length} file(s), changed by the owner only`)];
  return places.map(({ path, mode, byEverybody }) => {
    const what = `${byEverybody ? 'every user' : 'a group'} may write ${path} (mode ${mode})`;
    const advice = `chmod go-w ${path}: who writes there decides whom the gateway trusts`;
    return byEverybody ? faulty('files', what, advice) : warning('files', what, advice);
  });
}

function filesOf(settings: Settings): readonly string[] {
  const lists = (settings.text('VV_TG_CRL_PATH') ?? '').split(',').map((path) => path.trim());
  const feedback = readJsonObject(settings, 'VV_TG_FEEDBACK_ED25519_KEYS_JSON', 'kid -> path') ?? {};
  const uris = [...Object.values(feedback), settings.text('VV_TG_AUDIT_ED25519_KEY_PATH')];
  const keys = uris.map((uri) => (typeof uri === 'string' ? keyFileOf(uri) : null));
  const named = [...PATHS.map((name) => settings.text(name)), ...lists, ...keys];
  return [...new Set(named.filter((path): path is string => path !== null && path !== ''))];
}
