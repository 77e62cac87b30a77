import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, jest, test } from '@jest/globals';
import { formatCheckpoint, openCheckpoint } from '../../src/tlog/checkpoint.ts';
import { cosignatureInput, cosignatureLine } from '../../src/tlog/cosignature.ts';
import { merkleRoot, proveConsistency, proveInclusion } from '../../src/tlog/merkle-tree.ts';
import {
  formatVerifierKey,
  NOTE_ED25519,
  noteKeyId,
  noteVerifier,
  parseVerifierKey,
} from '../../src/tlog/note-verifier.ts';
import { formatNote } from '../../src/tlog/signed-note.ts';
import { SLOW, signWith, testKey, utf8 } from '../support.ts';
import { accepted, entry, flipped, grow, leaf, leaves } from './support.ts';

jest.setTimeout(SLOW);

/**
 * The same log by an implementation that is not ours: Go's `sumdb/tlog` and `sumdb/note`, from the Debian packages
 * golang-go and golang-golang-x-mod-dev.
 */

const GO_SOURCES = '/usr/share/gocode';
const program = fileURLToPath(new URL('../fixtures/tlog-check/main.go', import.meta.url));
const hasGo =
  spawnSync('go', ['version'], { stdio: 'ignore' }).status === 0 &&
  existsSync(`${GO_SOURCES}/src/golang.org/x/mod/sumdb/tlog`);
const testWithGo = hasGo ? test : test.skip;

const ORIGIN = 'gateway.example/audit';
const LOG = testKey(21);
const WITNESS = testKey(22);
/** Three levels of tiles, each of them partial. */
const SIZE = 65_536 + 256 * 3 + 77;

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

function makeInput() {
  const all = leaves(SIZE);
  const { root, tiles } = grow(all);
  const text = formatCheckpoint({ origin: ORIGIN, size: SIZE, root });
  const logSignature = {
    name: ORIGIN,
    keyId: noteKeyId(ORIGIN, NOTE_ED25519, LOG.key),
    signature: signWith(LOG.privateKey, utf8(text)),
  };
  const time = 1_800_000_000;
  const cosignature = cosignatureLine(
    'agent.example',
    WITNESS.key,
    time,
    signWith(WITNESS.privateKey, cosignatureInput(text, time)),
  );
  const indices = [0, 1, 255, 256, 65_535, 65_536, SIZE - 1];
  const sizes = [1, 2, 255, 256, 300, 65_536, 65_537, SIZE - 1, SIZE];
  return {
    Checkpoint: formatNote(text, [logSignature, cosignature]),
    LogKey: formatVerifierKey({ name: ORIGIN, type: NOTE_ED25519, key: LOG.key }),
    WitnessName: 'agent.example',
    WitnessID: cosignature.keyId,
    WitnessKey: WITNESS.key.toBase64(),
    Tiles: Object.fromEntries([...tiles].map(([path, bytes]) => [path, base64(bytes)])),
    Entries: Array.from({ length: 20 }, (_, n) => base64(entry(n))),
    Inclusion: indices.map((index) => ({
      Index: index,
      Hash: base64(leaf(index)),
      Hashes: proveInclusion(all, index).map(base64),
    })),
    Consistency: sizes.map((size) => ({
      Size: size,
      Hash: base64(merkleRoot(all.slice(0, size))),
      Hashes: proveConsistency(all, size).map(base64),
    })),
  };
}

function runGo(input: object) {
  const run = spawnSync('go', ['run', program], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, GO111MODULE: 'off', GOPATH: GO_SOURCES, GOFLAGS: '', GOPROXY: 'off' },
  });
  return { status: run.status, output: run.stdout, fault: run.stderr };
}

describe('Go reads our log', () => {
  const input = hasGo ? makeInput() : null;

  testWithGo(
    'checkpoint, cosignature, tiles, inclusion and consistency proofs hold; its note opens here',
    () => {
      const { status, output, fault } = runGo(input ?? {});
      expect([status, fault]).toEqual([0, '']);
      const answer = JSON.parse(output) as { key: string; note: string; root: string };
      expect(answer).toMatchObject({ origin: ORIGIN, size: SIZE, signatures: 2 });
      const { name, key } = accepted(parseVerifierKey(answer.key));
      const opened = accepted(openCheckpoint(answer.note, 'go.example/log', [noteVerifier(name, key)]));
      expect([opened.size, base64(opened.root)]).toEqual([SIZE, answer.root]);
    },
  );

  testWithGo('and refuses one that is damaged: a tile, a proof, a checkpoint', () => {
    if (input === null) throw new Error('no input');
    // A partial tile: this version of Go's reader compares not every full tile with its parent.
    const path = 'tile/0/259.p/77';
    const tile = Buffer.from(input.Tiles[path] ?? '', 'base64');
    expect(tile).toHaveLength(77 * 32);
    const damagedTile = { ...input.Tiles, [path]: base64(flipped(tile, 9)) };
    const proof = input.Inclusion.map((given) => ({ ...given, Index: given.Index === 1 ? 2 : given.Index }));
    for (const [damaged, words] of [
      [{ ...input, Tiles: damagedTile }, 'downloaded inconsistent tile'],
      [{ ...input, Inclusion: proof }, 'invalid transparency proof'],
      [
        { ...input, Checkpoint: input.Checkpoint.replace(`\n${SIZE}\n`, `\n${SIZE + 1}\n`) },
        'invalid signature',
      ],
    ] as const) {
      const { status, fault } = runGo(damaged);
      expect([status, fault.includes(words) ? words : fault]).toEqual([1, words]);
    }
  });
});
