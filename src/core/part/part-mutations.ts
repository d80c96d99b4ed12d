import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { ownRecordHours } from '../access/policy.ts';
import { type Actor, actorOf } from '../access/write-policy.ts';
import type { Context } from '../context.ts';
import { encodeId, idWords, nounWithArticle } from '../graphql/schema/type-id.ts';
import type { Model } from '../model/model.types.ts';
import { readRow } from '../model/read.ts';
import { rootModel } from '../model/registry.ts';
import { selectionAt } from '../model/selection.ts';
import { createInputOf, deleteInputOf, nounOf, payloadOf, updateInputOf } from './part-input.ts';
import type { PartWrites } from './writes-of.ts';

type Class = new () => object;

interface PartMutation {
  name: string;
  description: string;
  Input: Class;
  Payload: Class;
  run: (ctx: Context, actor: Actor, input: never, info: GraphQLResolveInfo) => Promise<object>;
}

const amenders = `FORBIDDEN unless the viewer recorded it at most ${ownRecordHours} hours ago or may change such records on every file`;

/** The resolvers of the mutations that a part declares: each one write, and what the client selected of its row. */
export function mutationsOf(writes: PartWrites): Class[] {
  const { model, rules } = writes;
  const { create, update, delete: remove } = rules.operations;
  const [english, chinese] = idWords(model.prefix);
  const remark = (operation: 'create' | 'update' | 'delete') =>
    rules.remarks?.[operation] ? ` ${rules.remarks[operation]}` : '';
  const noun = nounOf(model.name);
  const resolvers: Class[] = [];

  if (create) {
    const description = rules.recordedBy
      ? `Records ${english}s with a customer, on archived files too. NOT_FOUND for a file the viewer cannot see, FORBIDDEN for who may not record on it, BAD_USER_INPUT naming every violation.${remark('create')} (记录${chinese})`
      : `Adds ${nounWithArticle(model.prefix)} to a customer file. NOT_FOUND for a file the viewer cannot see, FORBIDDEN naming every field they may not set, CONFLICT for an archived file, BAD_USER_INPUT naming every violation.${remark('create')} (新建${chinese})`;
    const [Input, Payload] = [createInputOf(writes, create), payloadOf(create, model)];
    const run: PartMutation['run'] = async (ctx, actor, input, info) => {
      const [id] = await writes.create(ctx.db, actor, [input]);
      return { [noun]: await readBack(ctx, model, id, info) };
    };
    resolvers.push(resolverOf({ name: create, description, Input, Payload, run }));
  }

  if (update) {
    const description = `Changes ${nounWithArticle(model.prefix)}. NOT_FOUND for a file the viewer cannot see, ${rules.recordedBy ? amenders : 'FORBIDDEN naming every field they may not change'}, CONFLICT for a field changed since the expected version${rules.recordedBy ? '' : ' or an archived file'}, BAD_USER_INPUT naming every violation.${remark('update')} (修改${chinese})`;
    const [Input, Payload] = [updateInputOf(writes, update), payloadOf(update, model)];
    const run: PartMutation['run'] = async (ctx, actor, input, info) => {
      const [id] = await writes.update(ctx.db, actor, [input]);
      return { [noun]: await readBack(ctx, model, id, info) };
    };
    resolvers.push(resolverOf({ name: update, description, Input, Payload, run }));
  }

  if (remove) {
    const description = `Removes ${nounWithArticle(model.prefix)}; history keeps what it held. NOT_FOUND, ${rules.recordedBy ? amenders : 'FORBIDDEN'}, CONFLICT for any change since the expected version${rules.recordedBy ? '' : ' or an archived file'}.${remark('delete')} (删除${chinese})`;
    const idField = `${noun}Id`;
    const file = rootModel();
    const [Input, Payload] = [deleteInputOf(writes, remove), payloadOf(remove, file, [idField, model])];
    const run: PartMutation['run'] = async (ctx, actor, input, info) => {
      const [removed] = await writes.remove(ctx.db, actor, [input]);
      const row = await readBack(ctx, file, removed?.customerId, info);
      return { [idField]: encodeId(model.prefix, removed?.id as string), [nounOf(file.name)]: row };
    };
    resolvers.push(resolverOf({ name: remove, description, Input, Payload, run }));
  }
  return resolvers;
}

const readBack = (ctx: Context, model: Model, id: string | undefined, info: GraphQLResolveInfo) =>
  readRow(ctx, model, id as string, selectionAt(info, nounOf(model.name), model));

function resolverOf({ name, description, Input, Payload, run }: PartMutation): Class {
  @Resolver()
  class PartMutationResolver {
    @Mutation(() => Payload, { name, description })
    run(
      @Arg('input', () => Input, { description: 'What is written. (写入内容)' }) input: object,
      @Ctx() ctx: Context,
      @Info() info: GraphQLResolveInfo,
    ): Promise<object> {
      return run(ctx, actorOf(ctx), input as never, info);
    }
  }
  return PartMutationResolver;
}
