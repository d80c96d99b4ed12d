import { refusalOf, write } from './lifecycle.client.ts';
import { named } from './lifecycle.opening.ts';
import { expectThat, type Scene, type Step } from './lifecycle.story.ts';

/** From a file that is submitted to one under its archive number. */
export const verifying: readonly Step[] = [
  {
    name: 'submit',
    who: 'sales',
    zh: '提交审核',
    en: 'submits the file to be verified',
    act: async (scene) => {
      const { customer } = await write(
        scene.world.as('sales'),
        'submitFile',
        await named(scene),
        '{ customer { verificationState } }',
      );
      return [customer.verificationState];
    },
  },
  {
    name: 'refuse-own-approval',
    who: 'sales',
    zh: '审核自己提交的档案',
    en: 'approves what they submitted themselves',
    act: async (scene) =>
      refusalOf(scene.world.as('sales'), 'approveFile', await named(scene), { code: 'FORBIDDEN' }),
  },
  {
    name: 'refuse-own-check',
    who: 'steward',
    zh: '核实自己更正的法定代表人',
    en: 'verifies the legal representative that they corrected themselves',
    act: async (scene) => {
      const fields = [{ field: 'legalRepresentative', method: 'REGISTER' }];
      const input = { ...(await named(scene)), fields };
      const expected = { code: 'FORBIDDEN', reason: 'SECOND_CHECK' };
      return refusalOf(scene.world.as('steward'), 'verifyFields', input, expected);
    },
  },
  verification(
    'verify-fields',
    'steward',
    '核实名称（工商登记）和统一社会信用代码（证件）',
    'verifies the name in the register and the credit code by document',
    [
      { field: 'name', method: 'REGISTER', evidence: '国家企业信用信息公示系统' },
      { field: 'unifiedSocialCreditCode', method: 'DOCUMENT', evidence: '营业执照副本' },
    ],
  ),
  verification(
    'verify-by-another',
    'manager',
    '由另一人电话核实法定代表人',
    'verifies the legal representative by telephone, as another person',
    [{ field: 'legalRepresentative', method: 'PHONE', evidence: '总机转办公室确认' }],
  ),
  {
    name: 'approve',
    who: 'manager',
    zh: '审核通过',
    en: 'approves the file',
    act: async (scene) => {
      const { customer } = await write(
        scene.world.as('manager'),
        'approveFile',
        await named(scene),
        '{ customer { verificationState } }',
      );
      expectThat(customer.verificationState === 'VERIFIED', customer.verificationState);
      return [customer.verificationState];
    },
  },
  {
    name: 'register',
    who: 'sales',
    zh: '归档取号',
    en: 'puts the file away under its archive number',
    act: async (scene) => {
      const { customer } = await write(
        scene.world.as('sales'),
        'registerFile',
        await named(scene),
        '{ customer { archiveNumber } }',
      );
      return [scene.say(`档号 ${customer.archiveNumber}`, `archive number ${customer.archiveNumber}`)];
    },
  },
];

/** Somebody verifies fields of the file. */
function verification(
  name: string,
  who: 'steward' | 'manager',
  zh: string,
  en: string,
  fields: object[],
): Step {
  const act = async (scene: Scene) => {
    const input = { ...(await named(scene)), fields };
    const selection = '{ customer { verification { fields { label state method evidence } } } }';
    const { customer } = await write(scene.world.as(who), 'verifyFields', input, selection);
    return customer.verification.fields
      .filter(({ evidence }: { evidence: string | null }) => evidence !== null)
      .map(
        ({ label, state, method, evidence }: Record<string, string>) =>
          `${label}: ${state} ${method} ${evidence}`,
      );
  };
  return { name, who, zh, en, act };
}
