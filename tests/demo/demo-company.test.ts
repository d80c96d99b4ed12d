import { describe, expect, test } from 'vitest';
import type { Checked } from '../../src/core/validation/checked.ts';
import { checkBirthday, checkDate } from '../../src/core/validation/date.ts';
import { checkEmail } from '../../src/core/validation/email.ts';
import { checkLegalName } from '../../src/core/validation/legal-name.ts';
import { checkPhone } from '../../src/core/validation/phone.ts';
import { checkSocialCreditCode } from '../../src/core/validation/social-credit-code.ts';
import { checkCustomer } from '../../src/domains/customer/customer.check.ts';
import { demoAccounts } from '../../src/features/demo/demo-accounts.ts';
import { drawDemoCompany } from '../../src/features/demo/demo-company.ts';
import { landmarks, premiumPushSize } from '../../src/features/demo/fixtures.ts';
import { voicesConcern } from '../../src/features/demo/interaction.generator.ts';
import { monthsBefore } from '../../src/features/demo/random.ts';

// The last day of a long month: six months earlier the day does not exist.
const now = new Date('2026-08-31T04:30:00.000Z');
const company = drawDemoCompany(now, null);
const rows = company.customers.map(({ row }) => row);
const idOf = (name: string) => rows.find((row) => row.name === name)?.id ?? '';
const share = (part: unknown[], whole: unknown[]) => part.length / whole.length;
const filesOf = (children: { customerId: string }[]) => new Set(children.map(({ customerId }) => customerId));

/** Texts that an entry standard refuses or would store differently. */
const unfit = (texts: (string | null | undefined)[], check: (text: string) => Checked<string>) =>
  texts.filter((text) => typeof text === 'string' && check(text).value !== text);

test('the same instant draws the same company, down to the ids', () => {
  expect(drawDemoCompany(now, null)).toEqual(company);
});

test('another instant draws the same company at other times', () => {
  const later = drawDemoCompany(new Date('2027-02-03T20:00:00.000Z'), null);
  expect(later.customers.map(({ row }) => row.name).toSorted()).toEqual(
    rows.map((row) => row.name).toSorted(),
  );
  expect(later.interactions.map(({ summary }) => summary)).toEqual(
    company.interactions.map(({ summary }) => summary),
  );
});

test('there are 2 teams, each with a leader, and 14 staff over the 8 roles', () => {
  expect(company.teams).toHaveLength(2);
  expect(company.staff).toHaveLength(14);
  expect(new Set(company.staff.map(({ role }) => role)).size).toBe(8);
  const [sales1, sales2, manager] = ['sales1', 'sales2', 'manager'].map((account) =>
    company.staff.find(({ email }) => email === `${account}@demo.example`),
  );
  expect(company.teams.find(({ id }) => id === sales1?.teamId)?.leaderId).toBe(manager?.id);
  expect(sales2?.teamId).not.toBe(sales1?.teamId);
  expect(demoAccounts.map(({ email }) => email.split('@')[0])).toEqual([
    'admin',
    'manager',
    'steward',
    'sales1',
    'sales2',
    'service',
    'marketing',
    'finance',
    'analyst',
  ]);
});

