import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../core/context.ts';
import { encodeId } from '../../core/graphql/schema/type-id.ts';
import { messageIn } from '../../core/locale.ts';
import {
  TagCustomersInput,
  TagCustomersPayload,
  UntagCustomersInput,
  UntagCustomersPayload,
  UpdateCustomersInput,
  UpdateCustomersPayload,
} from './bulk.input.ts';
import type { BulkOutcome } from './bulk.write.ts';
import { tagCustomers, untagCustomers } from './tag-customers.write.ts';
import { updateCustomers } from './update-customers.write.ts';

const about =
  'Each file by the rules of a single write: those that may be changed are, all in one transaction, and the others are told with their reasons; only an input that no file could take is refused as a whole. More than 1,000 events for one follower arrive as BULK_CHANGED. CONFLICT for another state than expected; FORBIDDEN, NOT_FOUND, BAD_USER_INPUT, QUERY_TOO_COMPLEX.';

@Resolver()
export class BulkMutations {
  @Mutation(() => UpdateCustomersPayload, {
    description: `Sets the same fields in up to 10,000 files. ${about} (批量修改客户)`,
  })
  async updateCustomers(
    @Arg('input', () => UpdateCustomersInput, { description: 'Which files, and what is set. (修改内容)' })
    input: UpdateCustomersInput,
    @Ctx() ctx: Context,
  ) {
    return answerOf(ctx, await updateCustomers(ctx, input));
  }

  @Mutation(() => TagCustomersPayload, {
    description: `Puts tags on up to 10,000 files, new ones if need be. ${about} (批量添加标签)`,
  })
  async tagCustomers(
    @Arg('input', () => TagCustomersInput, { description: 'Which files and tags. (标签内容)' })
    input: TagCustomersInput,
    @Ctx() ctx: Context,
  ) {
    return answerOf(ctx, await tagCustomers(ctx, input));
  }

  @Mutation(() => UntagCustomersPayload, {
    description: `Takes tags off up to 10,000 files. ${about} (批量移除标签)`,
  })
  async untagCustomers(
    @Arg('input', () => UntagCustomersInput, { description: 'Which files and tags. (标签内容)' })
    input: UntagCustomersInput,
    @Ctx() ctx: Context,
  ) {
    return answerOf(ctx, await untagCustomers(ctx, input));
  }
}

/** An outcome as its client reads it: in one language, with public ids. */
const answerOf = ({ locale }: Context, { refusals, ...counts }: BulkOutcome) => ({
  outcome: {
    ...counts,
    refusals: refusals.map(({ ids, reasons, ...refused }) => ({
      ...refused,
      customerIds: ids.map((id) => encodeId('cus', id)),
      reasons: reasons.map(({ path, code, message }) => ({
        path: path.map(String),
        code,
        message: messageIn(locale, message),
      })),
    })),
  },
});
