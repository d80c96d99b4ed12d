import { Field, ObjectType } from 'type-graphql';
import { Node } from '../../core/graphql/schema/node.type.ts';
import { DateScalar } from '../../core/graphql/schema/scalars.ts';
import { Attribute } from '../../core/model/attribute.ts';
import { publishEnum } from '../../core/model/enumeration.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { NameStandard, SecondCheck } from '../../core/settings/settings.enums.ts';
import { scopedChange } from '../../core/settings/settings.table.ts';

publishEnum(SecondCheck, 'SecondCheck', 'Who makes the second check of a value or a file. (二次核对)', {
  // R88
  REQUIRED: 'Another person. (须由他人核对)',
  IF_AVAILABLE: 'Another person, as long as anybody else verifies. (有他人时由他人核对)',
  SECOND_PASS:
    'The author as well: later, by another method and with evidence, marked as a second pass. (本人隔时以另一方式复核)',
});

publishEnum(
  NameStandard,
  'NameStandard',
  'What becomes of a name that is against the standard of full legal names, such as 北京公司. (命名规则)', // R66
  {
    REFUSE: 'It is refused. (拒绝)',
    WARN: 'It is taken, with a warning. (提醒)',
    OFF: 'It is taken. (不检查)',
  },
);

@ObjectType({
  description: 'What everybody has to know of the organisation to read its dates and amounts. (本单位)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class Organisation {
  @Field(() => String, { description: 'Time zone, an IANA name: whose days are meant. (时区)' })
  @Extensions({ text: 'CONTROLLED' })
  timeZone!: string;

  @Field(() => String, {
    description: 'Currency of amounts that name none, ISO 4217. (本位币)',
  })
  @Extensions({ text: 'CONTROLLED' })
  currency!: string;

  @Field(() => DateScalar, { description: 'The present date in its time zone. (今天)' })
  today!: string;
}

@ObjectType('SettingsChange', {
  implements: Node,
  description:
    'One setting that was changed. For managers and administrators; nobody can change or delete it. (设置变更)',
})
export class SettingsChange extends Node {
  @Attribute({
    column: scopedChange.field,
    access: 'open',
    text: 'CONTROLLED',
    nullable: false,
    description: 'The setting, as in `settings`. (设置项)',
  })
  setting!: string;

  @Attribute({
    column: scopedChange.oldValue,
    access: 'open',
    text: 'FREE',
    description:
      'Before: texts and numbers as they are, all else as JSON; null where its default held. (原值)',
  })
  oldValue!: string | null;

  @Attribute({
    column: scopedChange.newValue,
    access: 'open',
    text: 'FREE',
    description: 'After, written like oldValue. (新值)',
  })
  newValue!: string | null;

  @Attribute({
    column: scopedChange.version,
    access: 'open',
    nullable: false,
    description: 'Version of the settings after the change. (版本号)',
  })
  version!: number;

  @Attribute({
    column: scopedChange.occurredAt,
    access: 'open',
    nullable: false,
    sortable: true,
    description: 'When. (时间)',
  })
  occurredAt!: string;

  @Attribute({
    column: scopedChange.requestId,
    access: 'open',
    text: 'CONTROLLED',
    description: 'Request, as in the server’s log; null for the server’s start. (请求编号)',
  })
  requestId!: string | null;
}
