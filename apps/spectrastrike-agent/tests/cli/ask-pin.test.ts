import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { type PinInput, pinAsker } from '../../src/cli/ask-pin.ts';

class Terminal extends PassThrough implements PinInput {
  isTTY = true;
  readonly modes: boolean[] = [];
  setRawMode(raw: boolean): this {
    this.modes.push(raw);
    return this;
  }
}

describe('asking for a PIN', () => {
  test('shows nothing of it, undoes what was erased, and asks once a token', async () => {
    const input = new Terminal();
    let shown = '';
    const ask = pinAsker(input, (text) => {
      shown += text;
    });
    const first = ask?.('ma\u001b[2Jin');
    input.write('12x');
    input.write('\u007f34\r');
    expect(await first).toBe('1234');
    expect(await ask?.('ma\u001b[2Jin')).toBe('1234');
    expect(shown).toMatch(/^PIN of the token ma.*in: \n$/);
    expect(shown).not.toContain('\u001b');
    expect(input.modes).toEqual([true, false]);
    const second = ask?.('other');
    input.write('é€\n');
    expect(await second).toBe('é€');
  });

  test.each(['\u0003', '12\u0004', '\u001b'])('gives up at %j', async (typed) => {
    const input = new Terminal();
    const asked = pinAsker(input, () => undefined)?.('main');
    input.write(typed);
    expect(await asked).toBeNull();
    expect(input.modes).toEqual([true, false]);
  });

  test('is not there without a terminal on both sides', () => {
    expect(pinAsker(Object.assign(new Terminal(), { isTTY: false }), () => undefined)).toBeUndefined();
    expect(pinAsker(new Terminal(), null)).toBeUndefined();
  });
});
