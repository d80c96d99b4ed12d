import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { readRow } from '../../core/model/read.ts';
import { selectionAt } from '../../core/model/selection.ts';
import { contactModel } from './contact.model.ts';
import { MarkNumberInvalidInput, MarkNumberInvalidPayload } from './number-fault.input.ts';
import { markNumberInvalid } from './number-fault.write.ts';

@Resolver()
export class NumberFaultMutations {
  @Mutation(() => MarkNumberInvalidPayload, {
    description:
      'Marks a telephone number of a contact as invalid (空号, 停机), for everybody who can read it, by a grant too. The owner of the file gets a task to find the right one, as for a reported change; it closes when the number is changed. A repeated call leaves no trace. NOT_FOUND for a contact of a file the viewer cannot see, FORBIDDEN where they cannot read numbers, CONFLICT for an archived file or if the contact has another number now. (上报号码无效)', // R93
  })
  async markNumberInvalid(
    @Arg('input', () => MarkNumberInvalidInput, { description: 'The number. (号码)' })
    input: MarkNumberInvalidInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await markNumberInvalid(ctx.db, actorOf(ctx), input);
    return { contact: await readRow(ctx, contactModel, id, selectionAt(info, 'contact', contactModel)) };
  }
}
