import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

/** Something of the file that was not imported, and why. */
export interface Finding {
  /** Of the file, from 1. */
  line: number;
  /** Name of the mapping's entry; blank for a row as a whole. */
  record: string;
  /** The column or columns concerned; blank for a row as a whole. */
  column: string;
  value: string;
  severity: 'left out' | 'row refused';
  /** SCREAMING_SNAKE, as in an API error's issues. */
  code: string;
  /** A sentence in English and Chinese. */
  reason: string;
}

export interface Report {
  add(findings: readonly Finding[]): Promise<void>;
  close(): Promise<void>;
}

const columns = ['line', 'record', 'column', 'value', 'severity', 'code', 'reason'] as const;

/** Opens a report: CSV in UTF-8 with the byte order mark without which Excel garbles Chinese. Replaces an older one. */
export function openReport(path: string): Report {
  // Values of the file stand in it, so it is its owner's alone.
  const stream = createWriteStream(path, { mode: 0o600 });
  let failure: Error | undefined;
  stream.on('error', (error) => {
    failure = error;
  });
  const write = async (text: string): Promise<void> => {
    if (failure) throw failure;
    if (!stream.write(text)) await once(stream, 'drain');
  };
  stream.write(`\uFEFF${columns.join(',')}\r\n`);
  return {
    async add(findings) {
      for (const finding of findings) {
        await write(`${columns.map((column) => quote(String(finding[column]))).join(',')}\r\n`);
      }
    },
    async close() {
      if (failure) throw failure;
      stream.end();
      await finished(stream);
    },
  };
}

// A spreadsheet would run such a cell as a formula, and the cells come from a file somebody sent us.
const formula = /^[=@\t\r]|^[+-](?![\d\s().-]*$)/;

function quote(cell: string): string {
  const safe = formula.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
