import { INK, LINE, type Picture, type Shape } from './picture.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** A file of its own: no script, no style sheet, nothing from elsewhere; text is escaped. */
export function pictureSvg({ width, height, shapes }: Picture): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, Liberation Sans, DejaVu Sans, sans-serif">`,
    ...shapes.map(svgShape),
    '</svg>\n',
  ].join('\n');
}

function svgShape(shape: Shape): string {
  if (shape.kind === 'box') {
    const { x, y, width, height, fill } = shape;
    return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="2" fill="${fill}" stroke="${LINE}"/>`;
  }
  const { x, y, text, size, bold } = shape;
  const weight = bold ? ' font-weight="600"' : '';
  return `<text x="${x}" y="${y}" font-size="${size}"${weight} fill="${INK}">${escapeXml(text)}</text>`;
}

/** Control characters have no place in XML, escaped or not. */
function escapeXml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const plain = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
  return plain.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}
