import type { Span } from './spans.ts';

/** Tokens that are known by their own form. Every pattern is bounded, or ends in a run that always matches. */
export const TOKEN_PATTERNS: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['aws-key', /(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}/g],
  ['gcp-key', /AIza[0-9A-Za-z_-]{35}/g],
  ['gcp-key', /ya29\.[0-9A-Za-z_-]{20,}/g],
  ['gcp-key', /GOCSPX-[0-9A-Za-z_-]{20,}/g],
  ['azure-key', /[A-Za-z0-9_~.]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}/g],
  ['azure-key', /Account(?:Key)=[A-Za-z0-9+/]{40,}={0,2}/g],
  ['github-token', /gh[pousr]_[A-Za-z0-9]{36,}/g],
  ['github-token', /github_pat_[A-Za-z0-9_]{22,}/g],
  ['gitlab-token', /gl(?:pat|ptt|dt|rt|cbt|soat)-[A-Za-z0-9_-]{20,}/g],
  ['slack-token', /xox[a-z]-[A-Za-z0-9-]{10,}/g],
  ['slack-token', /xapp-[0-9]-[A-Za-z0-9-]{10,}/g],
  ['slack-token', /hooks\.slack\.com\/(?:services|workflows)\/[A-Za-z0-9/_-]{20,}/g],
  ['stripe-key', /[sr]k_(?:live|test)_[0-9A-Za-z]{16,}/g],
  ['npm-token', /npm_[A-Za-z0-9]{36}/g],
  ['sendgrid-key', /SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}/g],
];

export function tokenFinder(kind: string, pattern: RegExp): (text: string) => Generator<Span> {
  return function* find(text) {
    const own = new RegExp(pattern);
    for (let match = own.exec(text); match !== null; match = own.exec(text)) {
      yield { start: match.index, end: match.index + match[0].length, kind };
    }
  };
}

const RUN = /[A-Za-z0-9_-]*/y;

/**
 * JSON web tokens: base64url of `{"…`, a dot, more, and mostly a second dot. Runs are measured once: a plain
 * regular expression would measure the same run again from each `eyJ` in it.
 */
export function* findJwts(text: string): Generator<Span> {
  let from = 0;
  for (let start = text.indexOf('eyJ'); start !== -1; start = text.indexOf('eyJ', from)) {
    const header = runEnd(text, start);
    from = header;
    if (text[header] !== '.' || header - start < 8) {
      continue;
    }
    let end = runEnd(text, header + 1);
    for (let more = 0; more < 3 && text[end] === '.'; more++) {
      end = runEnd(text, end + 1);
    }
    if (end - header > 4) {
      yield { start, end, kind: 'jwt' };
      from = end;
    }
  }
}

function runEnd(text: string, from: number): number {
  RUN.lastIndex = from;
  return from + (RUN.exec(text)?.[0].length ?? 0);
}

/** `Bearer …` and `Basic …` without the header's name. Prose ("basic authentication") has no such credential. */
export function* findSchemes(text: string): Generator<Span> {
  const pattern = /(bearer|basic|apikey|splunk)(?:[ \t+]|%20){1,4}([A-Za-z0-9._~+/=-]{8,})/gi;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const value = match[2] ?? '';
    const end = match.index + match[0].length;
    const basic = match[1]?.toLowerCase() === 'basic';
    if (basic ? decodesToUserAndPassword(value) : value.length >= 20 || /[0-9]/.test(value)) {
      yield { start: end - value.length, end, kind: basic ? 'basic-credentials' : 'bearer-token' };
    }
  }
}

function decodesToUserAndPassword(value: string): boolean {
  return value.length <= 4096 && Buffer.from(value, 'base64').toString('latin1').includes(':');
}
