import { sql } from 'drizzle-orm';
import { queryJson } from '../../core/database/database.ts';
import { texts, uuids } from '../../core/database/rows.ts';
import type { OutgoingKind } from '../../core/outgoing/outgoing.types.ts';
import { ownTasks } from '../../domains/task/task.scope.ts';
import type { TaskKind } from '../../domains/task/task.table.ts';
import { endOfQuiet, findRecipient } from './recipient.service.ts';
import { findTaskLines, writeTaskMail } from './task-mail.service.ts';

const words = {
  ZH: {
    subject: (count: number) => `待办通知：${count} 项`,
    lead: (name: string) => `${name}，您好。以下待办有新的进展（新任务、指派、到期或督办）：`,
  },
  EN: {
    subject: (count: number) => `Tasks: ${count}`,
    lead: (name: string) => `Hello ${name}. These were opened, assigned, escalated, or are due:`,
  },
};

/**
 * A mail about tasks of kinds that somebody wants to hear of at once; the trigger `plan_mail` plans it with the notice of
 * the task. Those that came together are in one mail.
 */
export const taskNoticeMail: OutgoingKind = {
  name: 'task-notice',
  channel: 'mail',
  compose: async ({ recipientId, contents }, { db, now, settings, publicUrl }) => {
    const recipient = await findRecipient(db, recipientId, settings);
    if (!recipient) return null;
    const quietUntil = endOfQuiet(recipient.preferences, settings.timeZone, now);
    if (quietUntil) return { notBefore: quietUntil };
    const ids = [...new Set((contents as { taskId: string }[]).map(({ taskId }) => taskId))];
    const wanted = sql`t.id = any(${uuids(ids)}) and t.kind = any(${texts(recipient.preferences.mailedKinds)})
      and ${ownTasks(recipient, 't')}`;
    const found = await findTaskLines(db, recipient, wanted, now);
    if (found.count === 0) return null;
    const topics = await queryJson<TaskKind[]>(
      db,
      sql`select coalesce(json_agg(distinct t.kind), '[]') from task t where ${wanted}`,
    );
    const word = words[recipient.locale];
    const mail = await writeTaskMail(db, {
      recipient,
      subject: word.subject(found.count),
      lead: word.lead(recipient.name),
      found,
      topics,
      timeZone: settings.timeZone,
      publicUrl,
    });
    return { mail };
  },
};
