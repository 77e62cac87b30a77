import { isIP } from 'node:net';
import type { ListenAddress } from './gateway-config.ts';
import type { Settings } from './settings.ts';

/** `host:port`, `[v6]:port`. Port 0: the system chooses. */
function readListenAddress(settings: Settings, name: string, fallback: ListenAddress): ListenAddress {
  const text = settings.text(name);
  if (text === null) return fallback;
  const parts = /^(?:\[([^\]]+)\]|([^:[\]\s]+)):([0-9]{1,5})$/.exec(text);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3]);
  const badBrackets = parts?.[1] !== undefined && isIP(parts[1]) !== 6;
  if (host === undefined || badBrackets || port > 65_535) {
    settings.fault(name, 'must be host:port or [IPv6]:port, with a port from 0 to 65535');
    return fallback;
  }
  return { host, port };
}

/** Where agents come in. */
export function readFederationListen(settings: Settings): ListenAddress {
  return readListenAddress(settings, 'VV_TG_LISTEN', { host: '127.0.0.1', port: 8443 });
}

export function readAdminListen(settings: Settings): ListenAddress {
  return readListenAddress(settings, 'VV_TG_ADMIN_LISTEN', { host: '127.0.0.1', port: 9464 });
}

/** Whether only this machine can reach it. A name other than localhost may resolve to anything. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}
