import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  branches,
  day,
  dayMs,
  endMs,
  hash,
  industries,
  instant,
  personName,
  pick,
  places,
  salesOf,
  staffFor,
  stages,
  startMs,
  tags,
  teams,
  uuid,
  words,
} from './data.words.mjs';

/**
 * Fills a migrated, empty database with `customers` files by COPY: 3 contacts, 10 interactions (5 from a
 * million on), 0.5 needs, 0.3 deals, 2 tags and a line of history each; some have co-owners. The same rows for the same number and day.
 *
 * `client` is a superuser's: triggers sleep during the load (history and events of a load are nobody's
 * concern here), and the search texts they would keep are made by one statement at the end.
 *
 * Interactions lie in order of time, as in a grown database: those of one customer are pages apart.
 */
export async function loadData(client, customers, log = () => {}) {
  const interactionsEach = customers >= 1_000_000 ? 5 : 10;
  const staff = staffFor(customers);
  const tables = [
    ['team', 'id,name', teams],
    ['employee', 'id,email,name,role,title,team_id', staff],
    ['tag', 'id,facet,value', tags],
    ['customer', customerColumns, customerRows(customers, staff)],
    ['contact', contactColumns, contactRows(customers)],
    ['interaction', interactionColumns, interactionRows(customers, interactionsEach, staff)],
    ['need', needColumns, needRows(customers)],
    ['deal', dealColumns, dealRows(customers, staff)],
    ['customer_tag', 'customer_id,tag_id,created_at', taggings(customers)],
    ['customer_coowner', 'customer_id,employee_id', coOwners(customers, staff)],
    ['delegation', 'id,employee_id,delegate_id,starts_at,ends_at', delegations(staff)],
    ['file_change', changeColumns, changes(customers, staff)],
  ];
  const session = await client.reserve();
  try {
    await session.unsafe(
      `set session_replication_role = replica; set synchronous_commit = off; set maintenance_work_mem = '512MB'`,
    );
    const indexes = await dropIndexes(session);
    for (const [table, columns, rows] of tables) {
      const startedMs = performance.now();
      const sink = await session.unsafe(`copy ${table} (${columns}) from stdin`).writable();
      await pipeline(Readable.from(copyText(rows)), sink);
      log(`${table} ${Math.round(performance.now() - startedMs)} ms`);
    }
    const step = async (name, work) => {
      const startedMs = performance.now();
      await work();
      log(`${name} ${Math.round(performance.now() - startedMs)} ms`);
    };
    const build = async (isSearch) => {
      for (const { name, definition } of indexes)
        if (name.startsWith('customer_search') === isSearch) await session.unsafe(definition);
    };
    await step('sort keys', async () => {
      for (const table of ['customer', 'contact', 'employee', 'team'])
        await session.unsafe(`update ${table} set name_key = sort_key(name)`);
    });
    await step('indexes', () => build(false));
    await step('search texts', () => session.unsafe(`select refresh_search(array(select id from customer))`));
    await step('their indexes', () => build(true));
    await session.unsafe('vacuum analyze');
  } finally {
    session.release();
  }
}

/** Drops every index that is no constraint, and tells how to make it again: built at once it takes a fifth of the time. */
async function dropIndexes(session) {
  const indexes = await session`
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
    from pg_index join pg_class on pg_class.oid = indexrelid
    where relnamespace = 'public'::regnamespace
      and not exists (select 1 from pg_constraint where conindid = indexrelid)`;
  for (const { name } of indexes) await session.unsafe(`drop index ${name}`);
  return indexes;
}

/** Rows as COPY text, in pieces of about 64 kB. */
function* copyText(rows) {
  let text = '';
  for (const row of rows) {
    for (let i = 0; i < row.length; i += 1) text += (i === 0 ? '' : '\t') + (row[i] ?? '\\N');
    text += '\n';
    if (text.length > 65_536) {
      yield text;
      text = '';
    }
  }
  yield text;
}

const customerColumns =
  'id,file_number,kind,name,short_name,industry,region,country,province,city,address,size,stage,tier,credit_grade,credit_limit,source,owner_id,last_interaction_at,version,created_at,updated_at';
