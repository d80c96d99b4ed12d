import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import type { Context } from '../../core/context.ts';
import { badInput } from '../../core/errors.ts';
import { requiredText } from '../../core/validation/fields.ts';
import { type ReadNeed, readNeedText } from '../../core/validation/need-text.ts';
import { needRulesAt } from './need.check.ts';
import { NeedProposal } from './need-proposal.type.ts';

/** As long as a specification, which people paste whole. */
const text = requiredText(2_000, { multiline: true });

@Resolver()
export class NeedProposalResolver {
  @Query(() => NeedProposal, {
    description:
      'Takes a need apart as people write it: item, quantity, price of one, budget, specification. BAD_USER_INPUT unless the text has 1 to 2,000 characters. (解析需求描述)', // R64, AC-2, AC-5
  })
  needProposal(
    @Arg('text', () => String, {
      description: 'The need, such as 采购台式电脑20台，预算5000元/台，要求i5处理器、16G内存. (需求描述)',
    })
    given: string,
    @Ctx() ctx: Context,
  ): NeedProposal {
    const { value, problem } = text.check(given);
    if (problem) throw badInput([{ path: ['text'], ...problem }]);
    return acceptable(readNeedText(value, ctx.settings.currency), ctx.now);
  }
}

/** Without the figures that a need could not hold, such as a budget of 29 digits. */
function acceptable(read: ReadNeed, now: Date): ReadNeed {
  const rules = needRulesAt(now);
  const refused = (value: string | null, check: (value: string) => { problem?: unknown }): boolean =>
    value !== null && check(value).problem !== undefined;
  const money = ['unitBudgetMin', 'unitBudgetMax', 'budgetMin', 'budgetMax'] as const;
  const quantity = refused(read.quantity, rules.quantity.check) ? { quantity: null, unit: null } : {};
  const amounts = money
    .filter((field) => refused(read[field], rules.budgetMin.check))
    .map((field) => [field, null] as const);
  return { ...read, ...quantity, ...Object.fromEntries(amounts) };
}
