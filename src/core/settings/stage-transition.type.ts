import { Field, InputType, ObjectType } from 'type-graphql';
import { Role } from '../access/role.ts';
import { publishEnum } from '../model/enumeration.ts';
import { Extensions } from '../model/extensions.ts';
import { enumNamed } from '../model/published-enums.ts';
import { StageOpens } from './settings.enums.ts';

publishEnum(StageOpens, 'StageOpens', 'The kind of task that a change of the stage opens. (阶段变更待办)', {
  CALL_BACK:
    'Call on the customer, and find out why it left; done by an interaction of kind RETURN_VISIT. (流失回访)',
  FOLLOW_UP: 'Get in touch; done by any interaction. (跟进)',
});

const words = {
  from: 'The stage before; null for a file that is being opened. (原阶段)',
  to: 'The stage after. (新阶段)',
  kind: 'Of which customers; null for all. Holds before a row for all. (客户类别)',
  roles: 'Whose choice it is, of those who may change the stage; null for all of them. (可操作角色)',
  requires:
    'What the file must have, at most 10: fields of class card or basic as Customer names them, and `contract`: a won deal with its effective date, and an amount above 0 or a framework agreement. (必填项)',
  opens:
    'The task that it opens for the owner, CALL_BACK for a loss only; null for none, always for a new file. (触发待办)',
};
const stage = () => enumNamed('CustomerStage');
const kind = () => enumNamed('CustomerKind');

@ObjectType('StageTransition', {
  description: 'One way from a stage of the life cycle to another. (阶段流转规则)', // R72
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class StageTransitionType {
  @Field(stage, { nullable: true, description: words.from })
  from!: string | null;

  @Field(stage, { description: words.to })
  to!: string;

  @Field(kind, { nullable: true, description: words.kind })
  kind!: string | null;

  @Field(() => [Role], { nullable: true, description: words.roles })
  roles!: Role[] | null;

  @Field(() => [String], { description: words.requires })
  @Extensions({ text: 'CONTROLLED' })
  requires!: string[];

  @Field(() => StageOpens, { nullable: true, description: words.opens })
  opens!: StageOpens | null;
}

@InputType({ description: 'One way from a stage of the life cycle to another. (阶段流转规则)' })
export class StageTransitionInput {
  @Field(stage, { nullable: true, description: words.from })
  from?: string | null;

  @Field(stage, { description: words.to })
  to!: string;

  @Field(kind, { nullable: true, description: words.kind })
  kind?: string | null;

  @Field(() => [Role], { nullable: true, description: words.roles })
  roles?: Role[] | null;

  @Field(() => [String], {
    nullable: true,
    description: `${words.requires.replace(/ \(必填项\)$/, '')} None by default. (必填项)`,
  })
  requires?: string[] | null;

  @Field(() => StageOpens, { nullable: true, description: words.opens })
  opens?: StageOpens | null;
}
