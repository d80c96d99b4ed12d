import { expect, test } from 'vitest';
import { overseers, pseudonymousRoles, settingsReaders } from '../../src/core/access/policy.ts';
import type { Attribute } from '../../src/core/model/attribute.ts';
import type { Model } from '../../src/core/model/model.types.ts';
import { allModels } from '../../src/core/model/registry.ts';
import { checkCustomer, customerRules } from '../../src/domains/customer/customer.check.ts';
import { sharedSchema } from '../support/schema.ts';
import { fields, fileTypes, nameOf, sentinelsOf, unfilled } from './file-world.ts';
import { canName, plantedFields } from './pseudonym-world.ts';
import { codesIn, isSame, type Value } from './sentinel.ts';

sharedSchema();

/** Texts outside of files that can name somebody and have no word in the world of pseudonyms. */
const unnamed: Record<string, string> = {
  'Tag.label': 'the database makes it of facet and value',
  'AccessLogEntry.purpose': 'the log is for overseers, who know people by name',
  'AccessLogEntry.search': 'the log is for overseers, who know people by name',
  'AccessLogEntry.address': 'the log is for overseers, who know people by name',
  'SettingsChange.oldValue': 'it is for readers of settings, who know people by name',
  'SettingsChange.newValue': 'it is for readers of settings, who know people by name',
  'Run.lastFailure': 'runs are for readers of settings, who know people by name',
  'OutgoingMail.lastFailure': 'outgoing mails are for readers of settings, who know people by name',
  'CustomerExport.purpose': 'whoever sees an export asked for it',
};

const wordless = (kind: Attribute['kind']): boolean => kind === 'enum' || kind === 'boolean';

/** What lets the matrices find an attribute's value where it does not belong, or why they need not. */
function coverOf(model: Model, attribute: Attribute): string | null {
  const { kind, access } = attribute;
  const name = nameOf(model.name, attribute);
  if (kind === 'id') return 'rows are known by their ids';
  if (fileTypes.includes(model.name)) {
    const sentinel = sentinelsOf(1).get(name);
    if (!sentinel) return unfilled[name] ?? null;
    // The organisation's currency is that of all files.
    if (wordless(kind) || attribute.field === 'currency') return 'is compared with what it should be';
    const found = codesIn(JSON.stringify(sentinel.value));
    return found.size === 1 && found.has(sentinel.code as number) ? 'has a sentinel' : null;
  }
  if (access === 'open' && !canName(attribute)) return 'whoever sees the row reads it';
  const isPlanted = plantedFields().some(([type, field]) => name === `${type}.${field}`);
  return isPlanted ? 'has a word' : (unnamed[name] ?? null);
}

test('every attribute of every model has a value that the matrices recognise, or a reason to have none', () => {
  const uncovered = allModels().flatMap((model) =>
    [...model.attributes.values()]
      .filter(({ computed }) => !computed)
      .filter((attribute) => coverOf(model, attribute) === null)
      .map((attribute) => nameOf(model.name, attribute)),
  );
  expect(uncovered).toEqual([]);
  expect(settingsReaders.filter((role) => pseudonymousRoles.includes(role))).toEqual([]);
  expect(overseers.filter((role) => pseudonymousRoles.includes(role))).toEqual([]);
});

test('a list’s sentinel is stored as a client’s would be, and is of one file', () => {
  const name = '上海第一精密机械有限公司';
  const lists = fields().filter(
    ({ type, attribute }) =>
      type === 'Customer' && (attribute.list || attribute.item) && attribute.field in customerRules,
  );
  expect(lists.length).toBeGreaterThan(3);
  for (const { type, attribute } of lists) {
    const [one, other] = [1, 2].map((file) => sentinelsOf(file).get(nameOf(type, attribute))?.value as Value);
    const { values, issues } = checkCustomer({ name, [attribute.field]: one }, { mode: 'update' });
    expect([issues, values[attribute.field as 'phones']], attribute.field).toEqual([[], one]);
    expect(isSame(attribute, one, one as Value) && !isSame(attribute, other, one as Value)).toBe(true);
  }
});
