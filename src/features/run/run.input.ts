import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Extensions } from '../../core/model/extensions.ts';
import { Run } from './run.type.ts';

@InputType({ description: 'A run that failed. (重试作业)' })
export class RetryRunInput {
  @Field(() => ID, { description: 'The run. (作业编号)' })
  id!: string;
}

@ObjectType({ description: 'The run, to be continued. (重试结果)' })
@Extensions({ access: 'open' })
export class RetryRunPayload {
  @Field(() => Run, { description: 'The run as it is now. (作业)' })
  run!: Run;
}
