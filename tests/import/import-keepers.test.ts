import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { custodians, fileOwners } from '../../src/core/access/policy.ts';
import { Role } from '../../src/core/access/role.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addEmployee, importText } from './imported.ts';

let database: TestDatabase;
let ownerId: string;
beforeAll(async () => {
  database = await createTestDatabase({ isOneSession: true });
  ownerId = await addEmployee(database.db, 'owner@keepers.example');
});
afterAll(() => database.close());

const yaml = `{ source: crm, records: [
  { subject: employee, key: mail, fields: { email: mail, name: mail, role: role } },
  { subject: customer, key: name, fields: { name: name, owner: owner, custodian: custodian } }] }`;

const run = (csv: string) =>
  importText(database.db, yaml, `mail,role,name,owner,custodian\n${csv}`, { ownerId });

const keepersOf = async (name: string) => {
  const [row] = await database.db.execute<{ owner: string; custodian: string | null }>(sql`
    select o.email as owner, c.email as custodian from customer f join employee o on o.id = f.owner_id
    left join employee c on c.id = f.custodian_id where f.name = ${name}`);
  return row;
};

test.each(Object.values(Role))(
  'a file that names a %s has them as owner and custodian only where they can',
  async (role) => {
    const mail = `${role.toLowerCase()}@keepers.example`;
    const name = `Keepers of ${role} Ltd`;
    const { findings } = await run(`${mail},${role},${name},${mail},${mail}\n`);
    const canOwn = fileOwners.includes(role);
    const canKeep = custodians.includes(role);
    expect(await keepersOf(name)).toEqual({
      owner: canOwn ? mail : 'owner@keepers.example',
      custodian: canKeep ? mail : null,
    });
    expect(findings.map(({ column, code }) => [column, code])).toEqual([
      ...(canOwn ? [] : [['owner', 'EMPLOYEE_ROLE']]),
      ...(canKeep ? [] : [['custodian', 'EMPLOYEE_ROLE']]),
    ]);
  },
);

test('a file of staff gives nobody a role that cannot do what they keep, and says how much that is', async () => {
  await run('falling@keepers.example,SALES,Falling Ltd,falling@keepers.example,falling@keepers.example\n');
  const { tallies, findings } = await run(
    'falling@keepers.example,ANALYST,Falling Ltd,,\nrising@keepers.example,ANALYST,,,\n',
  );
  expect(tallies.employee).toEqual([1, 0, 0, 1]);
  const [finding] = findings.filter(({ code }) => code === 'FILES_TO_HAND_OVER');
  expect(finding).toMatchObject({ line: 2, column: 'role', severity: 'row refused' });
  expect(finding?.reason).toMatch(/1 files/);
  const [row] = await database.db.execute(
    sql`select role from employee where email = 'falling@keepers.example'`,
  );
  expect(row).toEqual({ role: 'SALES' });
});
