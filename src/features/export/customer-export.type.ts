import { ObjectType } from 'type-graphql';
import { Node } from '../../core/graphql/schema/node.type.ts';
import { Attribute } from '../../core/model/attribute.ts';
import { publishEnum } from '../../core/model/enumeration.ts';
import { customerExport, ExportFormat, ExportStatus } from './customer-export.table.ts';

publishEnum(ExportFormat, 'ExportFormat', 'What kind of file customers are exported to. (导出格式)', {
  CSV: 'UTF-8 with BOM, lines end in CR LF. A text that a spreadsheet program would calculate or convert begins with an apostrophe. (CSV 文件)',
  XLSX: 'Office Open XML: each cell has its type, text stays text. (Excel 文件)',
});

publishEnum(ExportStatus, 'ExportStatus', 'How far an export is. (导出状态)', {
  READY: 'It waits to be downloaded. (待下载)',
  RUNNING: 'It is being downloaded. (导出中)',
  DONE: 'Every row was handed over. (已完成)',
  FAILED: 'It broke off on the server’s side, or because the right to it ended: request it again. (失败)',
  CANCELLED: 'The client went away, or took nothing for 30 s. (已取消)',
  EXPIRED: 'Nobody downloaded it in time. (已过期)',
});

@ObjectType('CustomerExport', {
  implements: Node,
  description:
    'An export of customers that the viewer requested. It is read under their rights while they download it, once; nobody else sees it. (客户导出)',
})
export class CustomerExport extends Node {
  @Attribute({
    column: customerExport.format,
    access: 'open',
    nullable: false,
    enumeration: ExportFormat,
    description: 'What kind of file it is. (导出格式)',
  })
  format!: ExportFormat;

  @Attribute({
    column: customerExport.columns,
    access: 'open',
    text: 'CONTROLLED',
    nullable: false,
    list: true,
    description: 'Names of its columns, in their order: values of CustomerExportColumn. (导出列)',
  })
  columns!: string[];

  @Attribute({
    column: customerExport.purpose,
    access: 'open',
    text: 'FREE',
    description: 'What it is for, as recorded in the access log. (用途)',
  })
  purpose!: string | null;

  @Attribute({
    column: customerExport.status,
    access: 'open',
    nullable: false,
    enumeration: ExportStatus,
    description: 'How far it is. (导出状态)',
  })
  status!: ExportStatus;

  @Attribute({
    column: customerExport.rowCount,
    access: 'open',
    nullable: false,
    description: 'Customers written so far, a second old at most; exact once it has ended. (已导出行数)',
  })
  rowCount!: number;

  @Attribute({
    column: customerExport.createdAt,
    access: 'open',
    nullable: false,
    description: 'When it was requested. (创建时间)',
  })
  createdAt!: string;

  @Attribute({
    column: customerExport.expiresAt,
    access: 'open',
    nullable: false,
    description: 'Until when the download may start: 15 minutes after the request. (有效期至)',
  })
  expiresAt!: string;

  @Attribute({
    column: customerExport.endedAt,
    access: 'open',
    description: 'When it ended, however that was; null until then. (结束时间)',
  })
  endedAt!: string | null;
}
