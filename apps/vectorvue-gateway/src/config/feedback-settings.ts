import { isKid } from '@nyxera/federation-protocol';
import { loadRules, RULES_VARIABLE } from '../feedback/load-rules.ts';
import type { FeedbackRules } from '../feedback/rules.ts';
import { LARGEST_FEEDBACK_INPUT, whyNotSigning } from './check-signer.ts';
import type { FeedbackSettings } from './gateway-config.ts';
import { readJsonObject } from './json-setting.ts';
import type { Settings } from './settings.ts';

const KEYS = 'VV_TG_FEEDBACK_ED25519_KEYS_JSON';
const ACTIVE = 'VV_TG_FEEDBACK_ACTIVE_KID';
const TWO_PERSON_DENY = 'VV_TG_CONSOLE_TWO_PERSON_DENY';

/** Keys that sign feedback (PROTOCOL.md section 8); each is opened once, to find a bad one at start. */
export async function readFeedbackSettings(settings: Settings): Promise<FeedbackSettings> {
  const object = readJsonObject(settings, KEYS, 'kid -> path of a private key or signer URI');
  const keys: { kid: string; uri: string }[] = [];
  for (const [kid, uri] of Object.entries(object ?? {})) {
    if (!isKid(kid)) {
      settings.fault(KEYS, `the kid ${JSON.stringify(kid)} must be 1 to 64 of A-Z a-z 0-9 . _ -`);
    } else if (typeof uri !== 'string' || uri === '') {
      settings.fault(KEYS, `the kid ${kid} needs the path of a private key or a signer URI`);
    } else if (await opens(settings, kid, uri)) {
      keys.push({ kid, uri });
    }
  }
  return {
    keys,
    activeKid: chooseActive(settings, Object.keys(object ?? {})),
    rules: readRules(settings),
    twoPersonDeny: settings.boolean(TWO_PERSON_DENY, false),
  };
}

function readRules(settings: Settings): FeedbackRules {
  const rules = loadRules(settings.text(RULES_VARIABLE));
  if (rules.ok) return rules.value;
  settings.faults.push(...rules.faults);
  return { graph: [], finding: [] };
}

async function opens(settings: Settings, kid: string, uri: string): Promise<boolean> {
  const why = await whyNotSigning(uri, LARGEST_FEEDBACK_INPUT);
  if (why !== null) settings.fault(KEYS, `the key of kid ${kid} is refused: ${why}`);
  return why === null;
}

/** With one key there is nothing to choose; with several, guessing could sign with a key nobody trusts yet. */
function chooseActive(settings: Settings, kids: readonly string[]): string | null {
  const active = settings.text(ACTIVE);
  if (active === null) {
    if (kids.length > 1) settings.fault(ACTIVE, `is required: ${KEYS} holds several keys`);
    return kids[0] ?? null;
  }
  if (!kids.includes(active)) settings.fault(ACTIVE, `must be a kid of ${KEYS}`);
  return active;
}
