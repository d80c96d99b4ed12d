import { read, refusalOf, write } from './lifecycle.client.ts';
import { expectThat, keptOf, type Scene, type Step } from './lifecycle.story.ts';

const wanted = '采购台式电脑20台，预算5000元/台，要求i5处理器、16G内存';
const company = {
  name: '北京信息技术股份有限公司',
  unifiedSocialCreditCode: '91110108717743469K',
  legalRepresentative: '张建国',
  industry: '软件和信息技术服务业',
  province: '北京市',
  address: '海淀区中关村大街1号',
  phones: [{ label: '总机', number: '010-62551234' }],
};

/** The file as it is now, as somebody reads it. */
export const fileOf = async (scene: Scene, who: Step['who'], selection: string) => {
  const { world } = scene;
  const reader = world.as(who === 'customer' || who === 'time' ? 'manager' : who);
  const { customer } = await read(
    reader,
    `query Look($id: ID!) { customer(id: $id) { version ${selection} } }`,
    {
      id: keptOf(scene, 'file'),
    },
  );
  return customer;
};

/** What a decision about the file names: the file, as it is now. */
export const named = async (scene: Scene) => {
  const { version } = await fileOf(scene, 'manager', '');
  return { id: keptOf(scene, 'file'), expectedVersion: version as number };
};

/** From the first word of a customer to what somebody can verify. */
export const opening: readonly Step[] = [
  {
    name: 'decide-settings',
    who: 'admin',
    zh: '设定客户等级规则：近12个月签约满10万元为A级，满5万元为B级',
    en: 'decides the rule of tiers: A from 100,000 signed within twelve months, B from 50,000',
    act: async ({ world, say }) => {
      const admin = world.as('admin');
      const { settings } = await read(admin, '{ settings { version } }');
      const input = {
        expectedVersion: settings.version,
        language: world.language.toUpperCase(),
        tiers: { a: '100000', b: '50000', currency: 'CNY' },
      };
      const payload = await write(admin, 'updateSettings', input, '{ settings { tiers { a b } } }');
      const { a, b } = payload.settings.tiers;
      return [say(`规则已生效：A ≥ ${a}，B ≥ ${b}`, `in force: A from ${a}, B from ${b}`)];
    },
  },
  {
    name: 'refuse-vague-entry',
    who: 'sales',
    zh: '建档：单位名称“北京公司”，电话“138”',
    en: 'opens a file named 北京公司 with the telephone number 138',
    act: ({ world }) =>
      refusalOf(
        world.as('sales'),
        'createCustomer',
        { name: '北京公司', phones: [{ number: '138' }] },
        { code: 'BAD_USER_INPUT' },
      ),
  },
  {
    name: 'collect',
    who: 'sales',
    zh: `建档：${company.name}`,
    en: `opens a file named ${company.name}`,
    act: async ({ world, kept, say }) => {
      const selection = '{ customer { id fileNumber verificationState stage } }';
      const { customer } = await write(world.as('sales'), 'createCustomer', company, selection);
      kept.set('file', customer.id);
      return [
        say(
          `客户编号 ${customer.fileNumber}，阶段 ${customer.stage}，${customer.verificationState}`,
          `file number ${customer.fileNumber}, stage ${customer.stage}, ${customer.verificationState}`,
        ),
      ];
    },
  },
  {
    name: 'collect-contact',
    who: 'sales',
    zh: '登记联系人：周敏，采购经理',
    en: 'enters the contact 周敏, purchasing manager',
    act: async (scene) => {
      const input = {
        ...{
          customerId: keptOf(scene, 'file'),
          name: '周敏',
          title: '采购经理',
          role: 'BUYER',
          isPrimary: true,
        },
        ...{ mobile: '13800001111', email: 'zhoumin@customer.example' },
      };
      const { contact } = await write(
        scene.world.as('sales'),
        'createContact',
        input,
        '{ contact { id mobile } }',
      );
      scene.kept.set('contact', contact.id);
      return [scene.say(`手机统一为 ${contact.mobile}`, `the mobile number is kept as ${contact.mobile}`)];
    },
  },
  {
    name: 'warn-of-vague-need',
    who: 'sales',
    zh: '登记需求：“需要办公设备采购”',
    en: 'enters the need 需要办公设备采购',
    act: async (scene) => {
      const input = { customerId: keptOf(scene, 'file'), item: '需要办公设备采购' };
      const selection = '{ need { id version } warnings { code message } }';
      const { need, warnings } = await write(scene.world.as('sales'), 'createNeed', input, selection);
      expectThat(warnings.length > 0, 'a vague need was taken without a warning');
      scene.kept.set('need', need.id);
      scene.kept.set('needVersion', String(need.version));
      return warnings.map(({ message }: { message: string }) => message);
    },
  },
  {
    name: 'make-need-concrete',
    who: 'sales',
    zh: `按客户的话细化：“${wanted}”`,
    en: `makes it concrete in the customer’s words: ${wanted}`,
    act: async (scene) => {
      const sales = scene.world.as('sales');
      const details = 'item quantity unit specification currency budgetMin budgetMax';
      const document = `query Propose($text: String!) { needProposal(text: $text) { ${details} missing } }`;
      const { needProposal } = await read(sales, document, { text: wanted });
      const { missing, ...proposal } = needProposal;
      expectThat(missing.length === 0, `the proposal lacks ${missing}`);
      const values = Object.fromEntries(Object.entries(proposal).filter(([, value]) => value !== null));
      const input = {
        id: keptOf(scene, 'need'),
        expectedVersion: Number(keptOf(scene, 'needVersion')),
        ...values,
      };
      const selection = `{ need { ${details} } warnings { message } }`;
      const { need, warnings } = await write(sales, 'updateNeed', input, selection);
      expectThat(warnings.length === 0, 'the concrete need is warned of');
      const { item, quantity, unit, specification, budgetMax, currency } = need;
      return [`${item} × ${Number(quantity)}${unit ?? ''}，${specification}，${budgetMax} ${currency}`];
    },
  },
  {
    name: 'see-by-role',
    who: 'marketing',
    zh: '查看档案：市场人员看得到需求，看不到电话',
    en: 'looks at the file: marketing reads its needs and no telephone number',
    act: async (scene) => {
      const document =
        'query Look($id: ID!) { customer(id: $id) { needs { nodes { item } } phones { number } } }';
      const { data, errors } = await scene.world
        .as('marketing')
        .query(document, { id: keptOf(scene, 'file') });
      const [refused] = errors ?? [];
      expectThat(
        data?.customer?.phones === null && refused?.extensions.code === 'FORBIDDEN',
        JSON.stringify(errors),
      );
      return [data.customer.needs.nodes[0].item, refused?.message ?? ''];
    },
  },
  {
    name: 'count-by-role',
    who: 'analyst',
    zh: '统计各行业客户数：分析员只看数字',
    en: 'counts customers by industry: an analyst sees numbers',
    act: async ({ world, say }) => {
      const { customerStats } = await read(
        world.as('analyst'),
        '{ customerStats(groupBy: [INDUSTRY]) { total } }',
      );
      return [say(`共 ${customerStats.total} 家`, `${customerStats.total} in all`)];
    },
  },
  {
    name: 'correct-own-value',
    who: 'steward',
    zh: '更正法定代表人为“张建平”',
    en: 'corrects the legal representative to 张建平',
    act: async (scene) => {
      const input = { ...(await named(scene)), legalRepresentative: '张建平' };
      const { customer } = await write(
        scene.world.as('steward'),
        'updateCustomer',
        input,
        '{ customer { legalRepresentative } }',
      );
      return [customer.legalRepresentative];
    },
  },
];
