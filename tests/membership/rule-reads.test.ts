import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { renderStatement } from '../../src/core/database/database.ts';
import '../../src/api.ts';
import type { Model } from '../../src/core/model/model.types.ts';
import { fileModels, fileTables, notedTables, rootModel } from '../../src/core/model/registry.ts';
import { dependenciesOfRule } from '../../src/features/membership/rule-dependencies.ts';

const anyId = '01890000-0000-7000-8000-000000000001';
const values: Record<string, unknown> = {
  tags: { hasAny: ['a'], hasAll: ['b'], hasNone: ['c'] },
  inSegment: anyId,
  formerNames: { hasAny: ['a'], hasNone: ['b'] },
  phones: { hasAny: ['95588'], isEmpty: false },
  emails: { hasNone: ['a@b.example'] },
  externalKeys: { hasAny: ['sap:1'] },
  premises: { building: { eq: '3' }, category: { ne: 'COMMERCIAL' }, isNull: false },
};

/** Models that a rule on files can reach. */
function reached(): Model[] {
  const models = new Set<Model>();
  const visit = (model: Model) => {
    if (models.has(model)) return;
    models.add(model);
    for (const { filterable, target } of model.relations.values()) if (filterable) visit(target());
  };
  visit(rootModel());
  return [...models];
}

const namedTables = (text: string) =>
  [...text.matchAll(/\b(?:from|join)\s+"?(\w+)"?/g)].map(([, table]) => table);
const namedColumns = (text: string, alias: string) =>
  [...text.matchAll(new RegExp(`\\b${alias}\\."?(\\w+)"?`, 'g'))].map(([, column]) => column);

test('every condition that a rule can reach declares all the tables and columns that its SQL names', () => {
  let conditions = 0;
  for (const model of reached()) {
    for (const { field, filterable, on, columns, link, target } of model.relations.values()) {
      if (!filterable) continue;
      const { text } = renderStatement(on('s', 'd'));
      conditions += 1;
      expect(columns, field).not.toBeNull();
      expect(namedTables(text)).toEqual(link ? [link.tableName] : []);
      expect(namedColumns(text, 's')).toEqual([columns?.source]);
      expect(namedColumns(text, 'd'), target().name).toEqual([columns?.target]);
    }
    for (const { field, compile, reads } of model.customFilters.values()) {
      expect(values, 'a value of the condition to look at its SQL').toHaveProperty(field);
      const { text } = renderStatement(sql`${compile(values[field] as never, 's', [], [])}`);
      conditions += 1;
      expect(new Set(namedTables(text))).toEqual(new Set(reads?.tables));
      expect(new Set(namedColumns(text, 's'))).toEqual(new Set(reads?.columns));
    }
  }
  expect(conditions).toBeGreaterThanOrEqual(15);
});

test('a rule depends on every part of a file that it reaches, by the rows and the columns it names', () => {
  const root = rootModel();
  for (const relation of root.relations.values()) {
    const { tableName, attributes, kind } = relation.target();
    if (relation.arity !== 'many' || kind !== 'part') continue;
    for (const { field, column, filterable } of attributes.values()) {
      if (!filterable || field === 'id') continue;
      const reads = dependenciesOfRule(
        root,
        { [relation.field]: { some: { [field]: { isNull: false } } } },
        new Map(),
      );
      expect(reads.rows).toEqual(new Set(['customer', tableName]));
      const restless = ['version', 'updated_at'].includes(column.name);
      expect(reads.columns).toContain(`${tableName}.${restless ? '*' : column.name}`);
      expect(reads.columns).toContain(`${tableName}.customer_id`);
    }
  }
});

test('whatever a rule can reach is in the event log or noted', () => {
  const watched = [...fileTables(), ...notedTables()];
  for (const { tableName } of [...reached(), ...fileModels()]) expect(watched).toContain(tableName);
});
