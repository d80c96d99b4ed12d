// Changes of every kind that can move a file into a segment or out of it, drawn from the models themselves.
import { type SQL, sql } from 'drizzle-orm';
import fc from 'fast-check';
import type { Database } from '../../src/core/database/database.ts';
import { uuidOf } from '../../src/core/graphql/schema/type-id.ts';
import type { Attribute } from '../../src/core/model/attribute.ts';
import type { Model } from '../../src/core/model/model.types.ts';
import { partModels } from '../../src/core/model/registry.ts';
import { customerModel } from '../../src/domains/customer/customer.model.ts';
import { employeeModel } from '../../src/domains/employee/employee.model.ts';
import { needModel } from '../../src/domains/need/need.model.ts';
import { type GeneratedFilter, values } from '../filter/grammar.ts';
import type { World } from '../filter/world.ts';

/** One statement, and what it does in words. */
export interface Change {
  title: string;
  statement: SQL;
}

const keptByTriggers = new Set(['id', 'version', 'updatedAt', 'lastInteractionAt']);

/** A row's place among those of its table, whatever their ids. */
const rowAt = (table: string, place: number): SQL =>
  sql`(select id from ${sql.raw(table)} order by id offset ${place}::int % greatest((select count(*) from ${sql.raw(table)}), 1) limit 1)`;

const place = fc.nat({ max: 200 });

const change = (title: string, statement: SQL): Change => ({ title, statement });

function columnChange(world: World, model: Model): fc.Arbitrary<Change> {
  const attributes = [...model.attributes.values()]
    .filter(({ computed }) => !computed)
    .filter(({ field, filterable }) => filterable && !keptByTriggers.has(field));
  return fc.constantFrom(...attributes).chain((attribute) =>
    fc.tuple(place, newValue(world, attribute)).map(([at, value]) => {
      const column = sql.raw(`"${attribute.column.name}"`);
      return change(
        `${model.tableName} ${at}: ${attribute.field} = ${value}`,
        sql`update ${sql.raw(model.tableName)} set ${column} = ${value} where id = ${rowAt(model.tableName, at)}`,
      );
    }),
  );
}

const newValue = (world: World, attribute: Attribute): fc.Arbitrary<unknown> => {
  const drawn = values(world, attribute).map((value) =>
    attribute.kind === 'id' ? uuidOf(value as string) : value,
  );
  return attribute.nullable ? fc.option(drawn, { freq: 4 }) : drawn;
};

const childMove = fc
  .tuple(fc.constantFrom('need', 'deal'), place, place)
  .map(([table, at, file]) =>
    change(
      `${table} ${at} moves to file ${file}`,
      sql`update ${sql.raw(table)} set customer_id = ${rowAt('customer', file)} where id = ${rowAt(table, at)}`,
    ),
  );

const childRemoval = fc
  .tuple(fc.constantFrom(...partModels().map(({ tableName }) => tableName)), place)
  .map(([table, at]) =>
    change(`${table} ${at} is removed`, sql`delete from ${sql.raw(table)} where id = ${rowAt(table, at)}`),
  );

const childAddition = (world: World) =>
  fc
    .tuple(place, newValue(world, needModel.attributes.get('createdAt') as Attribute), place)
    .map(([file, at, kind]) => {
      const customerId = rowAt('customer', file);
      const added = [
        sql`insert into need (customer_id, item, budget_min, created_at) values (${customerId}, '设备', 500000, ${at}::timestamptz)`,
        sql`insert into deal (customer_id, owner_id, title, closed_at) values (${customerId}, ${rowAt('employee', kind)}, '合同', ${at}::timestamptz)`,
        sql`insert into interaction (customer_id, employee_id, kind, occurred_at, summary) values (${customerId}, ${rowAt('employee', kind)}, 'VISIT', ${at}::timestamptz, '拜访')`,
        sql`insert into contact (customer_id, name, birthday) values (${customerId}, '张三', '2000-02-29')`,
      ];
      return change(`file ${file} gets a row ${kind % 4} of ${at}`, added[kind % 4] as SQL);
    });

const tagging = fc.tuple(place, place, fc.boolean()).map(([file, at, on]) => {
  const customerId = rowAt('customer', file);
  return on
    ? change(
        `file ${file} gets tag ${at}`,
        sql`insert into customer_tag (customer_id, tag_id) values (${customerId}, ${rowAt('tag', at)}) on conflict do nothing`,
      )
    : change(`file ${file} loses its tags`, sql`delete from customer_tag where customer_id = ${customerId}`);
});

