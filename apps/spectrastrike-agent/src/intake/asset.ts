import { isIP } from 'node:net';

/** What a report says about nothing in particular. PROTOCOL.md section 8 uses the same urn for an absent target. */
export const UNKNOWN_TARGET = 'urn:target:unknown';

export interface Asset {
  readonly assetRef: string;
  readonly targetUrn: string;
}

export const UNKNOWN_ASSET: Asset = { assetRef: 'unknown', targetUrn: UNKNOWN_TARGET };

/** An IP address or a host name, lower-cased, without brackets and without a trailing dot. */
export function hostAsset(host: string): Asset {
  const name = host
    .trim()
    .toLowerCase()
    .replace(/^\[([^\]]*)\]$/, '$1')
    .replace(/\.$/, '');
  if (name === '') {
    return UNKNOWN_ASSET;
  }
  return { assetRef: name, targetUrn: `urn:target:${isIP(name) === 0 ? 'host' : 'ip'}:${name}` };
}

/** Scheme, host and port of a URL, without credentials, path or query: one target per origin. Null if it is none. */
export function urlAsset(text: string): Asset | null {
  if (!/^[A-Za-z][A-Za-z0-9+.-]{0,31}:\/\//.test(text) || !URL.canParse(text)) {
    return null;
  }
  const url = new URL(text);
  if (url.host === '') {
    return null;
  }
  return {
    assetRef: hostAsset(url.hostname).assetRef,
    targetUrn: `urn:target:url:${url.protocol}//${url.host}`,
  };
}

/** `host:port` or `host`, as scanners write a network target; IPv6 in brackets, or bare. */
export function hostPortAsset(text: string): Asset {
  const match = /^(\[[^\]]{1,64}\]|[^:/\s]{1,255})(?::[0-9]{1,5})?(?:\/.*)?$/s.exec(text.trim());
  return hostAsset(match?.[1] ?? text);
}

/** An artifact's URI: a path, `file:` in its spellings, or the page of a site, which is the site's target. */
export function fileAsset(uri: string): Asset {
  if (uri === '') {
    return UNKNOWN_ASSET;
  }
  const site = /^https?:/i.test(uri) ? urlAsset(uri) : null;
  const path = localPath(uri);
  return site ?? { assetRef: path, targetUrn: `urn:target:file:${path}` };
}

/**
 * `file:/a`, `file:///a`, `file:////a` and `file://localhost/a` (RFC 8089, and what tools write) are one file, so
 * one target: `/a`. Another host stays in front, as `//host/a`. Percent-encoding is left as it is.
 */
function localPath(uri: string): string {
  const match = /^file:(\/\/[^/]*)?(\/.*)$/is.exec(uri);
  if (match === null) {
    return uri;
  }
  const host = (match[1] ?? '').slice(2).toLowerCase();
  const path = (match[2] ?? '').replace(/^\/+/, '/');
  return host === '' || host === 'localhost' ? path : `//${host}${path}`;
}