describe('of 600 customers', () => {
  test('exactly 35 % are in 华东 and 40 % are manufacturers, independently', () => {
    const inEast = rows.filter(({ region }) => region === 'EAST_CHINA');
    const manufacturers = rows.filter(({ industry }) => industry === '制造业');
    expect(rows).toHaveLength(600);
    expect(share(inEast, rows)).toBe(0.35);
    expect(share(manufacturers, rows)).toBe(0.4);
    expect(
      share(
        inEast.filter((row) => manufacturers.includes(row)),
        inEast,
      ),
    ).toBe(0.4);
  });

  test('every region, stage, size, tier and kind occurs, and only sales own files', () => {
    const values = (key: 'region' | 'stage' | 'size' | 'tier' | 'kind' | 'creditGrade') =>
      new Set(rows.map((row) => row[key]).filter(Boolean)).size;
    expect([values('region'), values('stage'), values('size'), values('tier'), values('kind')]).toEqual([
      9, 4, 4, 3, 2,
    ]);
    expect(values('creditGrade')).toBe(6);
    const sales = company.staff.filter(({ role }) => role === 'SALES').map(({ id }) => id);
    expect(new Set(rows.map(({ ownerId }) => ownerId))).toEqual(new Set(sales));
  });

  test('every name is a full legal name, given once', () => {
    const organisations = rows.filter(({ kind }) => kind === 'ORGANIZATION');
    const refused = organisations.filter(
      ({ name, country }) => checkLegalName(name ?? '', { country }).value !== name,
    );
    expect(refused.map(({ name }) => name)).toEqual([]);
    expect(new Set(organisations.map(({ name }) => name)).size).toBe(organisations.length);
  });

  test('every code, phone, e-mail and date meets its entry standard', () => {
    expect(
      unfit(
        rows.map((row) => row.unifiedSocialCreditCode),
        checkSocialCreditCode,
      ),
    ).toEqual([]);
    const { contacts } = company;
    expect(
      unfit(
        contacts.flatMap(({ phone, mobile }) => [phone, mobile]),
        (text) => checkPhone(text),
      ),
    ).toEqual([]);
    expect(
      unfit(
        contacts.map(({ email }) => email),
        checkEmail,
      ),
    ).toEqual([]);
    expect(
      unfit(
        contacts.map(({ birthday }) => birthday),
        (text) => checkBirthday(text, { today: '2026-08-31' }),
      ),
    ).toEqual([]);
    expect(
      unfit(
        rows.map(({ foundedOn }) => foundedOn),
        (text) => checkDate(text),
      ),
    ).toEqual([]);
  });

  test('every file is stored as the API would store it', () => {
    for (const row of rows) {
      const { values, issues } = checkCustomer({ ...row, stage: 'INTENT' } as never, { mode: 'create', now });
      expect(issues).toEqual([]);
      expect({ ...row, ...values, stage: row.stage }).toEqual(row);
    }
  });

  test('no mailbox or website lies in a real domain', () => {
    const addresses = [...company.contacts.map(({ email }) => email), ...rows.map(({ website }) => website)];
    expect(addresses.filter((address) => address && !address.endsWith('.example'))).toEqual([]);
  });

  test('each has one to four contacts, one of them primary', () => {
    for (const { id } of rows) {
      const people = company.contacts.filter(({ customerId }) => customerId === id);
      expect(people.length).toBeGreaterThanOrEqual(1);
      expect(people.length).toBeLessThanOrEqual(4);
      expect(people.filter(({ isPrimary }) => isPrimary)).toHaveLength(1);
    }
  });

  test('exactly 80 % of the manufacturers mention 售后响应', () => {
    const voiced = filesOf([
      ...company.interactions.filter(({ summary }) => voicesConcern(summary)),
      ...company.needs.filter(({ painPoint }) => voicesConcern(painPoint)),
    ]);
    const manufacturers = rows.filter(({ industry }) => industry === '制造业');
    expect(
      share(
        manufacturers.filter(({ id }) => voiced.has(id)),
        manufacturers,
      ),
    ).toBe(0.8);
  });

  test('nothing happens before its file was opened, nor after now', () => {
    const openedAt = new Map(rows.map(({ id, createdAt }) => [id, createdAt]));
    const happened = [
      ...company.contacts.map(({ customerId, createdAt }) => ({
        customerId,
        at: createdAt,
      })),
      ...company.needs.map(({ customerId, createdAt }) => ({
        customerId,
        at: createdAt,
      })),
      ...company.deals.flatMap(({ customerId, createdAt, closedAt }) => [
        { customerId, at: createdAt },
        { customerId, at: closedAt ?? createdAt },
      ]),
      ...company.interactions.map(({ customerId, occurredAt }) => ({
        customerId,
        at: occurredAt,
      })),
    ];
    expect(
      happened.filter(
        ({ customerId, at }) => at < (openedAt.get(customerId) ?? '') || at > now.toISOString(),
      ),
    ).toEqual([]);
  });
});

