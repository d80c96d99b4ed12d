import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Extensions } from '../../core/model/extensions.ts';
import { Locale } from '../../core/model/label.ts';
import { CustomerFilter } from '../../domains/customer/customer.model.ts';
import { ExportFormat } from './customer-export.table.ts';
import { CustomerExport } from './customer-export.type.ts';
import { CustomerExportColumn } from './export-column.ts';

@InputType({ description: 'Which customers are wanted as a file, and what of them. (导出申请)' })
export class ExportCustomersInput {
  @Field(() => CustomerFilter, {
    nullable: true,
    description:
      'Only files this holds for; at most 20,000 characters as JSON. FORBIDDEN on a field the viewer may not read, NO_CONDITION for a filter without any condition, such as `{}` or `{ region: null }`. (筛选条件)',
  })
  filter?: object | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'Only members of this segment, as it is when the file is downloaded. NOT_FOUND for one the viewer does not see, NO_CONDITION for one whose rule has no condition. (客户分群)',
  })
  segmentId?: string | null;

  @Field(() => [CustomerExportColumn], {
    description:
      'The columns, in their order, each once. FORBIDDEN naming every one the viewer’s role never reads; a cell they may not read is empty. (导出列)',
  })
  columns!: string[];

  @Field(() => ExportFormat, { defaultValue: ExportFormat.CSV, description: 'What kind of file. (导出格式)' })
  format!: ExportFormat;

  @Field(() => String, {
    description: 'What it is for, 2 to 200 characters: kept in the access log. (用途)',
  })
  purpose!: string;

  @Field(() => Locale, {
    defaultValue: Locale.ZH,
    description: 'Language of headings and of enumerations. (语言)',
  })
  locale!: Locale;
}

@ObjectType({ description: 'The export that can be downloaded. (导出结果)' })
@Extensions({ access: 'open' })
export class ExportCustomersPayload {
  @Field(() => CustomerExport, { description: 'The export. (客户导出)' })
  export!: CustomerExport;
}
