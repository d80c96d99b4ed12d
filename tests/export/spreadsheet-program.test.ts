import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFile, startWriting, type Writing } from '../support/writing.ts';
import { askExport, openDownload } from './download.ts';

const program = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'soffice'))
  .find((path) => existsSync(path));

/** Texts that a spreadsheet program would make something else of. */
const texts = [
  '=1+1',
  '+1+1',
  '-1+1',
  '@SUM(1;2)',
  '＝1+1',
  '  =1+1',
  '\u3000=1+1',
  '=HYPERLINK("http://127.0.0.1/x","点我")',
  "=cmd|' /C calc'!A0",
  '+8613800138000',
  '0012345',
  '91310000123456789X',
  '913100001234567890',
  '3-5',
  '2026-01-31',
  '2024年5月',
  'MARCH1',
  '1e5',
  '50%',
  'TRUE',
  '上海"精密",机械;有限公司',
  '第一行\n第二行',
  '<b>&amp;</b> _x0041_',
];

describe.skipIf(!program)('LibreOffice', () => {
  let writing: Writing;
  let folder: string;
  beforeAll(async () => {
    writing = await startWriting();
    for (const shortName of texts)
      await openFile(writing, writing.owner, {
        shortName,
        creditLimit: '500000.25',
        foundedOn: '1999-12-31',
        lastInteractionAt: '2026-01-31T16:30:00Z',
      });
    folder = await mkdtemp(join(tmpdir(), 'customer-file-export-'));
    for (const format of ['CSV', 'XLSX']) {
      const columns = ['SHORT_NAME', 'STAGE', 'CREDIT_LIMIT', 'FOUNDED_ON', 'LAST_INTERACTION_AT'];
      const { url } = await askExport(writing.server, 'MANAGER', { columns, format });
      const response = await openDownload(writing.server, 'MANAGER', url);
      await writeFile(
        join(folder, `${format}.${format.toLowerCase()}`),
        Buffer.from(await response.arrayBuffer()),
      );
    }
  });
  afterAll(async () => {
    await writing.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** What the program makes of a file: as it shows it, as CSV; or all it knows, as flat XML. */
  async function opened(file: string, as: 'shown' | 'known'): Promise<string> {
    const target = as === 'known' ? 'fods' : 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true';
    // Numbers and dates are looked for as when somebody opens the file with a click.
    const reading = file.endsWith('.csv')
      ? ['--infilter=Text - txt - csv (StarCalc):44,34,76,1,,0,false,true']
      : [];
    await promisify(execFile)(program as string, [
      '--headless',
      `-env:UserInstallation=${pathToFileURL(join(folder, 'profile')).href}`,
      ...reading,
      '--convert-to',
      target,
      '--outdir',
      join(folder, as),
      join(folder, file),
    ]);
    const name = file.replace(/\w+$/, as === 'known' ? 'fods' : 'csv');
    return readFile(join(folder, as, name), 'utf8');
  }

  const expectNoFormula = (known: string) => {
    expect(known).toContain('office:value-type="string"');
    expect(known).not.toContain('table:formula');
  };
  /** Each row holds one number, one date and one instant; nothing else is anything but text. */
  const expectTypes = (known: string) => {
    expect(known.match(/office:value-type="(?:float|currency|percentage)"/g)).toHaveLength(texts.length);
    expect(known.match(/office:value-type="date"/g)).toHaveLength(2 * texts.length);
    expect(known.match(/office:value="500000.25"/g)).toHaveLength(texts.length);
    expect(known.match(/office:date-value="1999-12-31"/g)).toHaveLength(texts.length);
    expect(known.match(/office:date-value="2026-02-01T00:30:00"/g)).toHaveLength(texts.length);
    expect(known).not.toContain('office:value-type="boolean"');
  };

  test('opens an XLSX export with every text as it is, numbers as numbers and dates as dates', async () => {
    const shown = parse(await opened('XLSX.xlsx', 'shown'), { bom: true }) as string[][];
    expect(shown[0]).toEqual(['简称', '生命周期阶段', '信用额度', '成立时间', '最近互动时间']);
    expect(shown.slice(1).map(([cell]) => cell)).toEqual(texts);
    expect(shown[1]?.slice(1)).toEqual(['潜在客户', '500000.25', '1999-12-31', '2026-02-01 00:30:00']);
    const known = await opened('XLSX.xlsx', 'known');
    expectNoFormula(known);
    expectTypes(known);
  });

  test('opens a CSV export with every text as it is written there, numbers as numbers and dates as dates', async () => {
    const written = parse(await readFile(join(folder, 'CSV.csv')), { bom: true }) as string[][];
    const shown = parse(await opened('CSV.csv', 'shown'), { bom: true }) as string[][];
    expect(shown.map(([cell]) => cell)).toEqual(written.map(([cell]) => cell));
    expect(written.slice(1).map(([cell]) => cell?.replace(/^'/, ''))).toEqual(texts);
    const known = await opened('CSV.csv', 'known');
    expectNoFormula(known);
    expectTypes(known);
  });
});
