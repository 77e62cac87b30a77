import { createHash } from 'node:crypto';
import { type Html, html } from './html.ts';
import { REPORT_STYLE } from './report-style.ts';

/** A page that loads nothing, runs nothing, sends nothing and is styled by itself alone. */
export function page(title: string, body: Html): string {
  const style = `'sha256-${createHash('sha256').update(REPORT_STYLE).digest('base64')}'`;
  const policy = `default-src 'none'; style-src ${style}; base-uri 'none'; form-action 'none'`;
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>STYLE</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
  // Put in last and as it is: it is what the policy has the hash of.
  return document.text.replace('<style>STYLE</style>', () => `<style>${REPORT_STYLE}</style>`);
}