const customerCreatedMs = (n, customers) => startMs + ((n + 1) / customers) * 600 * dayMs;
const customerId = (n, customers) => uuid('customer', customerCreatedMs(n, customers), n);
/** Within the last 60 days, in an order that has nothing to do with the order of entry. */
const updatedMs = (n) => endMs - (hash(n, 5) / 2 ** 32) * 60 * dayMs;

function* customerRows(customers, staff) {
  for (let n = 0; n < customers; n += 1) {
    const [region, province, city] = pick(places, n, 1);
    const short = pick(words, n, 2) + pick(words, n, 3);
    yield [
      customerId(n, customers),
      `CF${String(n + 1).padStart(8, '0')}`,
      'ORGANIZATION',
      `${city}${short}${n}${pick(branches, n, 4)}有限公司`,
      short,
      pick(industries, n, 6),
      region,
      'CN',
      province,
      city,
      `${city}市开发区创新路${(hash(n, 7) % 999) + 1}号`,
      pick(['MICRO', 'SMALL', 'MEDIUM', 'LARGE'], n, 8),
      pick(stages, n, 9),
      pick(['A', 'B', 'C', 'C'], n, 10),
      pick(['AAA', 'AA', 'A', 'B', 'C'], n, 12),
      `${(hash(n, 13) % 500) * 10_000}.00`,
      pick(['WEB_FORM', 'PHONE', 'EXPO', 'REFERRAL', 'WECHAT'], n, 14),
      salesOf(staff, n, 15),
      instant(updatedMs(n) - 1000),
      1 + (hash(n, 16) % 30),
      instant(customerCreatedMs(n, customers)),
      instant(updatedMs(n)),
    ];
  }
}

const contactsEach = 3;
const contactColumns =
  'id,customer_id,name,title,department,role,phone,mobile,email,birthday,is_primary,created_at,updated_at';
const contactId = (n, k, customers) =>
  uuid('contact', customerCreatedMs(n, customers) + (k + 1) * 60_000, n * contactsEach + k);

function* contactRows(customers) {
  for (let n = 0; n < customers; n += 1) {
    for (let k = 0; k < contactsEach; k += 1) {
      const number = n * contactsEach + k;
      const ms = customerCreatedMs(n, customers) + (k + 1) * 60_000;
      yield [
        contactId(n, k, customers),
        customerId(n, customers),
        personName(number, 21),
        pick(['采购经理', '总经理', '技术总监', '财务主管', '仓库主管'], number, 23),
        pick(['采购部', '技术部', '财务部', '总经办'], number, 24),
        pick(['BUYER', 'DECISION_MAKER', 'INFLUENCER', 'USER'], number, 25),
        `+8621${String((hash(number, 26) % 90_000_000) + 10_000_000)}`,
        `+8613${String((hash(number, 27) % 900_000_000) + 100_000_000)}`,
        `contact${number}@customer${n}.example`,
        day(Date.parse('1960-01-01') + (hash(number, 28) % 15_000) * dayMs),
        k === 0,
        instant(ms),
        instant(ms),
      ];
    }
  }
}

const interactionColumns =
  'id,customer_id,contact_id,employee_id,kind,direction,occurred_at,summary,outcome,next_step_at,created_at,updated_at';
function* interactionRows(customers, each, staff) {
  for (let k = 0; k < each; k += 1) {
    for (let n = 0; n < customers; n += 1) {
      const number = k * customers + n;
      const ms = startMs + ((k + n / customers) / each) * 728 * dayMs;
      yield [
        uuid('interaction', ms, number),
        customerId(n, customers),
        contactId(n, number % contactsEach, customers),
        salesOf(staff, n, 15),
        pick(['VISIT', 'PHONE_CALL', 'MEETING', 'EMAIL', 'WECHAT'], number, 31),
        pick(['INBOUND', 'OUTBOUND'], number, 32),
        instant(ms),
        `${pick(['电话沟通', '上门拜访', '会议讨论', '微信联系'], number, 33)}设备报价与交付周期，客户关注质量与售后服务`,
        pick(['继续跟进', '发送报价', '安排演示', '等待答复'], number, 34),
        number % 3 === 0 ? instant(ms + 7 * dayMs) : null,
        instant(ms),
        instant(ms),
      ];
    }
  }
}

