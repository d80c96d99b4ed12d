import { ArgsType, Field } from 'type-graphql';
import { PageArgs } from './connection.ts';
import type { Model } from './model.types.ts';

/** Generates the arguments of a list of `model`: filter, order, search if supported, and page. */
export function listArgsOf(model: Model): new () => PageArgs {
  const name = `${model.name}ListArgs`;
  const ListArgs = { [name]: class extends PageArgs {} }[name] as new () => PageArgs;
  const add = (field: string, type: () => object, description: string) =>
    Field(type, { nullable: true, description })(ListArgs.prototype, field);
  add('filter', () => model.Filter, 'Only rows that meet this. (筛选)');
  if (model.search) {
    add(
      'search',
      () => String,
      'Only rows found by this text, 1 to 100 characters, best match first unless orderBy says otherwise; of rows that match equally well, the 250 made last are ranked. (搜索)',
    );
  }
  if ([...model.attributes.values()].some(({ sortable }) => sortable)) {
    add('orderBy', () => [model.Order], 'Order, at most 5 terms; the id breaks ties. (排序)');
  }
  ArgsType()(ListArgs);
  return ListArgs;
}
