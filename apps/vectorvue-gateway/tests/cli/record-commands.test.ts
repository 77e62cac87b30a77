import { expect, test } from '@jest/globals';
import { makeKey, TENANT_A, TENANT_B } from '../trust/make-keys.ts';
import { countWithdrawn, seedAdjustment, seedEvent, seedFinding } from './seed-event.ts';
import { describeCommands } from './stores.ts';

describeCommands('record commands', (run, store) => {
  const key = makeKey();

  test('a tenant has to be said; the other one is not seen', async () => {
    const { db } = store();
    await seedEvent(db, { key, tenantId: TENANT_A, eventId: 'scope-a' });
    await seedEvent(db, { key, tenantId: TENANT_B, eventId: 'scope-b' });
    await seedFinding(db, { tenantId: TENANT_B, eventId: 'scope-b' });
    for (const list of [
      ['events', 'list'],
      ['findings', 'list'],
      ['audit', 'list'],
    ]) {
      expect(await run(...list, '--json')).toMatchObject({
        exitCode: 2,
        json: { error: { code: 'tenant_required' } },
      });
      expect(await run(...list, '--tenant', TENANT_A, '--all-tenants', '--json')).toMatchObject({
        exitCode: 2,
        json: { error: { code: 'usage' } },
      });
      expect(await run(...list, '--tenant', 'nonsense', '--json')).toMatchObject({
        exitCode: 2,
        json: { error: { code: 'tenant_invalid' } },
      });
    }
    const ofA = (await run('events', 'list', '--tenant', TENANT_A.toUpperCase(), '--json')).json.events;
    expect(ofA.map((event: { event_id: string }) => event.event_id)).toEqual(['scope-a']);
    const ofAll = (await run('events', 'list', '--all-tenants', '--json')).json.events;
    expect(ofAll.map((event: { event_id: string }) => event.event_id).sort()).toEqual(['scope-a', 'scope-b']);
    expect((await run('findings', 'list', '--tenant', TENANT_A, '--json')).json).toEqual({
      findings: [],
      next: null,
    });
    expect(await run('events', 'show', 'scope-b', '--tenant', TENANT_A, '--json')).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'event_unknown' } },
    });
  });

  test('pages: every event once, whatever the page size, also where times are equal', async () => {
    const { db } = store();
    const tenantId = '33333333-3333-4333-8333-333333333333';
    const acceptedAt = new Date();
    const expected: string[] = [];
    for (let index = 0; index < 9; index += 1) {
      const eventId = `page-${index}`;
      expected.push(eventId);
      await seedEvent(db, {
        key,
        tenantId,
        eventId,
        acceptedAt: index < 6 ? acceptedAt : new Date(acceptedAt.getTime() + index),
      });
    }
    for (const limit of ['1', '4', '9', '100']) {
      const seen: string[] = [];
      let after: readonly string[] = [];
      for (let page = 0; page < 20; page += 1) {
        const { json } = await run(
          'events',
          'list',
          '--tenant',
          tenantId,
          '--limit',
          limit,
          '--json',
          ...after,
        );
        seen.push(...json.events.map((event: { event_id: string }) => event.event_id));
        if (json.next === null) break;
        after = ['--after', json.next];
      }
      expect([limit, [...seen].sort()]).toEqual([limit, expected]);
    }
    for (const cursor of [
      'nonsense',
      Buffer.from('["a","b","c","d"]').toString('base64url'),
      Buffer.from('[1]').toString('base64url'),
    ]) {
      expect(await run('events', 'list', '--tenant', tenantId, '--after', cursor, '--json')).toMatchObject({
        exitCode: 2,
      });
    }
    for (const limit of ['0', '-1', '10001', '1e3', 'x']) {
      expect(await run('events', 'list', '--tenant', tenantId, '--limit', limit, '--json')).toMatchObject({
        exitCode: 2,
      });
    }
  });

  test('show: the event exactly as signed, single and in a batch, checked again', async () => {
    const { db } = store();
    for (const batch of [false, true]) {
      const eventId = `show-${batch}`;
      const { payload, requestId } = await seedEvent(db, { key, tenantId: TENANT_A, eventId, batch });
      const shown = await run('events', 'show', eventId, '--tenant', TENANT_A, '--json');
      expect(shown).toMatchObject({
        exitCode: 0,
        json: {
          ok: true,
          verdict: 'valid',
          event: { payload, request_id: requestId },
          evidence: { key_state: null },
        },
      });
      expect(shown.json.event.payload).toContain('12345678901234567890');
      const plain = await run('events', 'show', eventId, '--tenant', TENANT_A);
      expect(plain.stdout).toContain('signature\tok');
      expect(plain.stdout.trimEnd().split('\n').at(-1)).toBe(payload);
    }
  });

  test('show: two operators with one event id', async () => {
    const { db } = store();
    await seedEvent(db, { key, tenantId: TENANT_A, eventId: 'same', operatorId: 'op-x' });
    await seedEvent(db, { key, tenantId: TENANT_A, eventId: 'same', operatorId: 'op-y' });
    expect(await run('events', 'show', 'same', '--tenant', TENANT_A, '--json')).toMatchObject({
      json: { error: { code: 'event_ambiguous' } },
    });
    expect(
      await run('events', 'show', 'same', '--tenant', TENANT_A, '--operator', 'op-y', '--json'),
    ).toMatchObject({
      exitCode: 0,
      json: { event: { operator_id: 'op-y' } },
    });
  });

  test('findings: list, close, suppress, reopen; what they caused is withdrawn', async () => {
    const { db } = store();
    const tenantId = '44444444-4444-4444-8444-444444444444';
    const critical = await seedFinding(db, { tenantId, eventId: 'crit' });
    const failed = await seedFinding(db, { tenantId, eventId: 'fail', severity: 'low', status: 'triaged' });
    const causeId = `op-1/${critical}`;
    await seedAdjustment(db, { tenantId, cause: 'finding', causeId, rule: 'r1' });
    await seedAdjustment(db, { tenantId, cause: 'finding', causeId, rule: 'r2' });
    await seedAdjustment(db, { tenantId, cause: 'finding', causeId: `op-1/${failed}`, rule: 'r1' });
    await seedAdjustment(db, { tenantId, cause: 'graph', causeId, rule: 'r1' });

    const change = (step: string, finding: string, ...more: string[]) =>
      run('findings', step, finding, '--tenant', tenantId, '--json', ...more);
    expect(await change('close', critical)).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'reason_required' } },
    });
    expect(await change('close', critical, '--reason', ' ')).toMatchObject({ exitCode: 2 });
    expect(await change('reopen', critical, '--reason', 'x')).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'finding_state' } },
    });
    expect(await change('close', 'fnd-none', '--reason', 'x')).toMatchObject({
      json: { error: { code: 'finding_unknown' } },
    });
    expect(await run('findings', 'close', critical, '--reason', 'x', '--json')).toMatchObject({
      exitCode: 2,
    });
    expect(
      await run('findings', 'close', critical, '--tenant', TENANT_A, '--reason', 'x', '--json'),
    ).toMatchObject({
      json: { error: { code: 'finding_unknown' } },
    });
    expect(await countWithdrawn(db, tenantId, causeId)).toBe(0);

    expect(await change('close', critical, '--reason', 'patched')).toMatchObject({
      exitCode: 0,
      json: { status: 'closed', withdrawn: 2 },
    });
    expect(await countWithdrawn(db, tenantId, causeId)).toBe(2);
    expect(await countWithdrawn(db, tenantId, `op-1/${failed}`)).toBe(0);
    expect(await change('close', critical, '--reason', 'again')).toMatchObject({
      json: { error: { code: 'finding_state' } },
    });
    expect(await change('suppress', critical, '--reason', 'noise')).toMatchObject({
      json: { status: 'suppressed', withdrawn: 0 },
    });
    expect(await change('reopen', critical, '--reason', 'back')).toMatchObject({ json: { status: 'open' } });
    expect(await change('suppress', failed, '--reason', 'noise')).toMatchObject({ json: { withdrawn: 1 } });
    expect(await change('reopen', failed, '--reason', 'back')).toMatchObject({ json: { status: 'triaged' } });

    const { findings } = (await run('findings', 'list', '--tenant', tenantId, '--status', 'open', '--json'))
      .json;
    expect(findings).toMatchObject([{ finding_id: critical, reason: 'back', changed_by: 'cli:tester' }]);
    const { entries } = (
      await run('audit', 'list', '--tenant', tenantId, '--class', 'administration', '--json')
    ).json;
    expect(entries.map((entry: { action: string }) => entry.action)).toEqual([
      'finding.reopen',
      'finding.suppress',
      'finding.reopen',
      'finding.suppress',
      'finding.close',
    ]);
    expect(JSON.parse(entries.at(-1).subject)).toEqual({ reason: 'patched', subject: critical });
  });

  test('audit: pages by sequence, one request, verification', async () => {
    const all = (await run('audit', 'list', '--all-tenants', '--json')).json.entries;
    expect(all.length).toBeGreaterThan(3);
    const first = (await run('audit', 'list', '--all-tenants', '--limit', '2', '--json')).json;
    const second = (
      await run('audit', 'list', '--all-tenants', '--limit', '2', '--after', first.next, '--json')
    ).json;
    expect(
      [...first.entries, ...second.entries].map((entry: { sequence: number }) => entry.sequence),
    ).toEqual(all.slice(0, 4).map((entry: { sequence: number }) => entry.sequence));
    const one = await run('audit', 'list', '--request', all[0].request_id, '--json');
    expect(one.json.entries).toEqual([all[0]]);
    expect(await run('audit', 'list', '--request', 'nonsense', '--json')).toMatchObject({ exitCode: 2 });
    expect(await run('audit', 'list', '--all-tenants', '--after', 'WyJ4Il0', '--json')).toMatchObject({
      exitCode: 2,
    });
    expect(await run('audit', 'verify', '--json')).toMatchObject({
      exitCode: 0,
      json: { ok: true, entries: all.length },
    });
  });

  test('text from outside cannot speak to the terminal', async () => {
    const { db } = store();
    const tenantId = '55555555-5555-4555-8555-555555555555';
    const assetRef = 'a\u001b]0;owned\u0007\u202eb\tc\nd\u009b31m\u2028';
    await seedEvent(db, { key, tenantId, eventId: 'hostile', assetRef });
    const piped = await run('events', 'list', '--tenant', tenantId);
    const [line, ...rest] = piped.stdout.split('\n');
    expect(rest).toEqual(['']);
    expect(line?.split('\t')).toHaveLength(8);
    expect(line).toContain('a\\u001b]0;owned\\u0007\\u202eb\\tc\\nd\\u009b31m\\u2028');
    const json = await run('events', 'list', '--tenant', tenantId, '--json');
    expect(json.stdout).toMatch(/^[\x20-\x7e]*\n$/);
    expect(json.json.events[0].asset_ref).toBe(assetRef);
    const refused = await run(
      'findings',
      'close',
      '\u001b[2J',
      '--tenant',
      '\u001b[2J',
      '--reason',
      'x',
      '--json',
    );
    expect(refused.stderr + refused.stdout).not.toContain('\u001b');
  });
});
