import { Field, ID, Int, ObjectType } from 'type-graphql';
import { JsonScalar } from '../../core/graphql/schema/scalars.ts';
import { EnumeratedValue } from '../../core/model/enumerated-value.type.ts';
import { Extensions } from '../../core/model/extensions.ts';

@ObjectType({ description: 'How one clause of a rule does on a file. (条件说明)' })
@Extensions({ access: 'open' })
export class SegmentClauseExplanation {
  @Field(() => JsonScalar, {
    nullable: true,
    description: 'The clause, a CustomerFilter as JSON. (条件)',
    simple: true,
  })
  @Extensions({ text: 'FREE' })
  rule!: object;

  @Field(() => Boolean, {
    description:
      'Whether it holds; also false where it uses a field that the reader may not read on this file. (是否成立)',
    simple: true,
  })
  holds!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'The field it uses, if it is one of the file’s own. (字段)',
    simple: true,
  })
  @Extensions({ text: 'CONTROLLED' })
  field!: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'Value of that field now; null for none and where it is withheld. (当前值)',
    simple: true,
  })
  @Extensions({ text: 'QUOTED' })
  value!: unknown;

  @Field(() => Boolean, {
    description: 'The value is withheld from the reader on this file. (是否隐藏)',
    simple: true,
  })
  isWithheld!: boolean;
}

@ObjectType({ description: 'Why a file is in a segment or not. (成员说明)', simpleResolvers: true })
@Extensions({ access: 'open' })
export class SegmentExplanation {
  @Field(() => Boolean, { description: 'Whether it is in the segment. (是否成员)' })
  matches!: boolean;

  @Field(() => [SegmentClauseExplanation], {
    description: 'The clauses that must all hold, in the order of the rule. (条件列表)',
  })
  clauses!: SegmentClauseExplanation[];
}

@ObjectType({ description: 'What one clause of a rule does to its size. (条件影响)' })
@Extensions({ access: 'open' })
export class SegmentClauseEffect {
  @Field(() => JsonScalar, { description: 'The clause, a CustomerFilter as JSON. (条件)', simple: true })
  @Extensions({ text: 'QUOTED' })
  rule!: object;

  @Field(() => Int, { description: 'Files that meet it alone. (单独满足数)', simple: true })
  matches!: number;

  @Field(() => Int, {
    description: 'Files that all other clauses keep and this one removes. (排除数)',
    simple: true,
  })
  removes!: number;
}

@ObjectType({ description: 'What a rule would select for the viewer. (规则预览)' })
@Extensions({ access: 'open' })
export class SegmentPreview {
  rule!: Record<string, unknown>;

  @Field(() => Int, { description: 'Exact number of active files. (客户数)', simple: true })
  size!: number;

  @Field(() => [SegmentClauseEffect], {
    description: 'Its clauses that must all hold, and what each removes. (条件影响)',
    simple: true,
  })
  clauses!: SegmentClauseEffect[];
}

@ObjectType({
  description: 'How many of an owner’s files would join and leave. (对接人变化)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class SegmentOwnerDifference {
  @Field(() => ID, { description: 'The employee responsible for the files. (对接人编号)' })
  @Extensions({ access: 'basic', idPrefix: 'emp' })
  ownerId!: string;

  @Field(() => Int, { description: 'Files that would join. (新增数)' })
  joining!: number;

  @Field(() => Int, { description: 'Files that would leave. (移出数)' })
  leaving!: number;
}

@ObjectType({ description: 'Who would join and leave a segment with another rule. (规则变化)' })
@Extensions({ access: 'open' })
export class SegmentDifference {
  present!: Record<string, unknown>;
  proposed!: Record<string, unknown>;

  @Field(() => Int, { description: 'Files that would join. (新增数)', simple: true })
  joining!: number;

  @Field(() => Int, { description: 'Files that would leave. (移出数)', simple: true })
  leaving!: number;

  @Field(() => Int, { description: 'Files that would stay. (保留数)', simple: true })
  staying!: number;

  @Field(() => [SegmentOwnerDifference], {
    description: 'The same by owner, most changes first. (按对接人)',
    simple: true,
  })
  @Extensions({ access: 'basic' })
  owners!: SegmentOwnerDifference[];
}

@ObjectType({ description: 'Something a rule can use. (可筛选字段)', simpleResolvers: true })
@Extensions({ access: 'open' })
export class SegmentField {
  @Field(() => String, {
    description: 'Its place in a rule, such as "stage" or "needs.budgetMin". (路径)',
  })
  @Extensions({ text: 'CONTROLLED' })
  path!: string;

  @Field(() => String, { description: 'Its name in Chinese. (中文名称)' })
  @Extensions({ text: 'CONTROLLED' })
  label!: string;

  @Field(() => String, { description: 'Its name in English. (英文名称)' })
  @Extensions({ text: 'CONTROLLED' })
  labelEn!: string;

  @Field(() => String, {
    description:
      'TEXT, ENUM, ID, INTEGER, DECIMAL, INSTANT, DATE, BOOLEAN, TAGS, or LIST for other fields with several entries. (类型)',
  })
  @Extensions({ text: 'CONTROLLED' })
  type!: string;

  @Field(() => [String], { description: 'Operators it understands. (运算符)' })
  @Extensions({ text: 'CONTROLLED' })
  operators!: string[];

  @Field(() => [String], {
    description: 'Quantifiers of the relation it is reached by; empty for the file’s own. (关联量词)',
  })
  @Extensions({ text: 'CONTROLLED' })
  quantifiers!: string[];

  @Field(() => String, { nullable: true, description: 'Unit of its numbers. (单位)' })
  @Extensions({ text: 'CONTROLLED' })
  unit!: string | null;

  @Field(() => Boolean, {
    description:
      'Whether a condition on it may name a currency, the organisation’s by default. (是否可指定币种)',
  })
  hasCurrency!: boolean;

  @Field(() => [EnumeratedValue], { description: 'Values of an enumeration. (枚举值)' })
  values!: EnumeratedValue[];

  @Field(() => Boolean, { description: 'Whether a rule can use its past: history. (可查询历史)' })
  hasHistory!: boolean;

  @Field(() => Boolean, { description: 'Whether the viewer’s role may use it at all. (是否可用)' })
  isUsable!: boolean;
}
