import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { ExpectedVersion } from '../../core/graphql/schema/input-field.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { CustomerFilter } from '../customer/customer.model.ts';
import { SegmentKind } from './segment.table.ts';
import { Segment } from './segment.type.ts';

/** The fields that can be set both when a segment is created and later. */
@InputType()
abstract class SegmentFieldsInput {
  @Field(() => String, { nullable: true, description: 'What it is for, at most 1,000 characters. (说明)' })
  description?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Shown to all staff, or to its owner only, which is the default. (是否共享)',
  })
  shared?: boolean | null;
}

@InputType({
  description: 'A new segment: a filter on customers, or a list of them, to be saved. (新建客户分群)',
})
export class CreateSegmentInput extends SegmentFieldsInput {
  @Field(() => String, { description: 'Name, 1 to 100 characters. (名称)' })
  name!: string;

  @Field(() => SegmentKind, {
    defaultValue: SegmentKind.DYNAMIC,
    description:
      'How it knows its members: DYNAMIC by its rule, SNAPSHOT by those its rule selects for the viewer now, STATIC by customerIds. (客户分群类型)',
  })
  kind!: SegmentKind;

  @Field(() => [ID], {
    nullable: true,
    description: 'The members of a STATIC segment, at most 1,000 files the viewer sees. (客户名单)',
  })
  customerIds?: string[] | null;

  @Field(() => CustomerFilter, {
    nullable: true,
    description:
      'Required unless STATIC. Selects the members: stored as given and evaluated each time with the reader’s own rights. At most 20,000 characters as JSON. FORBIDDEN on a field the viewer may not read. (规则)',
  })
  rule?: object | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Chosen by the client, 1 to 64 characters: the same key again returns the first segment. BAD_USER_INPUT with another input. (幂等键)',
  })
  idempotencyKey?: string | null;
}

@InputType({
  description: 'A change of a segment: an absent field is left alone, null clears one. (修改客户分群)',
})
export class UpdateSegmentInput extends SegmentFieldsInput {
  @Field(() => ID, {
    description: 'The segment. NOT_FOUND also for a colleague’s private one. (客户分群编号)',
  })
  id!: string;

  @ExpectedVersion('The segment’s', 'UNRECORDED')
  expectedVersion!: number;

  @Field(() => String, { nullable: true, description: 'Name, 1 to 100 characters. (名称)' })
  name?: string | null;

  @Field(() => CustomerFilter, {
    nullable: true,
    description: 'Which customers belong, as in CreateSegmentInput; of a DYNAMIC segment only. (规则)',
  })
  rule?: object | null;

  @Field(() => [ID], {
    nullable: true,
    description: 'The whole new list of a STATIC segment, at most 1,000 files the viewer sees. (客户名单)',
  })
  customerIds?: string[] | null;
}

@InputType({ description: 'A segment to be deleted. (删除客户分群)' })
export class DeleteSegmentInput {
  @Field(() => ID, {
    description: 'The segment. NOT_FOUND also for a colleague’s private one. (客户分群编号)',
  })
  id!: string;

  @ExpectedVersion('The segment’s', 'UNRECORDED')
  expectedVersion!: number;
}

@ObjectType({ description: 'The segment that was saved. (新建结果)' })
@Extensions({ access: 'open' })
export class CreateSegmentPayload {
  @Field(() => Segment, { description: 'The new segment. (客户分群)' })
  segment!: Segment;
}

@ObjectType({ description: 'The segment after the change. (修改结果)' })
@Extensions({ access: 'open' })
export class UpdateSegmentPayload {
  @Field(() => Segment, { description: 'The segment as it is now. (客户分群)' })
  segment!: Segment;
}

@ObjectType({ description: 'What remains after a segment was deleted. (删除结果)' })
@Extensions({ access: 'open' })
export class DeleteSegmentPayload {
  @Field(() => ID, { description: 'The segment that is gone. (客户分群编号)' })
  segmentId!: string;
}
