import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { encodeId } from '../../core/graphql/schema/type-id.ts';
import { readRow } from '../../core/model/read.ts';
import { selectionAt } from '../../core/model/selection.ts';
import { customerModel } from '../customer/customer.model.ts';
import {
  CreateContactInput,
  CreateContactPayload,
  DeleteContactInput,
  DeleteContactPayload,
  UpdateContactInput,
  UpdateContactPayload,
} from './contact.input.ts';
import { contactModel } from './contact.model.ts';
import { createContact, deleteContact, updateContact } from './contact.write.ts';

@Resolver()
export class ContactMutations {
  @Mutation(() => CreateContactPayload, {
    description:
      'Adds a person to a customer file. NOT_FOUND for a file the viewer cannot see, FORBIDDEN naming every field they may not set, CONFLICT for an archived file, BAD_USER_INPUT naming every violation. (新建联系人)',
  })
  async createContact(
    @Arg('input', () => CreateContactInput, { description: 'The contact. (联系人信息)' })
    input: CreateContactInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await createContact(ctx.db, actorOf(ctx), input);
    return { contact: await readRow(ctx, contactModel, id, selectionAt(info, 'contact', contactModel)) };
  }

  @Mutation(() => UpdateContactPayload, {
    description:
      'Changes a contact. NOT_FOUND for a file the viewer cannot see, FORBIDDEN naming every field they may not change, CONFLICT for a stale version or an archived file, BAD_USER_INPUT naming every violation. (修改联系人)',
  })
  async updateContact(
    @Arg('input', () => UpdateContactInput, { description: 'What changes. (修改内容)' })
    input: UpdateContactInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await updateContact(ctx.db, actorOf(ctx), input);
    return { contact: await readRow(ctx, contactModel, id, selectionAt(info, 'contact', contactModel)) };
  }

  @Mutation(() => DeleteContactPayload, {
    description:
      'Removes a contact; history keeps what it held, and its interactions stay. NOT_FOUND, FORBIDDEN, CONFLICT for a stale version or an archived file. (删除联系人)',
  })
  async deleteContact(
    @Arg('input', () => DeleteContactInput, { description: 'The contact. (联系人)' })
    input: DeleteContactInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const { id, customerId } = await deleteContact(ctx.db, actorOf(ctx), input);
    const customer = await readRow(
      ctx,
      customerModel,
      customerId,
      selectionAt(info, 'customer', customerModel),
    );
    return { contactId: encodeId('con', id), customer };
  }
}
