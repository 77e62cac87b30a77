/** One thing to say in the form of an action. */
export interface ActionField {
  /** As the API calls it. */
  readonly name: string;
  readonly label: string;
  /**
   * `text`: as it is, empty is null; `list`: parted by commas, spaces or lines, empty is null; `days`: sent in seconds, empty
   * is null; `time`: local time; `flag`: yes or no.
   */
  readonly kind: 'text' | 'list' | 'days' | 'time' | 'flag';
  readonly hint?: string;
  readonly required?: boolean;
  readonly initial?: string;
}

export type ActionBody = Readonly<Record<string, unknown>>;

/** The body that a form says. What is no number or time is sent as it is, so that the gateway says it beside the field. */
export function bodyOf(fields: readonly ActionField[], form: FormData): ActionBody {
  return Object.fromEntries(
    fields.map(({ name, kind, required = false }) => {
      if (kind === 'flag') return [name, form.get(name) !== null];
      const text = String(form.get(name) ?? '').trim();
      return [name, text === '' && !required ? null : typedAs(kind, text)];
    }),
  );
}

function typedAs(kind: Exclude<ActionField['kind'], 'flag'>, text: string): unknown {
  switch (kind) {
    case 'text':
      return text;
    case 'list':
      return text.split(/[\s,]+/).filter((part) => part !== '');
    case 'days': {
      const days = Number(text);
      return text === '' || Number.isNaN(days) ? text : Math.round(days * 86_400);
    }
    case 'time': {
      const at = new Date(text.includes('T') ? text : text.replace(' ', 'T'));
      return Number.isNaN(at.getTime()) ? text : at.toISOString();
    }
  }
}