const needColumns =
  'id,customer_id,item,quantity,unit,budget_min,budget_max,expected_at,priority,status,raised_at,created_at,updated_at';
function* needRows(customers) {
  for (let n = 0; n < customers; n += 2) {
    const ms = startMs + (hash(n, 41) / 2 ** 32) * 730 * dayMs;
    const budget = (hash(n, 42) % 120) * 10_000;
    yield [
      uuid('need', ms, n),
      customerId(n, customers),
      pick(['自动化生产线', '包装设备', '检测仪器', '仓储系统'], n, 43),
      `${(hash(n, 44) % 50) + 1}.000`,
      '台',
      `${budget}.00`,
      `${budget + 200_000}.00`,
      instant(ms + 90 * dayMs),
      pick(['HIGH', 'MEDIUM', 'LOW'], n, 45),
      pick(['OPEN', 'OPEN', 'FULFILLED', 'DROPPED'], n, 46),
      instant(ms),
      instant(ms),
      instant(ms),
    ];
  }
}

const dealColumns =
  'id,customer_id,owner_id,title,product,stage,amount,contract_amount,effective_on,closed_at,created_at,updated_at';
function* dealRows(customers, staff) {
  for (let n = 0; n < customers; n += 1) {
    if (n % 10 > 2) continue;
    const ms = startMs + (hash(n, 51) / 2 ** 32) * 730 * dayMs;
    const stage = pick(['OPEN', 'WON', 'LOST'], n, 52);
    const amount = `${((hash(n, 53) % 300) + 1) * 5000}.00`;
    yield [
      uuid('deal', ms, n),
      customerId(n, customers),
      salesOf(staff, n, 15),
      '设备采购',
      pick(['数控机床', '机器人', '传送带'], n, 54),
      stage,
      amount,
      stage === 'WON' ? amount : null,
      stage === 'WON' ? day(ms) : null,
      stage === 'OPEN' ? null : instant(ms + 30 * dayMs),
      instant(ms),
      instant(ms),
    ];
  }
}

function* taggings(customers) {
  for (let n = 0; n < customers; n += 1) {
    const first = hash(n, 61) % tags.length;
    for (const tag of [first, (first + 3) % tags.length]) {
      yield [customerId(n, customers), tags[tag][0], instant(customerCreatedMs(n, customers))];
    }
  }
}

/** Each twentieth file has a co-owner. */
function* coOwners(customers, staff) {
  for (let n = 0; n < customers; n += 20) {
    const [owner, other] = [salesOf(staff, n, 15), salesOf(staff, n, 71)];
    if (other !== owner) yield [customerId(n, customers), other];
  }
}

/** Two of the sales are on leave, in the hands of two others. */
function* delegations(staff) {
  const sales = staff.filter((row) => row[3] === 'SALES').slice(0, 4);
  for (let n = 0; n + 1 < sales.length; n += 2)
    yield [
      uuid('delegation', endMs, n),
      sales[n][0],
      sales[n + 1][0],
      instant(endMs - 30 * dayMs),
      instant(endMs + 3650 * dayMs),
    ];
}

const changeColumns =
  'customer_id,version,subject,subject_id,operation,field,old_value,new_value,actor_id,source,occurred_at';
/** What changed in files: each second customer's stage once, to what it is now, and each third one's first contact's phone. */
function* changes(customers, staff) {
  for (let n = 0; n < customers; n += 1) {
    const at = instant(updatedMs(n));
    const line = (subject, id, field, from, to) => [
      customerId(n, customers),
      1,
      subject,
      id,
      'UPDATE',
      field,
      JSON.stringify(from),
      JSON.stringify(to),
      salesOf(staff, n, 15),
      'API',
      at,
    ];
    const stage = pick(stages, n, 9);
    if (n % 2 === 0) {
      const before = stages[(stages.indexOf(stage) + 1 + (hash(n, 71) % 3)) % 4];
      yield line('customer', customerId(n, customers), 'stage', before, stage);
    }
    if (n % 3 === 0) {
      const phone = `+8621${String((hash(n, 72) % 90_000_000) + 10_000_000)}`;
      const now = `+8621${String((hash(n * contactsEach, 26) % 90_000_000) + 10_000_000)}`;
      yield line('contact', contactId(n, 0, customers), 'phone', phone, now);
    }
  }
}
