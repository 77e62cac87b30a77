import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { verifyConsistency, verifyInclusion } from '../../src/tlog/verify-proof.ts';
import { readJson, testWithShared } from '../support.ts';

/** The proofs of transparency-dev/merkle, good and bad, which its own and other implementations run too. */

interface Case {
  readonly desc: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}
interface InclusionCase extends Case {
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string;
  readonly leafHash: string;
}
interface ConsistencyCase extends Case {
  readonly size1: number;
  readonly size2: number;
  readonly root1: string;
  readonly root2: string;
}

const bytes = (base64: string | null): Uint8Array => Uint8Array.from(Buffer.from(base64 ?? '', 'base64'));

function casesIn<C extends Case>(directory: string): [string, C][] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => [name, readJson<C>(join(directory, name))]);
}

testWithShared('every inclusion proof gets the verdict of its vector', 'vectors/merkle/inclusion', (path) => {
  const cases = casesIn<InclusionCase>(path);
  const verdicts = cases.map(([name, { treeSize, root, leafIdx, leafHash, proof }]) => {
    const head = { size: treeSize, root: bytes(root) };
    const verified = verifyInclusion(head, leafIdx, bytes(leafHash), (proof ?? []).map(bytes));
    return [name, verified.ok ? 'accepted' : 'refused'];
  });
  expect(verdicts).toEqual(cases.map(([name, { wantErr }]) => [name, wantErr ? 'refused' : 'accepted']));
  expect(cases.filter(([, { wantErr }]) => !wantErr).length).toBeGreaterThan(5);
  expect(cases.length).toBeGreaterThan(90);
});

testWithShared(
  'every consistency proof gets the verdict of its vector',
  'vectors/merkle/consistency',
  (path) => {
    const cases = casesIn<ConsistencyCase>(path);
    const verdicts = cases.map(([name, { size1, size2, root1, root2, proof }]) => {
      const old = { size: size1, root: bytes(root1) };
      const now = { size: size2, root: bytes(root2) };
      const verified = verifyConsistency(old, now, (proof ?? []).map(bytes));
      return [name, verified.ok ? 'accepted' : 'refused'];
    });
    expect(verdicts).toEqual(cases.map(([name, { wantErr }]) => [name, wantErr ? 'refused' : 'accepted']));
    expect(cases.filter(([, { wantErr }]) => !wantErr).length).toBeGreaterThan(5);
    expect(cases.length).toBeGreaterThan(80);
  },
);
