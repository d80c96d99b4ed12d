import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  CompanySize,
  CreditGrade,
  CustomerImportance,
  CustomerKind,
  CustomerNature,
  CustomerSource,
  CustomerStage,
  CustomerTier,
  CustomerType,
  Region,
} from '../../src/domains/customer/customer.table.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const domains = {
  customer_kind: CustomerKind,
  customer_type: CustomerType,
  customer_importance: CustomerImportance,
  customer_nature: CustomerNature,
  customer_region: Region,
  customer_size: CompanySize,
  customer_stage: CustomerStage,
  customer_tier: CustomerTier,
  customer_credit_grade: CreditGrade,
  customer_source: CustomerSource,
};

test.each(Object.entries(domains))(
  'the domain %s allows the values of its enumeration and no other',
  async (domain, values) => {
    const { client } = database;
    const constraints = await client<{ definition: string }[]>`
      select pg_get_constraintdef(oid) as definition from pg_constraint where contypid = ${domain}::regtype`;
    expect(constraints).toHaveLength(1);
    const allowed = constraints.flatMap(({ definition }) => definition.match(/(?<=')\w+(?=')/g));
    expect(allowed.sort()).toEqual(Object.values(values).sort());
    await expect(client`select cast('NO_SUCH_VALUE' as ${client(domain)})`).rejects.toMatchObject({
      code: '23514',
      constraint_name: `${domain}_check`,
    });
  },
);
