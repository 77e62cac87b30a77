/** The forms of section 2 that also occur in bodies. Anchored, linear, no flags. */

/** Nonce of a request: 8..128 characters. */
export const NONCE = /^[A-Za-z0-9._:~+/=-]{8,128}$/;
/** Unix seconds as text: no sign, no leading zero, at most 12 digits. */
export const TIMESTAMP = /^(?:0|[1-9][0-9]{0,11})$/;
/** SHA-256 in hex, either case. */
export const HEX_64 = /^[0-9A-Fa-f]{64}$/;
/** SHA-256 in hex as we write it. */
export const LOWER_HEX_64 = /^[0-9a-f]{64}$/;
/** A configured key name or a thumbprint (which is one, too). */
export const KID = /^[A-Za-z0-9._-]{1,64}$/;
export const VISIBLE_ASCII_128 = /^[!-~]{1,128}$/;
/** Greatest timestamp that the header can carry. */
export const MAX_TIMESTAMP = 999_999_999_999;
