import sax from 'sax';
import { Utf8Decoder } from '../json/utf8.ts';
import { MAX_LINE_BYTES, MAX_XML_ATTRIBUTES, MAX_XML_DEPTH } from '../limits.ts';
import type { Fault, FaultCode } from '../types.ts';

export interface XmlElement {
  readonly name: string;
  /** Without prototype, so that no attribute name means anything else. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

export interface XmlHandler {
  /** An element opened directly under the root, or the root itself (depth 0). */
  onOpen(depth: number, name: string, attributes: Readonly<Record<string, string>>): void;
  /** A child of the root is complete; it is not kept after this call. */
  onChild(element: XmlElement): void;
}

/** `strictEntities`, missing in its types: only the five entities of XML, none of HTML. */
const OPTIONS = { position: true, strictEntities: true };

/** Fed in pieces, so that a refusal comes before the rest is looked at. Code units. */
const PIECE = 64 * 1024;

interface OpenElement {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  text: string;
}

/** How a reading ends early; never leaves this file. */
class Refused extends Error {
  readonly code: FaultCode;

  constructor(message: string, code: FaultCode = 'report_malformed') {
    super(message);
    this.code = code;
  }
}

/** How far the text was read when a child of the root was last complete: what is in memory is what came since. */
class Progress {
  #done = 0;

  childIsDone(position: number): void {
    this.#done = position;
  }

  /** Asked for after each piece, so that a child is refused that never ends: an attribute of a gigabyte, say. */
  check(position: number): void {
    if (position - this.#done > MAX_LINE_BYTES) {
      throw new Refused(`at most ${MAX_LINE_BYTES} characters in a child of the root`, 'record_too_large');
    }
  }
}

/**
 * Strict, well-formed XML, one child of the root at a time. There is no way to a file or a network from here:
 * sax knows the five predefined entities and character references, expands nothing else, and opens nothing. A
 * DOCTYPE alone is normal in nmap's reports; an internal subset or a declaration is refused by name, because
 * only an attack (billion laughs, external entities) has a use for it.
 * Yields after each piece; returns the fault for which the document is refused as a whole.
 */
export function* readXml(
  chunks: Iterable<Uint8Array>,
  handler: XmlHandler,
): Generator<undefined, Fault | null> {
  const parser = sax.parser(true, OPTIONS);
  // What is in memory is bounded here, a child of the root at a time; sax's own 64 KiB bound would refuse real script output.
  (parser as unknown as { bufferCheckPosition: number }).bufferCheckPosition = Number.POSITIVE_INFINITY;
  const progress = bind(parser, [], handler);
  const decoder = new Utf8Decoder();
  try {
    for (const chunk of chunks) {
      const decoded = decoder.push(chunk);
      if (!decoded.ok) return notUtf8(decoded.offset);
      for (let at = 0; at < decoded.text.length; at += PIECE) {
        parser.write(decoded.text.slice(at, at + PIECE));
        progress.check(parser.position);
        yield;
      }
    }
    const unfinished = decoder.end();
    if (unfinished !== null) return notUtf8(unfinished);
    parser.close();
    return null;
  } catch (thrown) {
    // sax throws Errors of its own as well; both end the reading, and neither message holds the input.
    const refused = thrown instanceof Refused ? thrown : null;
    return {
      code: refused?.code ?? 'report_malformed',
      where: `line ${parser.line + 1} column ${parser.column}`,
      expected: `${refused?.message ?? 'well-formed XML'}; nothing was taken`,
    };
  }
}

function notUtf8(offset: number): Fault {
  return { code: 'report_malformed', where: `byte ${offset}`, expected: 'UTF-8; nothing was taken' };
}

function bind(parser: sax.SAXParser, stack: OpenElement[], handler: XmlHandler): Progress {
  const progress = new Progress();
  let attributes = 0;
  let roots = 0;
  parser.onerror = (error) => {
    throw new Refused(`well-formed XML (${reasonOf(error)})`);
  };
  parser.ondoctype = (doctype) => {
    if (doctype.includes('[') || /ENTITY/i.test(doctype)) {
      throw new Refused('a DOCTYPE without internal subset: entity declarations are refused');
    }
  };
  parser.onsgmldeclaration = () => {
    throw new Refused('no ENTITY or other declaration: declarations are refused');
  };
  parser.onprocessinginstruction = ({ name, body }) => {
    const encoding = /encoding\s{0,9}=\s{0,9}["']([^"']{0,40})/.exec(body)?.[1] ?? 'UTF-8';
    if (name === 'xml' && !/^(?:utf-?8|us-ascii)$/i.test(encoding)) {
      throw new Refused('encoding UTF-8');
    }
  };
  parser.onopentagstart = () => {
    attributes = 0;
  };
  parser.onattribute = () => {
    if (++attributes > MAX_XML_ATTRIBUTES) {
      throw new Refused(`at most ${MAX_XML_ATTRIBUTES} attributes of an element`);
    }
  };
  parser.onopentag = (tag) => {
    if (stack.length >= MAX_XML_DEPTH) {
      throw new Refused(`at most ${MAX_XML_DEPTH} nested elements`);
    }
    // sax closes its eyes to a second root; two readers could each believe another one.
    if (stack.length === 0 && ++roots > 1) {
      throw new Refused('well-formed XML (one root element)');
    }
    const element = { name: tag.name, attributes: snapshot(tag.attributes), children: [], text: '' };
    if (stack.length <= 1) {
      handler.onOpen(stack.length, element.name, element.attributes);
    }
    stack.push(element);
  };
  parser.ontext = (text) => addText(stack, text);
  parser.oncdata = (text) => addText(stack, text);
  parser.onclosetag = () => {
    const element = stack.pop();
    const parent = stack.at(-1);
    if (element !== undefined && parent !== undefined) {
      if (stack.length === 1) {
        handler.onChild(element);
        progress.childIsDone(parser.position);
      } else {
        parent.children.push(element);
      }
    }
  };
  return progress;
}

/** The root's own text is not used, and must not grow with the report. */
function addText(stack: readonly OpenElement[], text: string): void {
  const element = stack.at(-1);
  if (element !== undefined && stack.length > 1) {
    element.text += wellFormed(text);
  }
}

/** Character references can name half a surrogate pair, which has no JSON form. */
function snapshot(attributes: Readonly<Record<string, unknown>>): Record<string, string> {
  const copy: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(attributes)) {
    copy[name] = wellFormed(String(value));
  }
  return copy;
}

/** Half a surrogate pair becomes U+FFFD. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

/** The first line of sax's message is a fixed sentence; those that quote a name of the input are replaced. */
function reasonOf(error: Error): string {
  const sentence = error.message.split('\n')[0] ?? '';
  return sentence.split(':')[0]?.slice(0, 60) ?? '';
}
