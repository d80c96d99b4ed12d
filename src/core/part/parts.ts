import { type Callers, callers, partCallers } from '../access/callers.ts';
import { departmentCallers } from '../access/department-policy.ts';
import { idPrefixes, idWords } from '../graphql/schema/type-id.ts';
import { listResolverOf } from '../model/list-resolver.ts';
import type { Model } from '../model/model.types.ts';
import type { FieldRules } from '../validation/fields.ts';
import type { FileTable, PartTable } from './file-lock.ts';
import { mutationsOf } from './part-mutations.ts';
import type { PartRules } from './part-rules.ts';
import { type PartWrites, writesOf } from './writes-of.ts';

const partsByModel = new Map<Model, PartWrites>();

/** All parts of files, in the order in which a file lists them. */
export const allParts = (): PartWrites[] =>
  [...partsByModel.values()].sort(
    (a, b) => idPrefixes.indexOf(a.model.prefix) - idPrefixes.indexOf(b.model.prefix),
  );

/**
 * Declares a part of files: makes its writes, and registers them for imports, resolvers and callers. A root field with a
 * line of its own on the page of callers keeps that.
 */
export function definePart<T extends PartTable, F extends FileTable, R extends FieldRules>(
  model: Model,
  rules: PartRules<T, F, R>,
): PartWrites<T, F, R> {
  const writes = writesOf(model, rules);
  partsByModel.set(model, writes as unknown as PartWrites);
  callers[`Query.${rootListOf(model)}`] ??= partCallers.list;
  const writers: Callers = rules.recordedBy ? partCallers.record : partCallers.write;
  for (const operation of Object.values(rules.operations)) {
    const name = `Mutation.${operation}`;
    callers[name] ??= writers;
    if (typeof model.groups === 'string' && !rules.recordedBy) departmentCallers[name] = [model.groups];
  }
  return writes;
}

/** The resolvers of all parts: a list of the rows of all files, and the mutations. */
export const partResolvers = (): (new () => object)[] =>
  allParts().flatMap((writes) => [
    listResolverOf(writes.model, {
      name: rootListOf(writes.model),
      description: writes.model.inFile?.rootDescription ?? describeList(writes.model),
    }),
    ...(writes.rules.hasOwnMutations ? [] : mutationsOf(writes)),
  ]);

const rootListOf = ({ inFile }: Model): string => inFile?.field ?? '';

function describeList(model: Model): string {
  const list = rootListOf(model);
  const [, chinese] = idWords(model.prefix);
  return `${list[0]?.toUpperCase()}${list.slice(1)} of all files the viewer may see, newest first. (${chinese}列表)`;
}
