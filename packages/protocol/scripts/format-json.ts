/**
 * JSON text as the formatter of this repository leaves it alone: objects one member a line, arrays on one line where
 * they fit into 110 columns. So that generated files need no second pass, and a test can compare them byte for byte.
 */
export function formatJson(value: unknown): string {
  return `${format(value, '', 0)}\n`;
}

const WIDTH = 110;

/** @param taken columns already used on the line by what stands before the value, and the comma after it. */
function format(value: unknown, indent: string, taken: number): string {
  if (typeof value !== 'object' || value === null) {
    return JSON.stringify(value);
  }
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value.map((item) => format(item, inner, inner.length + 1));
    const line = `[${items.join(', ')}]`;
    if (!line.includes('\n') && taken + line.length <= WIDTH) {
      return line;
    }
    return `[\n${items.map((item) => inner + item).join(',\n')}\n${indent}]`;
  }
  const members = Object.entries(value).map(([name, member]) => {
    const head = `${inner}${JSON.stringify(name)}: `;
    return head + format(member, inner, head.length + 1);
  });
  return members.length === 0 ? '{}' : `{\n${members.join(',\n')}\n${indent}}`;
}
