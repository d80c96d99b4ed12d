/**
 * Segments as an analyst would build them, each as our filter and as hand-written SQL conditions on `customer c`.
 *
 * Where there is more than one natural way to write the SQL, all are measured and the fastest counts.
 */

/** An instant so long ago, counted in whole days of the organisation's calendar, as our `withinLast` does. */
const ago = (span) =>
  `((date_trunc('day', now() at time zone 'Asia/Shanghai') - interval '${span}') at time zone 'Asia/Shanghai')`;
const today = `(now() at time zone 'Asia/Shanghai')::date`;

const wonSum = `from deal d where d.stage = 'WON' and d.effective_on between (${today} - interval '1 year')::date and ${today}`;
const ac1Needs = `from need n where n.created_at between ${ago('6 months')} and now() and n.budget_min >= 500000`;
const ac1 = { needs: { some: { raisedAt: { withinLast: 'P6M' }, budgetMin: { gte: '500000' } } } };

/** `teamId`, `segmentId`: our ids; `team`: the team's UUID. The segment's rule is `ac1`. */
export const segments = ({ teamId, team, segmentId }) => ({
  'AC-1: need in 6 months, budget ≥ 500,000': {
    filter: ac1,
    sql: [
      `c.id in (select n.customer_id ${ac1Needs})`,
      `exists (select 1 ${ac1Needs} and n.customer_id = c.id)`,
    ],
  },
  'region, industry and stage': {
    filter: {
      region: { eq: 'EAST_CHINA' },
      industry: { eq: '制造业' },
      stage: { in: ['POTENTIAL', 'INTENT'] },
    },
    sql: [`c.region = 'EAST_CHINA' and c.industry = '制造业' and c.stage in ('POTENTIAL', 'INTENT')`],
  },
  'won ≥ 1,000,000 in a year': {
    filter: {
      deals: {
        sum: {
          field: 'CONTRACT_AMOUNT',
          where: { stage: { eq: 'WON' }, effectiveOn: { withinLast: 'P1Y' } },
          gte: '1000000',
        },
      },
    },
    sql: [
      `c.id in (select d.customer_id ${wonSum} group by d.customer_id having sum(d.contract_amount) >= 1000000)`,
      `(select sum(d.contract_amount) ${wonSum} and d.customer_id = c.id) >= 1000000`,
    ],
  },
  'silent for 3 months': {
    filter: { interactions: { none: { occurredAt: { withinLast: 'P3M' } } } },
    sql: [
      `not exists (select 1 from interaction i where i.customer_id = c.id and i.occurred_at between ${ago('3 months')} and now())`,
    ],
  },
  'a contact’s birthday in 14 days': {
    filter: { contacts: { some: { birthday: { anniversaryWithin: 'P14D' } } } },
    sql: [
      `c.id in (select p.customer_id from contact p where to_char(p.birthday, 'MMDD') between to_char(${today}, 'MMDD') and to_char(${today} + 14, 'MMDD'))`,
      `exists (select 1 from contact p where p.customer_id = c.id and month_day(p.birthday) between month_day(${today}) and month_day(${today} + 14))`,
      `c.id in (select p.customer_id from contact p where month_day(p.birthday) between month_day(${today}) and month_day(${today} + 14))`,
    ],
  },
  'tagged one of two, and not a third': {
    filter: { tags: { hasAny: ['画像-华东重点', '来源-高价值'], hasNone: ['画像-流失风险'] } },
    sql: [
      `exists (select 1 from customer_tag ct join tag on tag.id = ct.tag_id where ct.customer_id = c.id and tag.label in ('画像-华东重点', '来源-高价值'))
       and not exists (select 1 from customer_tag ct join tag on tag.id = ct.tag_id where ct.customer_id = c.id and tag.label = '画像-流失风险')`,
      `c.id in (select customer_id from customer_tag where tag_id in (select id from tag where label in ('画像-华东重点', '来源-高价值')))
       and not exists (select 1 from customer_tag where customer_id = c.id and tag_id = (select id from tag where label = '画像-流失风险'))`,
    ],
  },
  'ever lost': {
    filter: { history: { stage: { was: { eq: 'LOST' } } } },
    sql: [
      `(c.stage = 'LOST' or exists (select 1 from file_change h where h.customer_id = c.id and h.subject = 'customer' and h.field = 'stage' and h.old_value = '"LOST"'))`,
      `(c.stage = 'LOST' or c.id in (select h.customer_id from file_change h where h.subject = 'customer' and h.field = 'stage' and h.old_value = '"LOST"'))`,
      `c.id in (select h.customer_id from file_change h where h.subject = 'customer' and h.field = 'stage' and h.old_value = '"LOST"' union all select id from customer where stage = 'LOST')`,
    ],
  },
  'name contains 苏州博雅': {
    filter: { name: { contains: '苏州博雅' } },
    sql: [
      `c.name like '%苏州博雅%'`,
      `c.name like '%苏州博雅%' and c.id in (select s.customer_id from customer_search s where s.card like '%苏州博雅%')`,
    ],
  },
  'owner’s team, tier A': {
    filter: { owner: { team: { id: { eq: teamId } } }, tier: { eq: 'A' } },
    sql: [`c.tier = 'A' and c.owner_id in (select e.id from employee e where e.team_id = '${team}')`],
  },
  'in a segment, and large': {
    filter: { inSegment: segmentId, size: { eq: 'LARGE' } },
    sql: [`c.size = 'LARGE' and c.id in (select n.customer_id ${ac1Needs})`],
  },
  'open need and credit ≥ 4,500,000': {
    filter: { creditLimit: { gte: '4500000' }, needs: { some: { status: { eq: 'OPEN' } } } },
    sql: [
      `c.credit_limit >= 4500000 and c.id in (select n.customer_id from need n where n.status = 'OPEN')`,
      `c.credit_limit >= 4500000 and exists (select 1 from need n where n.customer_id = c.id and n.status = 'OPEN')`,
    ],
  },
  'visited 3 times and more': {
    filter: { interactions: { count: { where: { kind: { eq: 'VISIT' } }, gte: 3 } } },
    sql: [
      `c.id in (select i.customer_id from interaction i where i.kind = 'VISIT' group by i.customer_id having count(*) >= 3)`,
      `(select count(*) from interaction i where i.customer_id = c.id and i.kind = 'VISIT') >= 3`,
    ],
  },
});

