import { api } from '../api/client.ts';
import { setCsrfToken } from '../api/csrf.ts';

/** Opens a session with the token of a one-time link. Throws `Refusal` (`sign_in_refused`) and `GatewayAway`. */
export async function enterByLink(token: string): Promise<void> {
  const { data } = await api.POST('/sign-in/link', { body: { token } });
  setCsrfToken(data?.csrf ?? null);
}

/** Opens a session for the certificate that this browser has shown at the handshake. Throws like `enterByLink`. */
export async function enterByCertificate(): Promise<void> {
  const { data } = await api.POST('/sign-in/certificate', { body: {} });
  setCsrfToken(data?.csrf ?? null);
}

/** Ends the session here and at the gateway. A session that is over already is as good. */
export async function leave(): Promise<void> {
  try {
    await api.POST('/session/end', { body: {} });
  } finally {
    setCsrfToken(null);
  }
}
