import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import type { Checked } from '../../src/core/validation/checked.ts';
import { checkDate } from '../../src/core/validation/date.ts';
import { checkDecimal } from '../../src/core/validation/decimal.ts';
import { checkLegalName } from '../../src/core/validation/legal-name.ts';
import { checkPhone } from '../../src/core/validation/phone.ts';

// Public data sets beside the project, never part of it.
const DATA = new URL('../../../shared/data/', import.meta.url);
const isAbsent = !existsSync(DATA);

const COUNTRIES: Record<string, string> = {
  Argentina: 'AR',
  Austria: 'AT',
  Belgium: 'BE',
  Brazil: 'BR',
  Canada: 'CA',
  Denmark: 'DK',
  Finland: 'FI',
  France: 'FR',
  Germany: 'DE',
  Ireland: 'IE',
  Italy: 'IT',
  Mexico: 'MX',
  Norway: 'NO',
  Poland: 'PL',
  Portugal: 'PT',
  Spain: 'ES',
  Sweden: 'SE',
  Switzerland: 'CH',
  UK: 'GB',
  USA: 'US',
  Venezuela: 'VE',
};

function readRows(file: string): Record<string, string>[] {
  return parse(readFileSync(new URL(file, DATA)), { bom: true, columns: true, skip_empty_lines: true });
}

function readColumn(file: string, column: string): string[] {
  return readRows(file).flatMap((row) => row[column] || []);
}

function refused(texts: string[], check: (text: string) => Checked<string>): string[] {
  return texts.filter((text) => check(text).problem);
}

describe.skipIf(isAbsent)(`real data${isAbsent ? ' (skipped: ../shared/data is absent)' : ''}`, () => {
  it.each([
    ['china_companies/sz_listed_companies.csv', '公司全称', 1589],
    ['crm_sales_opportunities/accounts.csv', 'account', 85],
    ['northwind/customers.csv', 'company_name', 91],
  ])('no company of %s is refused for its name', (file, column, count) => {
    const names = readColumn(file, column);
    expect(names).toHaveLength(count);
    expect(refused(names, (name) => checkLegalName(name))).toEqual([]);
    expect(refused(names, (name) => checkLegalName(name, { country: 'CN' }))).toEqual([]);
  });

  it('every short name of a listed Chinese company is refused as a full one', () => {
    const names = readColumn('china_companies/sz_listed_companies.csv', '公司简称');
    expect(names).toHaveLength(1589);
    expect(names.filter((name) => !checkLegalName(name).problem)).toEqual([]);
  });

  it('listing dates and share counts of the Chinese companies are all read', () => {
    const dates = readColumn('china_companies/sz_listed_companies.csv', 'A股上市日期');
    expect(dates).toHaveLength(1577);
    expect(refused(dates, checkDate)).toEqual([]);
    const shares = readColumn('china_companies/sz_listed_companies.csv', 'A股总股本');
    expect(refused(shares, (text) => checkDecimal(text, { scale: 0, min: '0' }))).toEqual([]);
  });

  it('of the 91 Northwind telephone numbers of the nineties, 48 are complete today', () => {
    const codes = readRows('northwind/customers.csv').map((row) => {
      const { problem } = checkPhone(row.phone ?? '', { defaultCountry: COUNTRIES[row.country ?? ''] });
      return problem?.code ?? 'accepted';
    });
    const counts = countEach(codes);
    expect(counts).toEqual({ accepted: 48, PHONE_INCOMPLETE: 23, PHONE_NOT_IN_USE: 19, PHONE_TOO_LONG: 1 });
  });
});

function countEach(values: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