export const segmentRule = ac1;

const columns = `c.id, c.file_number as "fileNumber", c.name, c.region, c.industry, c.stage, c.updated_at as "updatedAt"`;

/** Ours as GraphQL and the hand-written SQL of one question about a segment. */
export const asked = {
  page: {
    query: `query Page($filter: CustomerFilter) { customers(filter: $filter, first: 25) { nodes { id fileNumber name region industry stage updatedAt } } }`,
    sql: (condition) =>
      `select coalesce(json_agg(x), '[]')::text from (select ${columns} from customer c where c.archived_at is null and ${condition} order by c.updated_at desc, c.id desc limit 25) x`,
    /** What two answers must have in common. */
    read: (data) => data.customers.nodes.map(({ fileNumber }) => fileNumber).join(),
    readSql: (rows) => rows.map(({ fileNumber }) => fileNumber).join(),
  },
  count: {
    query: `query Count($filter: CustomerFilter) { customers(filter: $filter) { totalCount } }`,
    sql: (condition) =>
      `select json_build_array(count(*))::text from customer c where c.archived_at is null and ${condition}`,
    read: (data) => String(data.customers.totalCount),
    readSql: ([count]) => String(count),
  },
};

/** Customers and their credit by region and industry. */
export const statistic = {
  query: `{ customerStats(groupBy: [REGION, INDUSTRY], measures: [{ of: SUM, field: CREDIT_LIMIT }]) { total groups { keys { value } count share measures { value } } } }`,
  sql: `select json_agg(x)::text from (select c.region, c.industry, count(*) as count, sum(c.credit_limit)::text as credit, round(count(*) / sum(count(*)) over (), 4) as share
    from customer c where c.archived_at is null group by c.region, c.industry) x`,
  read: ({ customerStats: { groups } }) =>
    groups
      .map(({ keys, count, measures }) =>
        [...keys.map(({ value }) => value), count, measures[0].value].join(),
      )
      .sort()
      .join(';'),
  readSql: (rows) =>
    rows
      .map(({ region, industry, count, credit }) => [region, industry, count, credit].join())
      .sort()
      .join(';'),
};
