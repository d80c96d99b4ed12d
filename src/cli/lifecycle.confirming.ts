import { formOf, type Language, lookFor, read, until, visit, write } from './lifecycle.client.ts';
import { fileOf, named } from './lifecycle.opening.ts';
import { expectThat, keptOf, type Scene, type Step } from './lifecycle.story.ts';

/** Opens the page of a link with the last four digits, as the customer does, and returns its form. */
async function unlock(url: string, digits: string, language: Language): Promise<Record<string, string>> {
  const front = await visit(url, language);
  expectThat(
    front.status === 200 && front.text.includes('name="check"'),
    `the page answered ${front.status}`,
  );
  const shown = await visit(url, language, { check: digits });
  expectThat(shown.status === 200, `the digits were answered with ${shown.status}`);
  return formOf(shown);
}

/** The file is confirmed, or whatever else it is. */
const stateOf = async (scene: Scene): Promise<string> =>
  (await fileOf(scene, 'manager', 'verificationState')).verificationState;

/** The customer confirms what the file holds, and corrects it. */
export const confirming: readonly Step[] = [
  {
    name: 'request-by-mail',
    who: 'sales',
    zh: '发邮件请客户核对档案',
    en: 'has the customer check the file by mail',
    act: async (scene) => {
      const input = { ...(await named(scene)), channel: 'EMAIL', contactId: keptOf(scene, 'contact') };
      await write(scene.world.as('sales'), 'requestConfirmation', input, '{ customer { id } }');
      const { inbox } = scene.world;
      const mail = await until('The mail', async () =>
        inbox.mails.find(({ to }) => to.startsWith('zhoumin@')),
      );
      const [url] = /http:\S+/.exec(mail.text) ?? [];
      expectThat(url !== undefined, 'the mail has no link');
      scene.kept.set('link', url as string);
      return [
        scene.say(`邮件已送达 ${mail.to}`, `the mail has come to ${mail.to}`),
        (mail.text.split('\n')[0] ?? '').trim(),
      ];
    },
  },
  {
    name: 'correct-on-page',
    who: 'customer',
    zh: '打开链接，输入手机后四位，更正地址并确认其余内容',
    en: 'opens the link, types the last four digits, corrects the address and confirms the rest',
    act: async (scene) => {
      const { language } = scene.world;
      const link = keptOf(scene, 'link');
      const form = await unlock(link, '1111', language);
      const [field] = Object.entries(form).find(([, value]) => value === '海淀区中关村大街1号') ?? [];
      expectThat(field !== undefined, 'the page does not show the address');
      const done = await visit(link, language, {
        ...form,
        [field as string]: '海淀区中关村大街2号',
        do: 'confirm',
      });
      expectThat(done.status === 200, `the page answered ${done.status}`);
      expectThat((await stateOf(scene)) === 'DISPUTED', 'the file is not DISPUTED');
      return [
        scene.say('更正已提出，档案待处理：DISPUTED', 'the correction is proposed, and the file DISPUTED'),
      ];
    },
  },
  {
    name: 'accept-correction',
    who: 'sales',
    zh: '采纳客户的更正',
    en: 'accepts what the customer corrected',
    act: async (scene) => {
      const { proposedChanges } = await fileOf(
        scene,
        'sales',
        'proposedChanges { id label shownText proposedText state }',
      );
      const open = proposedChanges.filter(({ state }: { state: string }) => state === 'OPEN');
      expectThat(open.length === 1, `${open.length} corrections are open`);
      const [{ id, label, shownText, proposedText }] = open;
      const { customer } = await write(
        scene.world.as('sales'),
        'acceptProposedChange',
        { id },
        '{ customer { verificationState address } }',
      );
      expectThat(customer.verificationState === 'CONFIRMED', customer.verificationState);
      return [`${label}: ${shownText} → ${proposedText}`, customer.verificationState];
    },
  },
  {
    name: 'confirm-by-qr',
    who: 'customer',
    zh: '当面扫描二维码，确认档案无误',
    en: 'scans a QR code on a visit and confirms the file',
    act: async (scene) => {
      const input = { ...(await named(scene)), channel: 'QR', contactId: keptOf(scene, 'contact') };
      const { url, qrCode } = await write(
        scene.world.as('sales'),
        'requestConfirmation',
        input,
        '{ url qrCode }',
      );
      expectThat(String(qrCode).startsWith('<svg'), 'there is no QR code');
      const { language } = scene.world;
      const form = await unlock(url, '1111', language);
      const done = await visit(url, language, { ...form, do: 'confirm' });
      expectThat(done.status === 200, `the page answered ${done.status}`);
      const { answer, fields } = (
        await fileOf(scene, 'manager', 'verification { answer { state channel way } fields { isConfirmed } }')
      ).verification;
      expectThat(answer?.state === 'CONFIRMED' && answer.channel === 'QR', JSON.stringify(answer));
      const count = fields.filter(({ isConfirmed }: { isConfirmed: boolean }) => isConfirmed).length;
      return [
        scene.say(`客户已确认 ${count} 项：${answer.state}`, `${count} values confirmed: ${answer.state}`),
      ];
    },
  },
  {
    name: 'report-change',
    who: 'service',
    zh: '客服上报：客户来电称手机已换',
    en: 'reports that the customer has a new mobile number',
    act: async (scene) => {
      const { clock } = scene.world;
      const input = {
        customerId: keptOf(scene, 'file'),
        contactId: keptOf(scene, 'contact'),
        field: 'mobile',
        what: '来电称手机改为139开头的新号',
      };
      const selection = '{ task { id title dueAt assignee { name } } }';
      const { task } = await write(scene.world.as('service'), 'reportChange', input, selection);
      scene.kept.set('change', task.id);
      scene.kept.set('changeDue', task.dueAt);
      const hours = Math.round((Date.parse(task.dueAt) - clock.now().getTime()) / 3_600_000);
      expectThat(hours >= 24, `it is due in ${hours} hours`);
      return [
        scene.say(
          `待办“${task.title}”，${task.assignee.name}，${hours}小时内`,
          `task "${task.title}" of ${task.assignee.name}, within ${hours} hours`,
        ),
      ];
    },
  },
  {
    name: 'overdue',
    who: 'time',
    zh: '到期仍未更新：待办逾期，并督办至团队负责人',
    en: 'the task is overdue, and escalated to the leader of the team',
    act: async (scene) => {
      const { clock } = scene.world;
      await clock.forwardTo(new Date(Date.parse(keptOf(scene, 'changeDue')) + 60_000));
      const look = async () => {
        const document =
          'query Look($id: ID!) { node(id: $id) { ... on Task { state overdue escalations { at to { name } } } } }';
        return (await read(scene.world.as('sales'), document, { id: keptOf(scene, 'change') })).node;
      };
      expectThat((await look()).overdue, 'the task is not overdue');
      const escalated = async () => {
        const { escalations } = await look();
        return escalations.length > 0 ? escalations : undefined;
      };
      // In working hours, a day later or after the holidays.
      let escalations = await escalated();
      for (let day = 0; day < 21 && !escalations; day += 1) {
        await clock.forwardTo(new Date(clock.now().getTime() + 86_400_000));
        escalations = await lookFor(escalated, 3_000);
      }
      expectThat(escalations !== undefined, 'the task is not escalated');
      return [
        scene.say(
          `已逾期；督办至 ${escalations[0].to.name}`,
          `overdue; escalated to ${escalations[0].to.name}`,
        ),
      ];
    },
  },
  {
    name: 'enter-change',
    who: 'sales',
    zh: '更新手机，待办自动关闭',
    en: 'enters the new number, and the task closes by itself',
    act: async (scene) => {
      const sales = scene.world.as('sales');
      const id = keptOf(scene, 'contact');
      const { node } = await read(
        sales,
        'query Look($id: ID!) { node(id: $id) { ... on Contact { version } } }',
        { id },
      );
      await write(
        sales,
        'updateContact',
        { id, expectedVersion: node.version, mobile: '13900002222' },
        '{ contact { mobile } }',
      );
      const document = 'query Look($id: ID!) { node(id: $id) { ... on Task { state outcome } } }';
      const done = await until('The end of the task', async () => {
        const found = (await read(sales, document, { id: keptOf(scene, 'change') })).node;
        return found.state === 'DONE' ? found : undefined;
      });
      return [`${done.state}: ${done.outcome}`];
    },
  },
];
