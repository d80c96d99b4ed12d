/** A value with the version, of its row, that it was written with, and by whom. */
interface Held {
  value: unknown;
  since: number;
  actor: string | null;
}

/** A row of a file as anybody would keep it on paper. */
export class RowModel {
  version = 1;
  isGone = false;
  readonly fields = new Map<string, Held>();
  readonly together: readonly (readonly string[])[];

  constructor(values: Record<string, unknown>, together: readonly (readonly string[])[]) {
    for (const [field, value] of Object.entries(values))
      this.fields.set(field, { value, since: 1, actor: null });
    this.together = together;
  }

  valueOf(field: string): unknown {
    return this.fields.get(field)?.value;
  }

  /** The fields that `input` would write, as opposed to those that are so already. */
  written(input: Record<string, unknown>): string[] {
    return Object.keys(input).filter((field) => this.valueOf(field) !== input[field]);
  }

  /** Who overwrites what: field and last writer. */
  conflicts(input: Record<string, unknown>, expected: number): string[] {
    const written = this.written(input);
    const agreed = Object.keys(input).filter((field) => !written.includes(field));
    const partners = this.together.filter((set) => set.some((field) => written.includes(field))).flat();
    return [...new Set([...written, ...partners])]
      .filter((field) => !agreed.includes(field))
      .flatMap((field) => {
        const held = this.fields.get(field) as Held;
        return held.since > expected ? [`${field} by ${held.actor}`] : [];
      })
      .sort();
  }

  set(input: Record<string, unknown>, actor: string | null, version: number): void {
    for (const field of this.written(input))
      this.fields.set(field, { value: input[field], since: version, actor });
    this.version = version;
  }
}

/** A file with a deal and a contact. Its version counts everything, `changedAt` only what is a change of it. */
export class FileModel {
  readonly file: RowModel;
  readonly deal: RowModel;
  readonly contact: RowModel;
  changedAt: number;
  isArchived = false;

  constructor(rows: { file: RowModel; deal: RowModel; contact: RowModel }) {
    this.file = rows.file;
    this.deal = rows.deal;
    this.contact = rows.contact;
    // The file, its deal, its contact.
    this.file.version = 3;
    this.changedAt = 3;
  }

  /** Something happened in the file, or to the rights on it. */
  count(isChange = true): void {
    this.file.version += 1;
    if (isChange) this.changedAt = this.file.version;
  }

  setFile(input: Record<string, unknown>, actor: string | null): void {
    if (this.file.written(input).length === 0) return;
    this.file.set(input, actor, this.file.version + 1);
    this.changedAt = this.file.version;
  }

  setPart(part: RowModel, input: Record<string, unknown>, actor: string | null): void {
    if (part.written(input).length === 0) return;
    part.set(input, actor, part.version + 1);
    this.count();
  }
}
