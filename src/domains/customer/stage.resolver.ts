import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../../core/context.ts';
import { Extensions } from '../../core/model/extensions.ts';
import type { Row } from '../../core/model/model.types.ts';
import { Customer } from './customer.type.ts';
import { availableStages } from './stage.loader.ts';
import { AvailableStage } from './stage.type.ts';

@Resolver(() => Customer)
export class CustomerStageResolver {
  @FieldResolver(() => [AvailableStage], {
    description:
      'The stages that the viewer may give the file now, with what is missing for each; empty if they may not change its stage, and for an archived file. A client sends what is missing with the stage. (可选阶段)', // R72, R95
  })
  @Extensions({ access: 'open' })
  availableStages(@Root() { id }: Row, @Ctx() ctx: Context): Promise<AvailableStage[]> {
    return availableStages(ctx).load(id);
  }
}
