import { mutateBytes, mutateString, mutateTree, strangeValue } from '../json/mutate.ts';
import { readStrict } from '../json/read.ts';
import { type Node, ObjectNode } from '../json/tree.ts';
import { writeJcs, writeLoose } from '../json/write.ts';
import type { Random } from '../random.ts';
import type { CorpusReport, IntakeFormat } from './corpus.ts';

/** A mutant of a real report: by its structure where it has one, and by bytes that know nothing of it. */
export function mutateReport(
  format: IntakeFormat,
  corpus: readonly CorpusReport[],
  random: Random,
): { readonly bytes: Buffer; readonly from: string } {
  const report = random.pick(corpus);
  if (format !== 'nmap' && random.chance(0.3))
    return { bytes: enrich(report.bytes, random), from: report.name };
  let bytes: Buffer = report.bytes;
  if (random.chance(0.75)) bytes = format === 'nmap' ? mutateXml(bytes, random) : mutateJson(bytes, random);
  if (random.chance(0.35)) bytes = splice(bytes, random.pick(corpus).bytes, random);
  const rounds = random.chance(0.5) ? 0 : 1 + random.below(6);
  for (let round = 0; round < rounds; round += 1) bytes = mutateBytes(bytes, random);
  return { bytes, from: report.name };
}

/** Strange values where a report may hold anything, and nothing else: such a report still becomes events. */
function enrich(bytes: Buffer, random: Random): Buffer {
  const whole = readStrict(bytes);
  const trees = whole === null ? bytes.toString('utf8').split('\n').map(readLine) : [whole.tree];
  const objects = trees.flatMap((tree) => (tree === null ? [] : objectsIn(tree)));
  if (objects.length === 0) return bytes;
  for (let count = 1 + random.below(3); count > 0; count -= 1) {
    const free = objects.filter(({ name }) => FREE.includes(name));
    const { node } = random.pick(free.length > 0 && random.chance(0.7) ? free : objects);
    node.set(random.chance(0.8) ? `x-${random.below(3)}` : mutateString('x', random), strangeValue(random));
  }
  const written = trees.map((tree) => (tree === null ? '' : writeJcs(tree)));
  return Buffer.from(written.join('\n'), 'utf8');
}

/** Members whose contents the formats leave to whoever writes the report. */
const FREE: readonly string[] = ['attributes', 'properties', 'info', 'metadata'];

function readLine(line: string): Node | null {
  return readStrict(Buffer.from(line, 'utf8'))?.tree ?? null;
}

function objectsIn(node: Node, name = ''): { readonly name: string; readonly node: ObjectNode }[] {
  if (Array.isArray(node)) return node.flatMap((item) => objectsIn(item, name));
  if (!(node instanceof ObjectNode)) return [];
  return [{ name, node }, ...node.entries.flatMap(([key, value]) => objectsIn(value, key))];
}

/** One document or lines of them. */
function mutateJson(bytes: Buffer, random: Random): Buffer {
  const whole = readStrict(bytes);
  if (whole !== null) return Buffer.from(mutated(whole.tree, random), 'utf8');
  const lines = bytes.toString('utf8').split('\n');
  const out = lines.map((line) => {
    if (!random.chance(1.5 / lines.length)) return line;
    const parsed = readStrict(Buffer.from(line, 'utf8'));
    return parsed === null ? mutateString(line, random) : mutated(parsed.tree, random);
  });
  if (random.chance(0.1))
    out.splice(random.below(out.length), 0, random.pick(['', '[]', '{}', 'null', '[1]', '{"a"']));
  return Buffer.from(out.join(random.pick(['\n', '\n', '\n', '\r\n', '\r'])), 'utf8');
}

function mutated(tree: Parameters<typeof mutateTree>[0], random: Random): string {
  let changed = tree;
  const rounds = 1 + random.below(5);
  for (let round = 0; round < rounds; round += 1) changed = mutateTree(changed, random);
  return random.chance(0.5) ? writeJcs(changed) : writeLoose(changed, random);
}

const XML_PIECES: readonly string[] = [
  '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
  '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
  '&b;',
  '&#0;',
  '&#xD800;',
  '&#x110000;',
  '&amp;amp;',
  '<![CDATA[',
  ']]>',
  '<!--',
  '-->',
  '<?php ?>',
  '<host>',
  '</host>',
  '<port portid="-1" protocol="tcp"><state state="open"/></port>',
  '<port portid="65536" protocol=""/>',
  '<address addr="not-an-address" addrtype="ipv9"/>',
  '<address addr="" addrtype="ipv4"/>',
  '<hostname name="\u0001"/>',
  '<x>'.repeat(2000),
  `<script id="s" output="${'o'.repeat(20_000)}"/>`,
];

function mutateXml(bytes: Buffer, random: Random): Buffer {
  let text = bytes.toString('utf8');
  const rounds = 1 + random.below(5);
  for (let round = 0; round < rounds; round += 1) {
    const found = [...text.matchAll(/="[^"<>]*"|<\/?[a-z]+[^<>]*>/g)];
    if (found.length === 0) return Buffer.from(text, 'utf8');
    const one = random.pick(found);
    const [old] = one;
    const at = one.index;
    text = text.slice(0, at) + changed(old, random) + text.slice(at + old.length);
  }
  return Buffer.from(text, 'utf8');
}

function changed(old: string, random: Random): string {
  if (random.chance(0.15)) return old + random.pick(XML_PIECES);
  if (random.chance(0.1)) return old + old;
  if (random.chance(0.1)) return '';
  if (!old.startsWith('="')) return mutateString(old, random);
  const value = random.chance(0.5)
    ? random.pick(['', '-1', '0', '65536', '1e9', '99999999999999999999', '::1', '10.0.0.5/24', '\u202e'])
    : mutateString(old.slice(2, -1), random);
  return `="${random.chance(0.8) ? value.replace(/[&<"]/g, '.') : value}"`;
}

/** A piece of one report in the middle of another. */
function splice(into: Buffer, from: Buffer, random: Random): Buffer {
  const at = random.below(into.length + 1);
  const start = random.below(from.length + 1);
  const piece = from.subarray(start, start + random.below(4000));
  return Buffer.concat([into.subarray(0, at), piece, into.subarray(at + random.below(2000))]);
}
