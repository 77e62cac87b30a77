import { closingQuote, quoteAt, type Span } from './spans.ts';

const BEGIN = '-----BEGIN ';

/** PEM and PGP private keys, with their header and footer; one without an end, to the end of the text. */
export function* findPrivateKeys(text: string): Generator<Span> {
  let from = 0;
  for (let start = text.indexOf(BEGIN); start !== -1; start = text.indexOf(BEGIN, from)) {
    const label = text.slice(start + BEGIN.length, start + BEGIN.length + 64).split('-----')[0] ?? '';
    if (!label.includes('PRIVATE KEY')) {
      from = start + BEGIN.length;
      continue;
    }
    const footer = text.indexOf('-----END ', start);
    const close = footer === -1 ? -1 : text.indexOf('-----', footer + 9);
    const end = close === -1 ? text.length : close + 5;
    yield { start, end, kind: 'private-key' };
    from = end;
  }
}

const AUTHORITY_END = /[/?#\s"'`<>\\]/g;

/** The user information of URLs: all of it, since a token often stands where the user's name should. */
export function* findUrlCredentials(text: string): Generator<Span> {
  let from = 0;
  for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', from)) {
    const start = at + 3;
    AUTHORITY_END.lastIndex = start;
    const end = AUTHORITY_END.exec(text)?.index ?? text.length;
    const sign = text.slice(start, end).lastIndexOf('@');
    if (sign > 0) {
      yield { start, end: start + sign, kind: 'url-credentials' };
    }
    from = Math.max(start, end);
  }
}

const CURL_OPTION =
  /(?<=[\s'"])(?:(?:-u|-U|-b|--user|--proxy-user|--cookie|--oauth2-bearer|--pass|--proxy-pass)(?:[ \t]{1,8}|=)|-u(?=[^\s-]))/g;

/** `curl -u user:password`, `-b cookies`, `--oauth2-bearer token`. Only in texts that are curl commands. */
export function* findCurlOptions(text: string): Generator<Span> {
  if (!text.includes('curl')) {
    return;
  }
  const pattern = new RegExp(CURL_OPTION);
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const at = match.index + match[0].length;
    const quote = quoteAt(text, at);
    const start = at + (quote?.length ?? 0);
    WORD_END.lastIndex = start;
    const end =
      quote === null
        ? (WORD_END.exec(text)?.index ?? text.length)
        : closingQuote(text, start, quote.quote, quote.slashes);
    const kind = /^-b|^--cookie/.test(match[0])
      ? 'cookie'
      : /oauth2/.test(match[0])
        ? 'bearer-token'
        : 'password';
    yield { start, end, kind };
    pattern.lastIndex = Math.max(end, pattern.lastIndex);
  }
}

const WORD_END = /[\s'"]/g;
