import { definePart } from '../../core/part/parts.ts';
import { customer } from '../customer/customer.table.ts';
import { catalogueEntryRules } from './catalogue-entry.check.ts';
import { catalogueEntryModel } from './catalogue-entry.model.ts';
import { catalogueEntry } from './catalogue-entry.table.ts';

export const catalogueEntryWrites = definePart(catalogueEntryModel, {
  table: catalogueEntry,
  files: customer,
  operations: {
    create: 'createCatalogueEntry',
    update: 'updateCatalogueEntry',
    delete: 'deleteCatalogueEntry',
  },
  fields: catalogueEntryRules,
});
