import { Field, InputType, ObjectType } from 'type-graphql';
import { Node } from '../../core/graphql/schema/node.type.ts';
import { Attribute } from '../../core/model/attribute.ts';
import { publishEnum } from '../../core/model/enumeration.ts';
import { AccessClassName } from '../employee/permission.enums.ts';
import { accessGrant, GrantEndReason } from './access-grant.table.ts';
import { AccessGrantStatus } from './grant-status.enums.ts';

publishEnum(GrantEndReason, 'GrantEndReason', 'Why a grant ended before its time. (授权终止原因)', {
  RETURNED: 'The grantee returned the file. (归还)',
  RECALLED: 'It was recalled. (收回)',
  HANDOVER: 'The grantee left or changed post. (移交)',
});

@InputType({ description: 'Conditions on the status of a grant. (授权状态条件)' })
export class AccessGrantStatusCondition {
  @Field(() => AccessGrantStatus, { nullable: true, description: 'Equal to this value. (等于)' })
  eq?: AccessGrantStatus | null;

  @Field(() => [AccessGrantStatus], { nullable: true, description: 'One of these values. (属于)' })
  in?: AccessGrantStatus[] | null;
}

@ObjectType('AccessGrant', {
  implements: Node,
  description:
    'A right to read a colleague’s file for a limited time and a purpose. It covers card and basic fields and the classes it names, ends by itself, and gives no right to change, export or pass on anything; paper originals are viewed where they are kept and never lent. Visible to grantee, approver, the file’s owner and their team leader, managers, data stewards and administrators. (访问授权)', // R107, R108, R111
})
export class AccessGrant extends Node {
  @Attribute({
    column: accessGrant.customerId,
    access: 'open',
    nullable: false,
    prefix: 'cus',
    description: 'The file. (客户)',
  })
  customerId!: string;

  @Attribute({
    column: accessGrant.classes,
    access: 'open',
    nullable: false,
    enumeration: AccessClassName,
    list: true,
    description: 'Classes it covers beyond card and basic. (信息类别)',
  })
  classes!: AccessClassName[];

  @Attribute({
    column: accessGrant.purpose,
    access: 'open',
    text: 'FREE',
    filterable: false,
    description: 'What the file is needed for. (用途)',
  })
  purpose!: string | null;

  @Attribute({
    column: accessGrant.consentReference,
    access: 'open',
    text: 'FREE',
    byOthers: true,
    filterable: false,
    description:
      'Where the person’s separate consent is recorded; always there for special classes. (单独同意凭证)',
  })
  consentReference!: string | null;

  @Attribute({
    column: accessGrant.createdAt,
    access: 'open',
    nullable: false,
    sortable: true,
    description: 'When it was given. (授权时间)',
  })
  createdAt!: string;

  @Attribute({
    column: accessGrant.expiresAt,
    access: 'open',
    nullable: false,
    sortable: true,
    description: 'When the right ends by itself and the file is due back. (到期时间)',
  })
  expiresAt!: string;

  @Attribute({
    column: accessGrant.endedAt,
    access: 'open',
    description: 'When it was returned or recalled; null until then. (终止时间)',
  })
  endedAt!: string | null;

  @Attribute({
    column: accessGrant.endReason,
    access: 'open',
    enumeration: GrantEndReason,
    description: 'Why it ended. (终止原因)',
  })
  endReason!: GrantEndReason | null;
}
