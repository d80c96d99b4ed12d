import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, ID, Info, Query, Resolver } from 'type-graphql';
import type { Context } from '../../context.ts';
import { badInput, type Issue } from '../../errors.ts';
import { Extensions } from '../../model/extensions.ts';
import type { Model, Row } from '../../model/model.types.ts';
import { readRows } from '../../model/read.ts';
import { modelOfPrefix } from '../../model/registry.ts';
import { rowField } from '../../model/row-field.ts';
import { nodeSelection, selectedField } from '../../model/selection.ts';
import type { PlannedInfo } from '../execution/planned-field.ts';
import { RawJson } from '../execution/raw-json.ts';
import { Node } from './node.type.ts';
import { idKindOf, uuidOf } from './type-id.ts';

/** Maximum number of ids in one `nodes` query. */
const maxNodes = 100;

@Resolver()
export class NodeResolver {
  @Query(() => Node, {
    nullable: true,
    description:
      'The object with this id; null if it does not exist or is not visible to the viewer. (按编号查找)',
  })
  @Extensions({
    readsOnly: true,
    serialize: (_root, { id }: { id: string }, ctx, info) => findNode('serialize', ctx, id, info),
  })
  node(
    @Arg('id', () => ID, {
      description: 'Any id issued by this API; BAD_USER_INPUT for anything else. (编号)',
    })
    id: string,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Row | null> {
    return findNode('resolve', ctx, id, info) as Promise<Row | null>;
  }

  @Query(() => [Node], {
    nullable: 'items',
    description:
      'The objects with these ids, in the same order; null for one that does not exist or is not visible to the viewer. (批量按编号查找)',
  })
  nodes(
    @Arg('ids', () => [ID], { description: `At most ${maxNodes} ids. (编号列表)` }) ids: string[],
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<(Row | null)[]> {
    return findNodes(ctx, ids, info);
  }
}

async function findNode(
  how: 'resolve' | 'serialize',
  ctx: Context,
  id: string,
  info: GraphQLResolveInfo,
): Promise<RawJson | Row | null> {
  const model = modelOf(id);
  if (!model) throw badInput([malformed(['id'])]);
  const field = rowField(model, () => uuidOf(id));
  const found = await field[how](undefined, undefined, ctx, info as PlannedInfo);
  return found === null || found instanceof RawJson ? found : { ...found, $type: model.name };
}

function modelOf(id: string): Model | undefined {
  const prefix = idKindOf(id);
  return prefix ? modelOfPrefix(prefix) : undefined;
}

const malformed = (path: Issue['path']): Issue => ({
  path,
  code: 'MALFORMED_ID',
  message: 'This is not an id. (不是有效编号。)',
});

/** One statement per kind of id, all in a single round trip. */
async function findNodes(ctx: Context, ids: string[], info: GraphQLResolveInfo): Promise<(Row | null)[]> {
  const byModel = new Map<Model, string[]>();
  const issues: Issue[] = [];
  if (ids.length > maxNodes) {
    issues.push({
      path: ['ids'],
      code: 'TOO_MANY',
      message: `At most ${maxNodes} ids. (最多 ${maxNodes} 个编号。)`,
    });
  }
  // Those beyond the limit are not read: each could have a violation of its own.
  ids.slice(0, maxNodes).forEach((id, index) => {
    const model = modelOf(id);
    if (!model) issues.push(malformed(['ids', index]));
    else byModel.set(model, [...(byModel.get(model) ?? []), uuidOf(id)]);
  });
  if (issues.length > 0) throw badInput(issues);

  const field = selectedField(info);
  const found = new Map<string, Row>();
  await Promise.all(
    [...byModel].map(async ([model, uuids]) => {
      const rows = await readRows(ctx, model, uuids, nodeSelection(field, model));
      for (const row of rows) found.set(row.id, { ...row, $type: model.name });
    }),
  );
  return ids.map((id) => found.get(uuidOf(id)) ?? null);
}
