import { sql } from 'drizzle-orm';
import { queryJson } from '../../core/database/database.ts';
import { texts, uuids } from '../../core/database/rows.ts';
import type { OutgoingKind } from '../../core/outgoing/outgoing.types.ts';
import { html } from '../../core/page/markup.ts';
import { confirmationPath } from './confirmation.page.ts';
import { answerable } from './confirmation.write.ts';
import { giveToken, requestMailKind } from './confirmation-request.write.ts';

const words = {
  ZH: {
    subject: '请核对我们登记的贵方信息',
    lead: (name: string) =>
      `您好。我是${name}。为保证联系与服务准确，请您核对我们登记的信息：打开下面的链接，输入登记电话的后四位即可查看，确认无误或提出更正。`,
    link: '核对信息',
    silence: '不作答复也没有关系，我们不会因此改动任何信息。如果您不是收件人，请忽略并删除本邮件。',
  },
  EN: {
    subject: 'Please check the details we hold about you',
    lead: (name: string) =>
      `Hello, this is ${name}. So that we reach and serve you well, please check the details we hold: open the link, type the last four digits of a telephone number you gave us, then confirm or correct them.`,
    link: 'Check the details',
    silence:
      'You need not answer; nothing is changed without you. If this was not meant for you, please ignore and delete it.',
  },
};

interface Found {
  id: string;
  email: string;
  country: string;
  requester: string;
}

/** Regions whose mails are in Chinese. */
const chinese: readonly string[] = ['CN', 'HK', 'MO', 'TW'];

/** The mail with the link to a customer's confirmation. Its token exists from then on: no row holds it. */
export const confirmationMail: OutgoingKind = {
  name: requestMailKind,
  channel: 'mail',
  compose: async ({ contents }, { db, publicUrl }) => {
    const ids = (contents as { requestId: string }[]).map(({ requestId }) => requestId);
    const found = await queryJson<Found | undefined>(
      db,
      sql`select json_build_object('id', r.id, 'email', c.email, 'country', f.country, 'requester', e.name)
          from confirmation_request r join customer f on f.id = r.customer_id join employee e on e.id = r.requested_by_id
          join contact c on c.id = r.contact_id and c.customer_id = f.id
          where r.id = any(${uuids(ids)}) and r.ended_at is null and c.email is not null and f.archived_at is null
            and f.verification_state = any(${texts(answerable)})
          order by r.id desc limit 1`,
    );
    const token = found && (await giveToken(db, found.id));
    if (!token) return null;
    const locale = chinese.includes(found.country) ? 'ZH' : 'EN';
    const { subject, lead, link, silence } = words[locale];
    const url = `${publicUrl}${confirmationPath}/${token}`;
    const page = html`<!doctype html><html lang="${locale === 'EN' ? 'en' : 'zh-CN'}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${subject}</title></head><body style="margin:0;background:#fff;color:#1a1a1a;font:16px/1.6 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif"><div style="max-width:40rem;margin:0 auto;padding:16px;overflow-wrap:anywhere"><h1 style="font-size:20px;line-height:1.3;margin:0 0 8px">${subject}</h1><p>${lead(found.requester)}</p><p><a href="${url}" style="color:#0958d9">${link}</a></p><p style="font-size:13px;color:#595959">${silence}</p></div></body></html>`;
    const text = [lead(found.requester), '', url, '', silence, ''].join('\n');
    return { mail: { to: found.email, subject, text, html: page.text, headers: {} } };
  },
};
