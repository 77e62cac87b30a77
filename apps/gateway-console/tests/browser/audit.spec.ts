/** The audit log: an entry is found, proven in the browser, taken away as a file, and the file verified without a gateway. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@nyxera/federation-testing';
import { openConsole } from './harness.ts';

describe('the audit log', () => {
  test('an entry is proven, and its proof file holds without a gateway until something of it is changed', async () => {
    const directory = temporaryDirectory('console-proof');
    const { page, goto, settled } = await openConsole('analyst');
    try {
      await goto('/audit?code=accepted');
      await page.getByText('by the key that the gateway names').waitFor();
      // By keys alone: to the rows, one down, open.
      await page.getByRole('row').nth(1).focus();
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.getByText(/Proven: it is entry/).waitFor();
      await page.getByRole('img', { name: /Path of \d+ hashes/ }).waitFor();
      const downloading = page.waitForEvent('download');
      await page.getByRole('link', { name: 'Offline proof file' }).click();
      const path = join(directory.path, 'proof.json');
      await (await downloading).saveAs(path);

      await goto('/audit?tab=key');
      const key = await page.locator('code').filter({ hasText: '+' }).first().textContent();
      await goto('/verify');
      await settled();
      const asked: string[] = [];
      // The code of other views may still be on its way: files of the console, which tell nothing of what is verified.
      page.on('request', (request) => {
        const { pathname, search } = new URL(request.url());
        if (!pathname.startsWith('/console/assets/') || search !== '') asked.push(request.url());
      });
      await page.getByLabel('Proof file', { exact: true }).setInputFiles(path);
      await page.getByText('The file agrees with itself. Give the key').waitFor();
      await page.getByLabel(/Verifier key/).fill(key ?? '');
      await page.getByRole('button', { name: 'Use this key' }).click();
      await page.getByText(/Proven in the log/).waitFor();

      const changes: [string, (text: string) => string][] = [
        ['proof_mismatch', (text) => text.replace('\\"code\\":\\"accepted\\"', '\\"code\\":\\"rejected\\"')],
        ['disclosure_mismatch', (text) => text.replace(/(\\"value\\":\\")/, '$1x')],
        ['note_signature_invalid', (text) => text.replace(/\\n(\d+)\\n/, '\\n9$1\\n')],
        ['evidence_signature_invalid', (text) => text.replace(/"timestamp": (\d+)/, '"timestamp": 1$1')],
      ];
      for (const [code, change] of changes) {
        const tampered = join(directory.path, `${code}.json`);
        writeFileSync(tampered, change(readFileSync(path, 'utf8')));
        await page.getByLabel('Proof file', { exact: true }).setInputFiles(tampered);
        await page.locator('ol code').getByText(code, { exact: true }).first().waitFor();
        await page.getByText(/Not proven:/).waitFor();
        // The honest file between them, so that nothing of one change is still shown at the next.
        await page.getByLabel('Proof file', { exact: true }).setInputFiles(path);
        await page.getByText(/Proven in the log/).waitFor();
      }
      writeFileSync(path, readFileSync(path, 'utf8').slice(0, -40));
      await page.getByLabel('Proof file', { exact: true }).setInputFiles(path);
      await page.getByText(/This is no file of/).waitFor();
      expect(asked).toEqual([]);
    } finally {
      directory.remove();
    }
  }, 120_000);

  test('the log continues itself, and a checkpoint that was kept', async () => {
    const { page, goto } = await openConsole('viewer');
    await goto('/audit?tab=consistency');
    await page.getByText(/checkpoints, each continues the one before/).waitFor();
    await page.getByRole('img', { name: /each step verified/ }).waitFor();
    await goto('/audit?tab=checkpoints');
    const downloading = page.waitForEvent('download');
    await page
      .getByRole('button', { name: /^Keep the checkpoint/ })
      .last()
      .click();
    const kept = await (await downloading).path();
    await goto('/audit?tab=consistency');
    await page.getByLabel(/A kept checkpoint/).setInputFiles(kept);
    await page.getByText(/continues the one of .* that you kept/).waitFor();
    const note = readFileSync(kept, 'utf8');
    const root = note.split('\n')[2] ?? '';
    const forged = note.replace(root, `${root.startsWith('A') ? 'B' : 'A'}${root.slice(1)}`);
    await page
      .getByLabel(/A kept checkpoint/)
      .setInputFiles({ name: 'forged.txt', mimeType: 'text/plain', buffer: Buffer.from(forged) });
    await page.getByText(/note_signature_invalid/).waitFor();
  }, 60_000);
});

test('ATT&CK: techniques lead to their events, and the matrix leaves as picture and Navigator layer', async () => {
  const { page, goto } = await openConsole('officer');
  await goto('/attack?by=findings&show=seen');
  const save = async (item: RegExp): Promise<Buffer> => {
    await page.getByRole('button', { name: 'Export' }).click();
    const downloading = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: item }).click();
    return readFileSync(await (await downloading).path());
  };
  expect((await save(/PNG/)).subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  expect((await save(/SVG/)).toString('utf8')).toMatch(/^<svg xmlns=.*The MITRE Corporation/s);
  const layer = JSON.parse((await save(/Navigator/)).toString('utf8'));
  expect([layer.versions.layer, layer.domain, layer.techniques.length > 0]).toEqual([
    '4.5',
    'enterprise-attack',
    true,
  ]);
  const cell = page.getByRole('region', { name: 'Technique matrix' }).getByRole('link').first();
  const id = await cell.locator('code').textContent();
  await cell.click();
  await page.waitForURL(
    (url) => url.pathname.endsWith('/events') && url.searchParams.get('technique') === id,
  );
}, 60_000);