describe('deals agree with the stage of their file', () => {
  const stagesOf = (id: string) =>
    company.deals.filter(({ customerId }) => customerId === id).map(({ stage }) => stage);

  test('a won file has a won deal, with contract amount and effective date', () => {
    for (const { id, stage } of rows) if (stage === 'WON') expect(stagesOf(id)).toContain('WON');
    const won = company.deals.filter(({ stage }) => stage === 'WON');
    expect(
      won.filter(({ contractAmount, effectiveOn, closedAt }) => !contractAmount || !effectiveOn || !closedAt),
    ).toEqual([]);
  });

  test('a lost file has a lost deal with its reason', () => {
    for (const { id, stage } of rows) if (stage === 'LOST') expect(stagesOf(id)).toContain('LOST');
    expect(
      company.deals.filter(({ stage, lostReason }) => (stage === 'LOST') !== Boolean(lostReason)),
    ).toEqual([]);
  });

  test('a file that is not won yet has no won deal', () => {
    for (const { id, stage } of rows) {
      if (stage === 'POTENTIAL' || stage === 'INTENT') expect(stagesOf(id)).not.toContain('WON');
    }
  });
});

describe('the premium push (AC-1)', () => {
  const membersAt = (at: Date, { needs } = drawDemoCompany(at, null)) => {
    const since = monthsBefore(at, 6);
    return filesOf(
      needs.filter(({ createdAt, budgetMin }) => createdAt >= since && Number(budgetMin ?? 0) >= 500_000),
    );
  };
  const members = membersAt(now, company);

  test('six months before the last of August is the last of February', () => {
    expect(monthsBefore(now, 6)).toBe('2026-02-28T04:30:00.000Z');
  });

  test('has its known number of members in whatever month the company is drawn', () => {
    expect(members.size).toBe(premiumPushSize);
    for (const at of ['2027-03-31T23:59:59.000Z', '2028-02-29T00:00:00.000Z', '2026-12-31T16:00:00.000Z']) {
      expect(membersAt(new Date(at)).size).toBe(premiumPushSize);
    }
  });

  test('takes in the thresholds themselves and leaves out what is just beyond', () => {
    expect(members.has(idOf(landmarks.intake))).toBe(true);
    expect(members.has(idOf(landmarks.budgetAtThreshold))).toBe(true);
    expect(members.has(idOf(landmarks.sixMonthsOld))).toBe(true);
    expect(members.has(idOf(landmarks.budgetBelowThreshold))).toBe(false);
    expect(members.has(idOf(landmarks.olderThanSixMonths))).toBe(false);
  });
});

test('the intake example is on file (AC-2) with its tags (AC-6)', () => {
  const id = idOf(landmarks.intake);
  const tagIds = company.customerTags.filter(({ customerId }) => customerId === id).map(({ tagId }) => tagId);
  const labels = company.tags
    .filter((tag) => tagIds.includes(tag.id ?? ''))
    .map(({ facet, value }) => (facet ? `${facet}-${value}` : value));
  expect(company.contacts.find(({ customerId }) => customerId === id)).toMatchObject({
    name: '王经理',
    title: '采购总监',
  });
  expect(company.needs.find(({ customerId }) => customerId === id)).toMatchObject({
    item: '自动化生产线改造',
    budgetMin: '500000.00',
    budgetMax: '800000.00',
  });
  expect(labels.toSorted()).toEqual(
    ['决策周期短', '合作阶段-意向客户', '行业-制造业', '规模-中小企业', '高预算'].toSorted(),
  );
});
