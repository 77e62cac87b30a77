import { StringDecoder } from 'node:string_decoder';
import { escapeText } from '@nyxera/federation-cli';
import type { AskPin } from '../config.ts';

/** The terminal's input, as `process.stdin` is one. */
export interface PinInput {
  readonly isTTY?: boolean;
  setRawMode(raw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  off(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
}

const ENTER = ['\r', '\n'];
const ERASE = ['\u007f', '\b'];
const GIVE_UP = ['\u0003', '\u0004', '\u001b'];
const MAX_LENGTH = 255;

/**
 * Asks for PINs on a terminal without echo; undefined where there is none, so that a service never waits for somebody
 * to type. Each token is asked for once in a process: the configuration's check and the command itself both open the
 * key. What is given is the PIN, or null after Ctrl-C, Ctrl-D or Escape.
 */
export function pinAsker(input: PinInput, write: ((text: string) => void) | null): AskPin | undefined {
  if (input.isTTY !== true || write === null) return undefined;
  const asked = new Map<string, Promise<string | null>>();
  return (token) => {
    const known = asked.get(token) ?? ask(input, write, token);
    asked.set(token, known);
    return known;
  };
}

async function ask(input: PinInput, write: (text: string) => void, token: string): Promise<string | null> {
  // The name comes from a URI, and may hold what a terminal obeys.
  write(`PIN of the token ${escapeText(token)}: `);
  input.setRawMode(true);
  input.resume();
  try {
    return await readHidden(input);
  } finally {
    input.pause();
    input.setRawMode(false);
    write('\n');
  }
}

function readHidden(input: PinInput): Promise<string | null> {
  return new Promise((resolve) => {
    const decoder = new StringDecoder('utf8');
    let typed: string[] = [];
    const finish = (pin: string | null): void => {
      input.off('data', onData);
      resolve(pin);
    };
    const onData = (chunk: Uint8Array): void => {
      for (const character of decoder.write(Buffer.from(chunk))) {
        if (ENTER.includes(character) || GIVE_UP.includes(character)) {
          finish(ENTER.includes(character) ? typed.join('') : null);
          return;
        }
        if (ERASE.includes(character)) typed = typed.slice(0, -1);
        else if (typed.length < MAX_LENGTH) typed.push(character);
      }
    };
    input.on('data', onData);
  });
}
