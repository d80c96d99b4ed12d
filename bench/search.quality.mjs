import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parse } from 'csv-parse/sync';
import { Converter } from 'opencc-js';
import { pinyin } from 'pinyin-pro';
import { hash, pick } from './data.words.mjs';

const sets = pathToFileURL(
  `${process.env.SETS ?? fileURLToPath(new URL('../../shared/data', import.meta.url))}/`,
);
const read = (path) =>
  parse(readFileSync(new URL(path, sets)), {
    columns: (names) => names.map((name) => name.trim()),
    bom: true,
    trim: true,
    relax_column_count: true,
  });
const each = 200;

/** Lists of names; what a person would call the file's name. */
const lists = {
  'full names (CN)': () => read('china_companies/sz_listed_companies.csv').map((row) => row.公司全称),
  'short names (CN)': () => read('china_companies/sz_listed_companies.csv').map((row) => row.公司简称),
  'English names (CN)': () => read('china_companies/sz_listed_companies.csv').map((row) => row.英文名称),
  accounts: () => read('crm_sales_opportunities/accounts.csv').map((row) => row.account),
  northwind: () => read('northwind/customers.csv').map((row) => row.company_name),
  'febrl persons': () => read('febrl/dataset1.csv').map((row) => `${row.given_name} ${row.surname}`),
};

const toTraditional = Converter({ from: 'cn', to: 't' });
const isChinese = (name) => /^[\u4e00-\u9fff]+$/.test(name);
const folded = (name) => name.normalize('NFKC').replace(/\s+/g, ' ').trim();
const spelled = (name, pattern) =>
  pinyin(name, { toneType: 'none', v: true, ...(pattern && { pattern }) }).replace(/\s+/g, '');

/** One letter replaced by another of the list, left out, or changed with its neighbour. */
function mistyped(name, n, names) {
  const letters = [...name];
  const place = hash(n, 1) % letters.length;
  const kind = hash(n, 2) % (letters.length > 3 ? 3 : 1);
  if (kind === 0) letters[place] = pick([...pick(names, n, 3)], n, 4);
  else if (kind === 1) letters.splice(place, 1);
  else if (place + 1 < letters.length)
    [letters[place], letters[place + 1]] = [letters[place + 1], letters[place]];
  const typed = letters.join('').trim();
  return typed === name ? null : typed;
}

/** How a name is written in a search; null where the kind does not apply to it. */
const kinds = {
  name: (name) => name,
  typo: mistyped,
  traditional: (name) => (toTraditional(name) === name ? null : toTraditional(name)),
  pinyin: (name) => (isChinese(name) ? spelled(name) : null),
  initials: (name) => (isChinese(name) && name.length > 3 ? spelled(name, 'first') : null),
  apart: (name) => (isChinese(name) ? [...name].join(' ') : null),
  'without accents': (name) => {
    const plain = name.normalize('NFD').replace(/[\u0300-\u036f]/g, '');
    return plain === name.normalize('NFD') ? null : plain;
  },
};

/** Names of each list, all lists in one database; how many of 200 each are found first, or among the first five. */
export async function measureQuality({ search, signIn, log }) {
  if (!existsSync(sets)) throw new Error('The sets in ../shared/data are absent; SETS names another folder.');
  const { client } = signIn;
  const [{ id: owner }] =
    await client`insert into employee (email, name, role) values ('search@bench.example', '搜索', 'MANAGER') returning id`;
  const lists_ = Object.entries(lists).map(([list, names]) => [
    list,
    [...new Set(names().filter(Boolean).map(folded))].filter((name) => [...name].length > 1),
  ]);
  const all = [...new Set(lists_.flatMap(([, names]) => names))];
  for (let from = 0; from < all.length; from += 1_000)
    await client`insert into customer ${client(all.slice(from, from + 1_000).map((name) => ({ name, owner_id: owner })))}`;
  await client`analyze customer`;
  await client`analyze customer_search`;
  const viewer = await signIn.as('MANAGER');
  const rows = [];
  for (const [list, names] of lists_) {
    for (const [kind, write] of Object.entries(kinds)) {
      let asked = 0;
      let first = 0;
      let among = 0;
      let found = 0;
      const missed = [];
      for (let n = 0; n < names.length && asked < each; n += 1) {
        const name = names[(n * 7919) % names.length];
        const text = write(name, n, names);
        if (!text) continue;
        asked += 1;
        const { nodes } = await search(text, viewer);
        // Two names may be the same to a reader: width, case, accents.
        const alike = (other) => plain(other) === plain(name);
        const place = nodes.findIndex((node) => alike(node.name));
        if (place === 0) first += 1;
        else missed.push(`${text} → ${nodes[0]?.name ?? '-'} (${name})`);
        if (place >= 0 && place < 5) among += 1;
        found += nodes.length;
      }
      if (asked === 0) continue;
      const share = (count) => ((100 * count) / asked).toFixed(1);
      rows.push([list, kind, asked, share(first), share(among), (found / asked).toFixed(1)]);
      log(`${rows.at(-1).join(' | ')}   ${missed.slice(0, 4).join('; ')}`);
    }
  }
  return { columns: ['list', 'written', 'asked', 'first', 'among five', 'files found (20 at most)'], rows };
}

const plain = (name) =>
  name
    .normalize('NFKD')
    .replace(/[\u0300-\u036f\s]/g, '')
    .toLowerCase();
