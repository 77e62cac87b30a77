import { canonicalizeCompat, isJsonObject, type JsonValue } from '@nyxera/federation-protocol';

export interface Acceptance {
  readonly duplicate: boolean;
  readonly requestId: string | null;
  /** JSON text of the receipt (PROTOCOL.md section 19). */
  readonly receipt: string | null;
}

/**
 * Whether an answer acknowledges the event. 202 does, whatever its body (PROTOCOL.md section 13: answers may have
 * any body); another 2xx only if it says so, because a 200 with somebody's welcome page is not an acceptance and
 * an event that is believed delivered is never sent again.
 */
export function acceptanceIn(status: number, body: JsonValue | null): Acceptance | null {
  if (status < 200 || status > 299) return null;
  const object = isJsonObject(body ?? undefined) ? (body as { readonly [member: string]: JsonValue }) : {};
  const says = object.accepted === true || object.status === 'accepted';
  if (status !== 202 && !says) return null;
  const requestId = object.request_id;
  return {
    duplicate: object.duplicate === true,
    requestId: typeof requestId === 'string' && /^[\x21-\x7e]{1,128}$/.test(requestId) ? requestId : null,
    receipt: isJsonObject(object.receipt) ? canonicalizeCompat(object.receipt) : null,
  };
}
