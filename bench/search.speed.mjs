import { hash } from './data.words.mjs';

const connections = 20;

/** Texts by kind, made of files that are there. */
async function textsOf(client, rounds) {
  const files = await client`
    select file.name, file.short_name, file.file_number, file.unified_social_credit_code as code, file.website,
           contact.name as person, contact.mobile, contact.phone, file.owner_id
    from customer file tablesample system (0.5) join contact on contact.customer_id = file.id
    where short_name is not null and contact.phone is not null
    limit ${rounds}`;
  const of = (write) => files.map((file, n) => [write(file, n), file]);
  const at = (name, n, letters) => {
    const place = hash(n, 7) % Math.max(1, name.length - letters);
    return name.slice(place, place + letters);
  };
  const wrong = (name, n) => {
    const place = 1 + (hash(n, 8) % Math.max(1, name.length - 2));
    return `${name.slice(0, place)}〇${name.slice(place + 1)}`;
  };
  return {
    'full name': of(({ name }) => name),
    'short name': of(({ short_name: name }) => name),
    person: of(({ person }) => person),
    'two letters': of(({ name }, n) => at(name.slice(0, 8), n, 2)),
    'three letters': of(({ name }, n) => at(name.slice(0, 8), n, 3)),
    mobile: of(({ mobile }) => mobile.slice(3)),
    landline: of(({ phone }) => `0755-${phone.slice(6)}`),
    'credit code': of(({ code }) => code),
    'file number': of(({ file_number: number }) => number),
    website: of(({ website }) => website),
    nothing: of((_, n) => `龘龘${n}`),
    'typo in a full name': of(({ name }, n) => wrong(name, n)),
    'typo in a short name': of(({ short_name: name }, n) => wrong(name, n)),
    'frequent words': of(
      (_, n) => ['公司', '有限公司', '股份有限公司', '科技', '有限', '深圳', '银行', '集团'][n % 8],
    ),
    'one letter': of(({ name }, n) => at(name, n, 1)),
  };
}

/** p50 and p99 of each kind, for who sees all files and for who sees a 300th, one at a time; and of 20 at once. */
export async function measureSpeed({ search, signIn, rounds, log }) {
  const texts = await textsOf(signIn.client, rounds);
  const manager = await signIn.as('MANAGER');
  const owners = await signIn.asEach(texts['full name'].map(([, file]) => file.owner_id));
  const viewers = [
    ['MANAGER', () => manager],
    ['SALES', (n) => owners[n]],
  ];
  const rows = [];
  for (const [role, viewer] of viewers) {
    for (const [kind, asked] of Object.entries(texts)) {
      await search(asked[0][0], viewer(0));
      const one = [];
      let found = 0;
      for (const [n, [text]] of asked.entries()) {
        const { ms, nodes } = await search(text, viewer(n));
        if (nodes.length > 0) found += 1;
        one.push(ms);
      }
      const many = [];
      let next = 0;
      const client = async () => {
        while (next < asked.length) {
          const n = next++;
          many.push((await search(asked[n][0], viewer(n))).ms);
        }
      };
      await Promise.all(Array.from({ length: connections }, client));
      const row = [
        role,
        kind,
        ...[one, many].flatMap((times) => [at(times, 0.5), at(times, 0.99)]),
        `${Math.round((100 * found) / asked.length)} %`,
      ];
      rows.push(row);
      log(row.join(' | '));
    }
  }
  return { columns: ['role', 'text', 'p50', 'p99', '20 at once: p50', 'p99', 'found something'], rows };
}

const at = (times, share) =>
  [...times]
    .sort((one, other) => one - other)
    [Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(1);
