// Begins like no signature input of the protocol, so that a signed probe is of use to nobody.
export const HEALTH_PROBE: Uint8Array = new TextEncoder().encode('nyxera signer health probe, not a message');

/** A probe of exactly this many bytes (never fewer than the health probe has). */
export function probeOf(bytes: number): Uint8Array {
  const probe = new Uint8Array(Math.max(bytes, HEALTH_PROBE.length)).fill(0x2e);
  probe.set(HEALTH_PROBE);
  return probe;
}
