import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { ChangeSource } from '../../core/database/change-source.enums.ts';
import { DateTimeScalar, JsonScalar } from '../../core/graphql/schema/scalars.ts';
import { connectionTypeOf } from '../../core/model/connection.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { FileEntityType } from './history.enums.ts';

registerEnumType(ChangeSource, {
  name: 'ChangeSource',
  description: 'Where a change came from. (变更来源)',
  valuesConfig: {
    API: { description: 'A person through the API. (接口)' },
    IMPORT: { description: 'An import. (导入)' },
    SEED: { description: 'The founding of the demo company. (演示数据)' },
    JOB: { description: 'A scheduled job of the server. (定时任务)' },
    SYSTEM: { description: 'A rule of the system, which the changed row names. (系统规则)' },
    CUSTOMER: {
      description: 'The customer: what they wrote on the page on which they confirm their file. (客户)',
    }, // R87
    SQL: { description: 'SQL of an operator, outside the server. (数据库)' },
  },
});

@ObjectType({
  description: 'One field that changed, with its values before and after. (字段变更)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class FieldChange {
  @Field(() => String, { description: 'Name of the field in this API, e.g. "stage" or "phone". (字段)' })
  @Extensions({ text: 'CONTROLLED' })
  field!: string;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'Value before, in the form the field has in this API; null when there was none. (旧值)',
  })
  @Extensions({ text: 'QUOTED' })
  oldValue!: unknown;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'Value after; null when there is none. (新值)',
  })
  @Extensions({ text: 'QUOTED' })
  newValue!: unknown;

  @Field(() => Boolean, {
    description: 'False for a field without history: it changed, and both values are null. (是否保留历史值)', // R84
  })
  valuesKept!: boolean;
}

@ObjectType({
  description:
    'One line of a file’s history: which field of what, from which value to which, by whom and when. (变更记录)', // R101
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class FileChange extends FieldChange {
  @Field(() => ID, {
    description: 'What the field belongs to: the file itself, a contact, a deal … (变更对象编号)',
  })
  entityId!: string;

  @Field(() => FileEntityType, { description: 'Its type in this API. (变更对象类型)' })
  entityType!: string;

  @Field(() => DateTimeScalar, { description: 'When it changed. (变更时间)' })
  occurredAt!: string;

  @Field(() => ChangeSource, { description: 'Where the change came from. (变更来源)' })
  source!: ChangeSource;

  @Field(() => String, {
    nullable: true,
    description: 'The request that made it, as in the log; null outside the API. (请求编号)',
  })
  @Extensions({ text: 'CONTROLLED' })
  requestId!: string | null;
}

export const FileChangeConnection = connectionTypeOf('FileChange', FileChange);
