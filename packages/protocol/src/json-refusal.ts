/** How a scan ends early. It never leaves `parseStrictJson`. */
export class Refusal {
  readonly detail: string;
  readonly offset: number;
  constructor(detail: string, offset: number) {
    this.detail = detail;
    this.offset = offset;
  }
}
