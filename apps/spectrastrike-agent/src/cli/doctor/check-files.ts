import { keyFileOf, replaceableFile } from '@nyxera/federation-key-custody';
import { type Environment, type FeedbackConfig, settingsFilesOf } from '../../config.ts';
import { counted } from '../format.ts';
import { type Check, fail, ok, warn } from './check.ts';

/**
 * Files by which the agent decides whom it trusts and what it signs with: who else may exchange them? That secrets are
 * not readable is a matter of the configuration, which refuses them.
 */
export function checkFiles(environment: Environment, lanes: readonly FeedbackConfig[]): readonly Check[] {
  const files = new Set([...settingsFilesOf(environment), ...lanes.flatMap(filesOf)]);
  const found = [...files].map(replaceableFile).filter((one) => one !== null);
  const places = new Map(found.map((one) => [one.path, one]));
  if (places.size === 0) return [ok('files', `${counted(files.size, 'file')}, changed by the owner only`)];
  return [...places.values()].map(({ path, mode, byEverybody }) => {
    const what = `${byEverybody ? 'every user' : 'a group'} may write ${path} (mode ${mode})`;
    const advice = `chmod go-w ${path}: who writes there decides whom the agent trusts and with which keys it signs`;
    return byEverybody ? fail('files', what, advice) : warn('files', what, advice);
  });
}

function filesOf({ tls, ...lane }: FeedbackConfig): readonly string[] {
  const keys = [lane.signingKeyUri, lane.evidenceKeyUri, lane.witnessKeyUri ?? ''].map(keyFileOf);
  return [tls.certFile, tls.keyFile, tls.caFile, ...keys].filter((path) => path !== null);
}