const archiving = fc
  .tuple(place, fc.boolean())
  .map(([file, away]) =>
    change(
      `file ${file} is ${away ? 'archived' : 'restored'}`,
      sql`update customer set archived_at = case when ${away}::boolean then now() end where id = ${rowAt('customer', file)}`,
    ),
  );

const opening = fc
  .nat({ max: 4 })
  .map((at) =>
    change(
      'a file is opened',
      sql`insert into customer (name, owner_id, stage, industry) values ('ABC Ltd', ${rowAt('employee', at)}, 'LOST', '制造业')`,
    ),
  );
const removal = place.map((at) =>
  change(`file ${at} is deleted`, sql`delete from customer where id = ${rowAt('customer', at)}`),
);

const assignment = fc
  .tuple(place, place)
  .map(([file, owner]) =>
    change(
      `file ${file} goes to ${owner}`,
      sql`update customer set owner_id = ${rowAt('employee', owner)} where id = ${rowAt('customer', file)}`,
    ),
  );

const beside = fc
  .tuple(fc.nat({ max: 4 }), place, place)
  .map(
    ([kind, at, to]) =>
      [
        change(
          `employee ${at} joins team ${to}`,
          sql`update employee set team_id = ${rowAt('team', to)} where id = ${rowAt('employee', at)}`,
        ),
        change(
          `team ${at} is led by ${to}`,
          sql`update team set leader_id = ${rowAt('employee', to)} where id = ${rowAt('team', at)}`,
        ),
        change(
          `team ${at} is renamed`,
          sql`update team set name = ${['ABC Ltd', '制造业'][to % 2]} where id = ${rowAt('team', at)}`,
        ),
        change(
          `tag ${at} is renamed`,
          sql`update tag set value = ${['不存在', '高预算', '无人'][to % 3]}, facet = null where id = ${rowAt('tag', at)}`,
        ),
        change(
          `an employee comes`,
          sql`insert into employee (name, email, role, team_id) values ('ABC Ltd', gen_random_uuid()::text, 'SALES', ${rowAt('team', to)})`,
        ),
      ][kind],
  ) as fc.Arbitrary<Change>;

const listing = fc.tuple(place, fc.boolean()).map(([file, on]) => {
  const listed = sql`(select id from segment where kind = 'STATIC' limit 1)`;
  const customerId = rowAt('customer', file);
  return on
    ? change(
        `file ${file} is listed`,
        sql`insert into segment_member values (${listed}, ${customerId}) on conflict do nothing`,
      )
    : change(
        `file ${file} is struck off the list`,
        sql`delete from segment_member where customer_id = ${customerId}`,
      );
});

/** A segment that is followed, or one that others refer to, asks something else. */
const redefinition = (rules: fc.Arbitrary<GeneratedFilter>) =>
  fc.tuple(place, rules).map(([at, rule]) =>
    change(
      `segment ${at} asks ${JSON.stringify(rule)}`,
      sql`update segment set rule = ${JSON.stringify(rule)}::jsonb
          where id = (select id from segment where kind = 'DYNAMIC' order by id offset ${at}::int % (select count(*) from segment where kind = 'DYNAMIC') limit 1)`,
    ),
  );

/** Any change; most of them of files, because that is what there is most of. */
export const changes = (world: World, rules: fc.Arbitrary<GeneratedFilter>): fc.Arbitrary<Change> =>
  fc.oneof(
    { weight: 6, arbitrary: columnChange(world, customerModel) },
    { weight: 8, arbitrary: fc.oneof(...partModels().map((model) => columnChange(world, model))) },
    { weight: 4, arbitrary: childAddition(world) },
    { weight: 2, arbitrary: fc.oneof(childMove, childRemoval) },
    { weight: 2, arbitrary: tagging },
    { weight: 2, arbitrary: fc.oneof(archiving, assignment) },
    { weight: 1, arbitrary: fc.oneof(opening, removal) },
    { weight: 2, arbitrary: fc.oneof(beside, columnChange(world, employeeModel)) },
    { weight: 1, arbitrary: listing },
    { weight: 1, arbitrary: redefinition(rules) },
  );

/** Makes a change as any writer would; one that the database refuses has not happened. */
export async function make(db: Database, { statement }: Change): Promise<boolean> {
  try {
    await db.execute(statement);
    return true;
  } catch {
    return false;
  }
}
