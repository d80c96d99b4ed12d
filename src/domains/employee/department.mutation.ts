import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { actorOf } from '../../core/access/write-policy.ts';
import type { Context } from '../../core/context.ts';
import { readRow } from '../../core/model/read.ts';
import { selectionAt } from '../../core/model/selection.ts';
import {
  CreateDepartmentInput,
  CreateDepartmentPayload,
  UpdateDepartmentInput,
  UpdateDepartmentPayload,
} from './department.input.ts';
import { createDepartment, updateDepartment } from './department.write.ts';
import { departmentModel } from './employee.model.ts';

@Resolver()
export class DepartmentMutations {
  @Mutation(() => CreateDepartmentPayload, {
    description:
      'Creates a department; for administrators. Members join it through `updateEmployee`. CONFLICT for a name in use and for a group of fields that another department answers for, BAD_USER_INPUT naming every violation. (新建部门)',
  })
  async createDepartment(
    @Arg('input', () => CreateDepartmentInput, { description: 'The department. (部门信息)' })
    input: CreateDepartmentInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await createDepartment(ctx.db, actorOf(ctx), input);
    return { department: await readDepartment(ctx, id, info) };
  }

  @Mutation(() => UpdateDepartmentPayload, {
    description:
      'Changes a department’s name or the groups of fields that it answers for; for administrators. NOT_FOUND, CONFLICT for any change since the expected version unless it is the same one, for a name in use and for a group that another department answers for, BAD_USER_INPUT naming every violation. (修改部门)',
  })
  async updateDepartment(
    @Arg('input', () => UpdateDepartmentInput, { description: 'What changes. (修改内容)' })
    input: UpdateDepartmentInput,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const id = await updateDepartment(ctx.db, actorOf(ctx), input);
    return { department: await readDepartment(ctx, id, info) };
  }
}

const readDepartment = (ctx: Context, id: string, info: GraphQLResolveInfo) =>
  readRow(ctx, departmentModel, id, selectionAt(info, 'department', departmentModel));
