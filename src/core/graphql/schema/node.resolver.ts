import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, ID, Info, Query, Resolver } from 'type-graphql';
import type { Context } from '../../context.ts';
import { badInput, type Issue } from '../../errors.ts';
import type { Model, Row } from '../../model/model.types.ts';
import { readRows } from '../../model/read.ts';
import { modelOfPrefix } from '../../model/registry.ts';
import { nodeSelection, selectedField } from '../../model/selection.ts';
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
  async node(
    @Arg('id', () => ID, {
      description: 'Any id issued by this API; BAD_USER_INPUT for anything else. (编号)',
    })
    id: string,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Row | null> {
    return (await findNodes(ctx, [id], info, 'id'))[0] ?? null;
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
    return findNodes(ctx, ids, info, 'ids');
  }
}

/** One statement per kind of id, all in a single round trip. */
async function findNodes(
  ctx: Context,
  ids: string[],
  info: GraphQLResolveInfo,
  argument: string,
): Promise<(Row | null)[]> {
  const byModel = new Map<Model, string[]>();
  const issues: Issue[] = [];
  if (ids.length > maxNodes) {
    issues.push({
      path: [argument],
      code: 'TOO_MANY',
      message: `At most ${maxNodes} ids. (最多 ${maxNodes} 个编号。)`,
    });
  }
  ids.forEach((id, index) => {
    const prefix = idKindOf(id);
    const model = prefix && modelOfPrefix(prefix);
    if (!model) {
      const path = argument === 'id' ? ['id'] : [argument, index];
      issues.push({ path, code: 'MALFORMED_ID', message: 'This is not an id. (不是有效编号。)' });
    } else byModel.set(model, [...(byModel.get(model) ?? []), uuidOf(id)]);
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
