import { Field, InputType, ObjectType } from 'type-graphql';
import { Node } from '../../core/graphql/schema/node.type.ts';
import { Attribute } from '../../core/model/attribute.ts';
import { publishEnum } from '../../core/model/enumeration.ts';
import { AccessClassName } from '../../domains/employee/permission.enums.ts';
import { AccessLogKind, AccessReason, accessLog } from './access-log.table.ts';

publishEnum(AccessLogKind, 'AccessLogKind', 'What an entry of the access log records. (访问日志类型)', {
  READ: 'Fields of a colleague’s file were read, or made use of in a filter, search, order, statistic or suggestion: of all files there are, then, and `customerIds` are those it names. (查阅)',
  LOOKED_UP:
    'Somebody looked into the directory: `search` is what for, null for a file whose access was requested; `customerIds` whose cards they were shown. (名录查询)',
  EXPORT_STARTED:
    'An export of customers began: which fields, in which format, and what for. What it read of colleagues’ files follows as READ. (开始导出)',
  EXPORTED:
    'An export of customers ended; the code is its status, rowCount the number of customers exported. (导出)',
  REFUSED: 'An access was refused. (拒绝)',
  REQUESTED: 'Access was requested. (申请)',
  DECIDED: 'A request was settled; the code is the decision. (审批)',
  GRANTED: 'Access was granted. (授权)',
  GRANT_ENDED: 'A grant was returned, recalled or ended; the code says which. (授权终止)',
  SIGNED_IN: 'Somebody signed in. (登录)',
  SIGN_IN_REFUSED: 'A sign-in with a wrong password or to no account. (登录失败)',
});

publishEnum(AccessReason, 'AccessReason', 'Why somebody was let read. (依据)', {
  ROLE: 'Their role reads it. (角色)',
  GRANT: 'They were granted access: see `grants`. (授权)',
  EXPORT: 'Into an export, by their role: `purpose` is what for. (导出)',
  DIRECTORY: 'Cards in the directory, which are open to their role. (名录)',
  CUSTOMER:
    'It is the customer’s own, shown on the page on which they confirm it; nobody is named as `employee`. (客户本人)',
});

@InputType({ description: 'Conditions on the fields of an entry. (字段条件)' })
export class LoggedFieldCondition {
  @Field(() => [String], {
    nullable: true,
    description: 'Has at least one of these, e.g. Customer.creditLimit; an empty list never holds. (含任一)',
  })
  hasAny?: string[] | null;
}

@InputType({ description: 'Conditions on the classes of an entry. (信息类别条件)' })
export class LoggedClassCondition {
  @Field(() => [AccessClassName], {
    nullable: true,
    description: 'Has at least one of these; an empty list never holds. (含任一)',
  })
  hasAny?: AccessClassName[] | null;
}

@ObjectType('AccessLogEntry', {
  implements: Node,
  description:
    'Who read what of colleagues’ files, when and why; who was refused; who signed in. One entry per operation and set of fields, however many files; reads of one’s own files are not in it. For managers, data stewards and administrators; nobody can change or delete it. (访问日志)', // R106
})
export class AccessLogEntry extends Node {
  @Attribute({
    column: accessLog.occurredAt,
    access: 'open',
    nullable: false,
    sortable: true,
    description: 'When. (时间)',
  })
  occurredAt!: string;

  @Attribute({
    column: accessLog.kind,
    access: 'open',
    nullable: false,
    enumeration: AccessLogKind,
    description: 'What. (类型)',
  })
  kind!: AccessLogKind;

  @Attribute({
    column: accessLog.classes,
    access: 'open',
    nullable: false,
    enumeration: AccessClassName,
    list: true,
    description: 'Classes that were read, requested or granted. (信息类别)',
  })
  classes!: AccessClassName[];

  @Attribute({
    column: accessLog.customerIds,
    access: 'open',
    nullable: false,
    prefix: 'cus',
    list: true,
    description: 'The files concerned. (客户)',
  })
  customerIds!: string[];

  @Attribute({
    column: accessLog.fields,
    access: 'open',
    text: 'CONTROLLED',
    nullable: false,
    list: true,
    description:
      'Fields that were read or exported, e.g. Customer.creditLimit; of a read those whose class is logged. Fields, or places in the answer, that were refused. (字段)',
  })
  fields!: string[];

  @Attribute({
    column: accessLog.code,
    access: 'open',
    text: 'CONTROLLED',
    description:
      'Error code of a refusal, or how a request, grant or export ended; format of an export that began. (代码)',
  })
  code!: string | null;

  @Attribute({
    column: accessLog.purpose,
    access: 'open',
    text: 'FREE',
    description:
      'The purpose in the employee’s own words: for an export, for access to a file, or with the request (header `X-Access-Purpose`, percent-encoded UTF-8; `purpose` in `connection_init`; at most 200 characters). The purposes of grants are in `grants`. (用途)',
  })
  purpose!: string | null;

  @Attribute({
    column: accessLog.reason,
    access: 'open',
    enumeration: AccessReason,
    description: 'Why it was allowed; of READ and LOOKED_UP. (依据)',
  })
  reason!: AccessReason | null;

  @Attribute({
    column: accessLog.search,
    access: 'open',
    text: 'FREE',
    description:
      'What was looked up in the directory; of READ, the filters and searches by which fields were made use of without being shown, as JSON; of more than 1,000 characters the conditions on logged fields first, and at the end how much was cut. (查询内容)',
  })
  search!: string | null;

  @Attribute({
    column: accessLog.rowCount,
    access: 'open',
    description: 'Customers that an export handed over, however it ended. (导出行数)',
  })
  rowCount!: number | null;

  @Attribute({
    column: accessLog.operationName,
    access: 'open',
    text: 'CONTROLLED',
    description: 'Name the client gave the operation. (操作名称)',
  })
  operationName!: string | null;

  @Attribute({
    column: accessLog.requestId,
    access: 'open',
    text: 'CONTROLLED',
    description: 'Request, as in the history of files and in the server’s log. (请求编号)',
  })
  requestId!: string | null;

  @Attribute({
    column: accessLog.address,
    access: 'open',
    text: 'IDENTIFYING',
    description: 'Network address of the client; null for what the system did by itself. (网络地址)',
  })
  address!: string | null;
}
