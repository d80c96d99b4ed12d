import { defineModel } from '../../core/model/model.ts';
import { catalogueEntry } from './catalogue-entry.table.ts';
import { CatalogueEntry } from './catalogue-entry.type.ts';

export const catalogueEntryModel = defineModel({
  name: 'CatalogueEntry',
  prefix: 'cat',
  type: CatalogueEntry,
  table: catalogueEntry,
  kind: 'part',
  inFile: {
    field: 'catalogue',
    access: 'business',
    description: 'The documents in the file, by number. (客户档案目录)', // R82
    label: { ZH: '目录条目', EN: 'catalogue entry' },
    defaultOrder: [{ field: 'number', direction: 'ASC' }],
  },
  groups: 'KEEPING',
  events: { added: { description: 'A document was entered into the catalogue. (新增目录条目)' } },
});
