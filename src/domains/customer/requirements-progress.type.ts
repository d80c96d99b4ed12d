import { Field, Int, ObjectType } from 'type-graphql';
import { DateTimeScalar } from '../../core/graphql/schema/scalars.ts';
import { Extensions } from '../../core/model/extensions.ts';

@ObjectType({
  description: 'How far files have been measured by other requirements. (重新计算进度)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class RequirementsProgress {
  @Field(() => Int, { description: 'How many files there are. (档案总数)' })
  files!: number;

  @Field(() => Int, {
    description: 'How many of them lists find by the present requirements. (已完成数)',
  })
  measured!: number;

  @Field(() => DateTimeScalar, { description: 'When the present requirements were set. (开始时间)' })
  since!: string;
}
