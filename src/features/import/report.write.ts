import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

/** A row or value of the file that was not imported, or that looks wrong, and why. */
export interface Finding {
  /** Line of the file, from 1. */
  line: number;
  /** Name of the mapping's entry; blank for a row as a whole. */
  record: string;
  /** The column or columns concerned; blank for a row as a whole. */
  column: string;
  value: string;
  severity: 'left out' | 'row refused' | 'warning';
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

/** Opens a report, replacing an older one: CSV in UTF-8 with a byte order mark, without which Excel garbles Chinese. */
export function openReport(path: string): Report {
  // The report contains values of the file, so only its owner may read it.
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

// A spreadsheet would evaluate such a cell as a formula, and cells come from files of other parties.
const formula = /^[=@\t\r]|^[+-](?![\d\s().-]*$)/;

function quote(cell: string): string {
  const safe = formula.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
