import { dateIn } from '../core/time/zone.ts';
import { refusalOf, until, write } from './lifecycle.client.ts';
import { inDays, taskOf } from './lifecycle.granting.ts';
import { fileOf, named } from './lifecycle.opening.ts';
import { expectThat, keptOf, onTheWall, type Scene, type Step } from './lifecycle.story.ts';
import { timeZone } from './lifecycle.world.ts';

/** Moves the file to a stage, as its owner. */
const toStage = async (scene: Scene, stage: string) =>
  write(
    scene.world.as('sales'),
    'updateCustomer',
    { ...(await named(scene)), stage },
    '{ customer { stage tier tierSetBy } }',
  );

/** From what is no contract to one, and what follows from it. */
export const winning: readonly Step[] = [
  {
    name: 'refuse-won-without-contract',
    who: 'sales',
    zh: '没有合同就改为“已成交”',
    en: 'makes the file WON without a contract',
    act: async (scene) => {
      await toStage(scene, 'INTENT');
      const input = { ...(await named(scene)), stage: 'WON' };
      return refusalOf(scene.world.as('sales'), 'updateCustomer', input, { code: 'BAD_USER_INPUT' });
    },
  },
  {
    name: 'refuse-deal-without-amount',
    who: 'sales',
    zh: '登记赢单，但没有合同金额和生效日期',
    en: 'enters a won deal without amount and date',
    act: ({ world, ...scene }) =>
      refusalOf(
        world.as('sales'),
        'createDeal',
        { customerId: keptOf({ world, ...scene }, 'file'), title: '台式电脑采购', stage: 'WON' },
        { code: 'BAD_USER_INPUT', issues: ['WON_INCOMPLETE'] },
      ),
  },
  {
    name: 'win',
    who: 'sales',
    zh: '登记合同10万元，今日生效，档案改为“已成交”，等级随之升为A',
    en: 'enters a contract of 100,000 from today, makes the file WON, and its tier becomes A',
    act: async (scene) => {
      const { world } = scene;
      const effectiveOn = dateIn(timeZone, world.clock.now());
      const input = {
        customerId: keptOf(scene, 'file'),
        title: '台式电脑采购',
        stage: 'WON',
        contractAmount: '100000',
        effectiveOn,
      };
      const { deal } = await write(
        world.as('sales'),
        'createDeal',
        input,
        '{ deal { contractAmount currency effectiveOn } }',
      );
      const { customer } = await toStage(scene, 'WON');
      expectThat(customer.tier === 'A' && customer.tierSetBy === 'RULE', `tier ${customer.tier}`);
      return [
        `${deal.contractAmount} ${deal.currency}，${deal.effectiveOn}`,
        `${customer.stage}，${customer.tier}（${customer.tierSetBy}）`,
      ];
    },
  },
  {
    name: 'grant-credit',
    who: 'finance',
    zh: '评定信用等级A，信用额度20万元',
    en: 'sets the credit grade A with a limit of 200,000',
    act: async (scene) => {
      const input = { ...(await named(scene)), creditGrade: 'A', creditLimit: '200000' };
      const { customer } = await write(
        scene.world.as('finance'),
        'updateCustomer',
        input,
        '{ customer { creditGrade creditLimit } }',
      );
      return [`${customer.creditGrade}，${customer.creditLimit}`];
    },
  },
];

/** From the last contact to a file that is sealed, and opened again. */
export const closing: readonly Step[] = [
  {
    name: 'last-contact',
    who: 'sales',
    zh: '签约后电话回访：最后一次联系',
    en: 'calls after the delivery: the last contact',
    act: async (scene) => {
      const input = {
        customerId: keptOf(scene, 'file'),
        kind: 'RETURN_VISIT',
        summary: '设备已验收，暂无新需求',
        occurredAt: scene.world.clock.now().toISOString(),
      };
      const { interaction } = await write(
        scene.world.as('sales'),
        'logInteraction',
        input,
        '{ interaction { occurredAt } }',
      );
      return [onTheWall(interaction.occurredAt)];
    },
  },
  {
    name: 'inactive',
    who: 'time',
    zh: '一年多无往来：系统提议封存，等待责任人确认',
    en: 'more than a year without contact, and the system proposes to seal the file',
    act: async (scene) => {
      await scene.world.clock.forwardTo(inDays(scene, 380));
      const task = await until('The proposal', async () => taskOf(scene, 'sales', 'REVIEW_INACTIVE'));
      return [
        scene.say(
          `待办“${task.title}”，${onTheWall(task.dueAt)}前`,
          `task "${task.title}", by ${onTheWall(task.dueAt)}`,
        ),
      ];
    },
  },
  {
    name: 'seal',
    who: 'sales',
    zh: '确认封存',
    en: 'seals the file',
    act: async (scene) => {
      const { customer } = await write(
        scene.world.as('sales'),
        'archiveCustomer',
        await named(scene),
        '{ customer { archivedAt } }',
      );
      const done = await until('The end of the task', async () => {
        const found = await taskOf(scene, 'sales', 'REVIEW_INACTIVE');
        return found?.state === 'DONE' ? found : undefined;
      });
      const refused = await refusalOf(
        scene.world.as('sales'),
        'updateCustomer',
        { ...(await named(scene)), notes: '试' },
        { code: 'CONFLICT' },
      );
      return [
        scene.say(`封存于 ${onTheWall(customer.archivedAt)}`, `sealed on ${onTheWall(customer.archivedAt)}`),
        `${done.state}: ${done.outcome}`,
        ...refused,
      ];
    },
  },
  {
    name: 'restore',
    who: 'manager',
    zh: '客户再次询价：恢复档案',
    en: 'restores the file: the customer has called again',
    act: async (scene) => {
      await scene.world.clock.forwardTo(inDays(scene, 30));
      const selection = '{ customer { archivedAt stage verificationState archiveNumber } }';
      const { customer } = await write(
        scene.world.as('manager'),
        'restoreCustomer',
        await named(scene),
        selection,
      );
      expectThat(customer.archivedAt === null, 'the file is still sealed');
      return [`${customer.archiveNumber}，${customer.stage}，${customer.verificationState}`];
    },
  },
  {
    name: 'look-back',
    who: 'manager',
    zh: '回看档案的变更历史',
    en: 'looks back on the history of the file',
    act: async (scene) => {
      const nodes: { occurredAt: string }[] = [];
      for (let after: string | null = null; ; ) {
        const page: string = after === null ? '' : `, after: "${after}"`;
        const { history } = await fileOf(
          scene,
          'manager',
          `history(first: 100${page}) { nodes { occurredAt } pageInfo { endCursor hasNextPage } }`,
        );
        nodes.push(...history.nodes);
        if (!history.pageInfo.hasNextPage) break;
        after = history.pageInfo.endCursor;
      }
      const days = new Set(nodes.map(({ occurredAt }) => onTheWall(occurredAt).slice(0, 10)));
      const span = [nodes.at(-1), nodes[0]].map((line) => onTheWall(line?.occurredAt ?? '').slice(0, 10));
      return [
        scene.say(
          `${nodes.length}条变更，分布在${days.size}天：${span.join(' 至 ')}`,
          `${nodes.length} changes on ${days.size} days: ${span.join(' to ')}`,
        ),
      ];
    },
  },
];
