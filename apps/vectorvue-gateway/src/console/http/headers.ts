import type { ServerResponse } from 'node:http';

/**
 * Nothing from elsewhere, nothing inline: an event that gets itself interpreted as HTML finds no script that may run, and
 * nowhere to send what it read. `data:` and `blob:` are pictures that the page drew itself.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS: readonly (readonly [string, string])[] = [
  ['Content-Security-Policy', CONTENT_SECURITY_POLICY],
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY'],
  ['Referrer-Policy', 'no-referrer'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'],
  ['Cache-Control', 'no-store'],
];

/** On every answer of the console, before anything is decided; a static file changes its Cache-Control. */
export function setSecurityHeaders(response: ServerResponse, isTls: boolean): void {
  for (const [name, value] of HEADERS) response.setHeader(name, value);
  if (isTls) response.setHeader('Strict-Transport-Security', 'max-age=31536000');
}
