import { type SQL, sql } from 'drizzle-orm';
import { asSql, isVisible, readable } from '../../core/access/row-predicates.ts';
import { type Database, queryJson } from '../../core/database/database.ts';
import { messageIn } from '../../core/locale.ts';
import type { Mail } from '../../core/mail/mail.types.ts';
import { enumLabel } from '../../core/model/label.ts';
import { fileColumnsOf } from '../../core/model/read-context.ts';
import { html, type Markup } from '../../core/page/markup.ts';
import { issueToken } from '../../core/page/page-token.write.ts';
import { TaskKind } from '../../domains/task/task.table.ts';
import { mailPage } from './mail.page.ts';
import type { Topic } from './notification.write.ts';
import type { Recipient } from './recipient.service.ts';

/** Most tasks that a mail lists. */
const maxListed = 50;
/** How long a mail's links lead anywhere. */
const linksLastMs = 90 * 86_400_000;

interface TaskLine {
  title: string;
  kind: TaskKind;
  dueAt: string | null;
  isOverdue: boolean;
  customer: string | null;
}

/** Tasks that meet a condition on `t`, the overdue ones last, and how many there are. The customer's name is there for who may read it. */
export function findTaskLines(
  db: Database,
  { reader }: Recipient,
  condition: SQL,
  now: Date,
): Promise<{ count: number; overdue: number; lines: TaskLine[] }> {
  const file = fileColumnsOf('c');
  const isReadable = [isVisible(reader, file), readable(reader, 'card', file)].map(asSql);
  return queryJson(
    db,
    sql`with found as (
          select t.id, t.title, t.kind, t.due_at, coalesce(t.due_at < ${now.toISOString()}::timestamptz, false) as is_overdue,
                 case when c.id is not null and ${sql.join(isReadable, sql` and `)} then c.name end as customer
          from task t left join customer c on c.id = t.customer_id
          where t.state = 'OPEN' and ${condition})
        select json_build_object(
          'count', (select count(*) from found), 'overdue', (select count(*) from found where is_overdue),
          'lines', (select coalesce(json_agg(json_build_object('title', title, 'kind', kind, 'dueAt', due_at,
                      'isOverdue', is_overdue, 'customer', customer) order by is_overdue, due_at, id), '[]')
                    from (select * from found order by is_overdue, due_at, id limit ${maxListed}::int) listed))`,
  );
}

const words = {
  ZH: {
    due: (time: string) => `${time} 到期`,
    overdue: (time: string) => `${time} 已逾期`,
    more: (count: number) => `另有 ${count} 项，请登录查看。`,
    why: '为什么收到这封邮件？不再接收：',
    link: '为什么收到这封邮件，如何停止接收',
  },
  EN: {
    due: (time: string) => `due ${time}`,
    overdue: (time: string) => `overdue since ${time}`,
    more: (count: number) => `And ${count} more: sign in to see them.`,
    why: 'Why did I get this? Receive no more of it:',
    link: 'Why did I get this, and how do I stop it?',
  },
};

interface TaskMail {
  recipient: Recipient;
  subject: string;
  lead: string;
  found: Awaited<ReturnType<typeof findTaskLines>>;
  topics: readonly Topic[];
  timeZone: string;
  publicUrl: string;
}

/** A mail that lists tasks, with a link to the page on which its kind is muted. */
export async function writeTaskMail(
  db: Database,
  { recipient, subject, lead, found, topics, timeZone, publicUrl }: TaskMail,
): Promise<Mail> {
  const { locale } = recipient;
  const word = words[locale];
  const content = { employeeId: recipient.id, topics };
  const token = await issueToken(db, mailPage.purpose, content, linksLastMs);
  const link = `${publicUrl}${mailPage.path}/${token}`;
  const format = new Intl.DateTimeFormat(locale === 'EN' ? 'en' : 'zh-CN', {
    timeZone,
    dateStyle: 'medium',
    timeStyle: 'short',
  });
  const details = ({ kind, dueAt, isOverdue, customer }: TaskLine): string =>
    [
      enumLabel(TaskKind, kind)[locale],
      customer,
      dueAt && word[isOverdue ? 'overdue' : 'due'](format.format(new Date(dueAt))),
    ]
      .filter(Boolean)
      .join(' · ');
  const rest = found.count - found.lines.length;
  const text = [
    lead,
    '',
    ...found.lines.flatMap((line) => [`- ${messageIn(locale, line.title)}`, `  ${details(line)}`]),
    ...(rest > 0 ? ['', word.more(rest)] : []),
    '',
    '--',
    `${word.why} ${link}`,
    '',
  ].join('\n');
  const items: Markup[] = found.lines.map(
    (line) =>
      html`<tr><td style="padding:10px 0;border-bottom:1px solid #d9d9d9"><strong>${messageIn(locale, line.title)}</strong><br><span style="color:${line.isOverdue ? '#a8071a' : '#595959'};font-size:14px">${details(line)}</span></td></tr>`,
  );
  const page = html`<!doctype html><html lang="${locale === 'EN' ? 'en' : 'zh-CN'}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${subject}</title></head><body style="margin:0;background:#fff;color:#1a1a1a;font:16px/1.6 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif"><div style="max-width:40rem;margin:0 auto;padding:16px;overflow-wrap:anywhere"><h1 style="font-size:20px;line-height:1.3;margin:0 0 8px">${subject}</h1><p style="margin:0 0 8px">${lead}</p><table role="presentation" width="100%" style="border-collapse:collapse;border-top:1px solid #d9d9d9">${items}</table>${rest > 0 ? html`<p>${word.more(rest)}</p>` : null}<p style="font-size:13px;color:#595959;margin:24px 0 0"><a href="${link}" style="color:#0958d9">${word.link}</a></p></div></body></html>`;
  return {
    to: recipient.email,
    subject,
    text,
    html: page.text,
    headers: {
      'List-Unsubscribe': `<${link}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    },
  };
}
