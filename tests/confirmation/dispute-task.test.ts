import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWriting, type Writing } from '../support/writing.ts';
import { formOf, linkOf, openVerified, request, send, spoken } from './confirmation-world.ts';

let writing: Writing;
beforeAll(async () => {
  writing = await startWriting({ taskRules: true });
});
afterAll(() => writing.close());

test('what a customer disputes is a task of the owner, with what they wrote, until the file is what they say', async () => {
  const phones = [{ label: null, number: '+862155551234', extension: null }];
  const file = await openVerified(writing, { phones });
  const link = await linkOf(writing, file.uuid);
  const form = formOf(await send(link, { check: '1234' }));
  // Not before the rules have a place in the log: what was there before them is no news.
  const place = async () => (await writing.db.execute(sql`select epoch from task_rule_head`))[0]?.epoch;
  await expect.poll(place).not.toBe('');
  await send(link, { ...form, do: 'deny', remark: '打错了' });
  const task = async () => {
    const [row] = await writing.db.execute(sql`
      select state, reported, assignee_id = ${writing.server.as('SALES').uuid} as is_owners from task
      where customer_id = ${file.uuid} and kind = 'ANSWER_CONFIRMATION'`);
    return row;
  };
  await expect.poll(task, { timeout: 60_000 }).toMatchObject({ state: 'OPEN', is_owners: true });
  expect((await task())?.reported).toContain('打错了');
  await request(writing, writing.owner, file.uuid, spoken('CONFIRMED'));
  await expect.poll(async () => (await task())?.state, { timeout: 60_000 }).not.toBe('OPEN');
});
