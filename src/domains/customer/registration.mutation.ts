import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { readRow } from '../../core/model/read.ts';
import { selectionAt } from '../../core/model/selection.ts';
import { cancelArchiveNumber } from './cancellation.write.ts';
import { customerModel } from './customer.model.ts';
import {
  CancelArchiveNumberInput,
  CancelArchiveNumberPayload,
  RegisterFileInput,
  RegisterFilePayload,
} from './registration.input.ts';
import { registerFile } from './registration.write.ts';

@Resolver()
export class RegistrationMutations {
  @Mutation(() => RegisterFilePayload, {
    description:
      'Puts a verified file away under its archive number: the next of the category, without a gap, or one that it has on paper already. A number is given once and stays, unless it is cancelled; a file that has it already leaves no trace. PREMISES_NEEDED for every part of the file’s premises that the number takes and it lacks. CONFLICT for any change since the expected version, an archived file, with `reason` NOT_VERIFIED before it is verified or while its customer disputes it, with `reason` ALREADY_REGISTERED where it has another number or category, and for a number that a file has or had: `extensions` have `field`, `value` and the file’s `customerId`, or of a colleague’s file its directory `card`, which counts as a look-up; RATE_LIMITED as in customerDirectory. NOT_FOUND, FORBIDDEN, BAD_USER_INPUT naming every violation. (立档)', // R79, R81, AC-14
  })
  async registerFile(
    @Arg('input', () => RegisterFileInput, { description: 'The file. (客户档案)' })
    input: RegisterFileInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await registerFile(ctx.db, actorOf(ctx), input);
    return { customer: await readRow(ctx, customerModel, id, selectionAt(info, 'customer', customerModel)) };
  }

  @Mutation(() => CancelArchiveNumberPayload, {
    description:
      'Cancels a file’s archive number, given by mistake: it is kept among the file’s `formerNumbers` and never given again, and the file may be put away under another. The same again by the same person leaves no trace. CONFLICT for any change since the expected version, an archived file, and with `reason` NOT_REGISTERED for one without a number. NOT_FOUND, FORBIDDEN, BAD_USER_INPUT naming every violation. (档号作废)', // R81
  })
  async cancelArchiveNumber(
    @Arg('input', () => CancelArchiveNumberInput, { description: 'The file and why. (作废内容)' })
    input: CancelArchiveNumberInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await cancelArchiveNumber(ctx.db, actorOf(ctx), input);
    return { customer: await readRow(ctx, customerModel, id, selectionAt(info, 'customer', customerModel)) };
  }
}
