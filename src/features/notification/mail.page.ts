import type { Database } from '../../core/database/database.ts';
import { enumLabel, type Locale } from '../../core/model/label.ts';
import { html } from '../../core/page/markup.ts';
import type { PageKind } from '../../core/page/page.route.ts';
import type { View } from '../../core/page/page.ts';
import { TaskKind } from '../../domains/task/task.table.ts';
import { findPreferences, muteTopics, type Topic } from './notification.write.ts';

interface MailContent {
  employeeId: string;
  topics: Topic[];
}

const words = {
  ZH: {
    title: '为什么收到这封邮件',
    why: '这封邮件由客户档案系统自动发送给您，因为您是待办的负责人，并且开启了下列邮件通知。应用内的待办提醒不受影响。',
    digest: '每日待办（工作日上午）',
    kind: (kind: string) => `“${kind}”任务的即时通知`,
    on: '已开启',
    off: '已停止',
    mute: '停止接收',
    unmute: '重新接收',
    muted: '已停止。您可以随时在此重新开启，或登录后在通知设置中修改。',
    unmuted: '已重新开启。',
  },
  EN: {
    title: 'Why did I get this mail?',
    why: 'The customer file system has sent it to you because you have tasks to do and receive the mails below. Tasks in the app are not affected.',
    digest: 'The day’s tasks, on the morning of working days',
    kind: (kind: string) => `Each task of the kind “${kind}”, at once`,
    on: 'Received',
    off: 'Stopped',
    mute: 'Stop',
    unmute: 'Receive again',
    muted:
      'Stopped. You can receive them again here at any time, or in your settings when you have signed in.',
    unmuted: 'You receive them again.',
  },
};

async function view(
  db: Database,
  { employeeId, topics }: MailContent,
  locale: Locale,
  done: 'muted' | 'unmuted' | null,
): Promise<View> {
  const word = words[locale];
  const { digest, mailedKinds } = await findPreferences(db, employeeId);
  const items = topics.map((topic) => {
    const isOn = topic === 'DIGEST' ? digest : mailedKinds.includes(topic);
    const name = topic === 'DIGEST' ? word.digest : word.kind(enumLabel(TaskKind, topic)[locale]);
    return html`<li><span>${name}<br><span class="soft">${isOn ? word.on : word.off}</span></span><form method="post"><input type="hidden" name="topic" value="${topic}"><input type="hidden" name="do" value="${isOn ? 'mute' : 'unmute'}"><button aria-label="${isOn ? word.mute : word.unmute}: ${name}">${isOn ? word.mute : word.unmute}</button></form></li>`;
  });
  return {
    title: word.title,
    body: html`${done && html`<p role="status"><strong>${word[done]}</strong></p>`}<p>${word.why}</p><ul>${items}</ul>`,
  };
}

/** Says why a mail came, and mutes its kind: all of the mail's at once for a mail program (RFC 8058). */
export const mailPage: PageKind<MailContent> = {
  path: '/mail',
  purpose: 'mail',
  show: (db, content, locale) => view(db, content, locale, null),
  act: async (db, content, form, locale) => {
    const isOneClick = form.get('List-Unsubscribe') === 'One-Click';
    const topics = content.topics.filter((topic) => isOneClick || form.get('topic') === topic);
    const isMuted = isOneClick || form.get('do') !== 'unmute';
    await muteTopics(db, content.employeeId, topics, isMuted);
    return view(db, content, locale, topics.length === 0 ? null : isMuted ? 'muted' : 'unmuted');
  },
};
