import { read, until, write } from './lifecycle.client.ts';
import { expectThat, keptOf, onTheWall, type Scene, type Step } from './lifecycle.story.ts';
import type { PersonName } from './lifecycle.world.ts';

const dayMs = 86_400_000;
export const inDays = ({ world }: Scene, days: number): Date =>
  new Date(world.clock.now().getTime() + days * dayMs);

/** The last task of a kind about the file or a grant on it, as its assignee sees it. */
export const taskOf = async (scene: Scene, who: PersonName, kind: string) => {
  const document = `query Look($kind: TaskKind!) { tasks(first: 1, filter: { kind: { eq: $kind } }, orderBy: [{ field: DUE_AT, direction: DESC }]) { nodes { id title state overdue dueAt outcome assignee { name } } } }`;
  const { tasks } = await read(scene.world.as(who), document, { kind });
  return tasks.nodes[0];
};

/** The colleague reads a detail that only the grant opens to them; null where it is withheld or the file is not theirs to see. */
const mobileFor = async (scene: Scene): Promise<string | null> => {
  const document = 'query Look($id: ID!) { customer(id: $id) { contacts { nodes { mobile } } } }';
  const { data } = await scene.world.as('colleague').query(document, { id: keptOf(scene, 'file') });
  return data?.customer?.contacts?.nodes[0]?.mobile ?? null;
};

/** Access until so many days from now is requested, or renewed, and approved by the leader of the owner’s team. */
async function grantAccess(
  scene: Scene,
  mutation: string,
  input: object,
): Promise<{ grant: { id: string } | null; until: string }> {
  const payload = await write(scene.world.as('colleague'), mutation, input, '{ request { id } }');
  const approval = await write(
    scene.world.as('manager'),
    'approveAccess',
    { requestId: payload.request.id },
    '{ request { status until grant { id } } }',
  );
  expectThat(approval.request.status === 'APPROVED', approval.request.status);
  return approval.request;
}

/** A colleague is granted access, and does not return the file. */
export const granting: readonly Step[] = [
  {
    name: 'borrow',
    who: 'colleague',
    zh: '借阅他人档案7天，由团队负责人批准',
    en: 'borrows the file of a colleague for seven days, approved by the leader of the team',
    act: async (scene) => {
      expectThat((await mobileFor(scene)) === null, 'the file is open before it is granted');
      const input = {
        customerId: keptOf(scene, 'file'),
        classes: ['CONTACT'],
        purpose: '代为回访',
        until: inDays(scene, 7).toISOString(),
      };
      const { grant, until: end } = await grantAccess(scene, 'requestAccess', input);
      scene.kept.set('grant', grant?.id as string);
      const mobile = await mobileFor(scene);
      expectThat(mobile !== null, 'the grant opens nothing');
      return [
        scene.say(
          `借至 ${onTheWall(end)}，可见手机 ${mobile}`,
          `until ${onTheWall(end)}; reads the number ${mobile}`,
        ),
      ];
    },
  },
  {
    name: 'renew',
    who: 'colleague',
    zh: '到期前一天续借7天',
    en: 'renews it for seven days, a day before its end',
    act: async (scene) => {
      await scene.world.clock.forwardTo(inDays(scene, 6));
      const input = { grantId: keptOf(scene, 'grant'), until: inDays(scene, 8).toISOString() };
      const { until: end } = await grantAccess(scene, 'renewGrant', input);
      scene.kept.set('grantEnd', end);
      return [scene.say(`续至 ${onTheWall(end)}`, `until ${onTheWall(end)}`)];
    },
  },
  {
    name: 'lapse',
    who: 'time',
    zh: '到期未还：借阅逾期，内容不再可见，归还待办逾期',
    en: 'the file is overdue, shows nothing any more, and its return is an overdue task',
    act: async (scene) => {
      await scene.world.clock.forwardTo(new Date(Date.parse(keptOf(scene, 'grantEnd')) + 60_000));
      expectThat((await mobileFor(scene)) === null, 'the file is open after the end of the grant');
      const task = await until('The task of the return', async () => {
        const found = await taskOf(scene, 'colleague', 'RETURN_FILE');
        return found?.overdue ? found : undefined;
      });
      return [scene.say(`待办“${task.title}”已逾期`, `task "${task.title}" is overdue`)];
    },
  },
  {
    name: 'recall',
    who: 'manager',
    zh: '收回逾期档案',
    en: 'recalls the overdue file',
    act: async (scene) => {
      const input = { grantId: keptOf(scene, 'grant') };
      const { grant } = await write(scene.world.as('manager'), 'recallGrant', input, '{ grant { status } }');
      const task = await until('The end of the task', async () => {
        const found = await taskOf(scene, 'colleague', 'RETURN_FILE');
        return found?.state === 'DONE' ? found : undefined;
      });
      return [grant.status, `${task.state}: ${task.outcome}`];
    },
  },
];
