import { ObjectType } from 'type-graphql';
import { Node } from '../../core/graphql/schema/node.type.ts';
import { Attribute } from '../../core/model/attribute.ts';
import { publishEnum } from '../../core/model/enumeration.ts';
import { CatalogueForm, catalogueEntry } from './catalogue-entry.table.ts';

publishEnum(CatalogueForm, 'CatalogueForm', 'In which form a document is kept. (载体)', {
  ELECTRONIC: 'As a file only. (电子)',
  PAPER: 'On paper only. (纸质)',
  BOTH: 'Both. (双套)',
});

@ObjectType('CatalogueEntry', {
  implements: Node,
  description: 'A document in a customer’s file, as its catalogue lists it. (客户档案目录)', // R82, AC-14
})
export class CatalogueEntry extends Node {
  @Attribute({
    column: catalogueEntry.number,
    access: 'business',
    sortable: true,
    description:
      'Its number within the file, from 1, given once: the number of one that was removed is not given again. (件号)',
  })
  number!: number | null;

  @Attribute({
    column: catalogueEntry.volume,
    access: 'business',
    sortable: true,
    description: 'The volume that it is in, 1 to 9,999; 1 unless given. (卷/册)',
  })
  volume!: number | null;

  @Attribute({
    column: catalogueEntry.title,
    access: 'business',
    text: 'FREE',
    sortable: true,
    description: 'What it is, 1 to 200 characters. (题名)',
  })
  title!: string | null;

  @Attribute({
    column: catalogueEntry.kind,
    access: 'business',
    text: 'CONTROLLED',
    sortable: true,
    description: 'Of which kind it is, such as 合同, at most 40 characters. (文件类型)',
  })
  kind!: string | null;

  @Attribute({
    column: catalogueEntry.documentDate,
    access: 'business',
    sortable: true,
    description: 'The date that it bears. (文件日期)',
  })
  documentDate!: string | null;

  @Attribute({
    column: catalogueEntry.form,
    access: 'business',
    enumeration: CatalogueForm,
    sortable: true,
    description: 'In which form it is kept; PAPER unless given. (载体)',
  })
  form!: CatalogueForm | null;

  @Attribute({
    column: catalogueEntry.place,
    access: 'business',
    text: 'FREE',
    description: 'Where it is kept, such as 3号柜2层, at most 100 characters. (存放位置)',
  })
  place!: string | null;

  @Attribute({
    column: catalogueEntry.pages,
    access: 'business',
    description: 'How many pages it has, 1 to 100,000. (页数)',
  })
  pages!: number | null;

  @Attribute({
    column: catalogueEntry.notes,
    access: 'business',
    text: 'FREE',
    description: 'Whatever else is worth knowing of it, at most 1,000 characters. (备注)',
  })
  notes!: string | null;

  @Attribute({
    column: catalogueEntry.version,
    access: 'basic',
    nullable: false,
    filterable: false,
    description: 'Grows by one with each change. (版本号)',
  })
  version!: number;

  @Attribute({
    column: catalogueEntry.createdAt,
    access: 'business',
    sortable: true,
    description: 'When it was entered. (录入时间)',
  })
  createdAt!: string | null;

  @Attribute({
    column: catalogueEntry.updatedAt,
    access: 'business',
    sortable: true,
    description: 'When it last changed. (更新时间)',
  })
  updatedAt!: string | null;
}
