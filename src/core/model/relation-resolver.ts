import type { GraphQLResolveInfo } from 'graphql';
import { Args, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { Extensions } from './extensions.ts';
import type { Model, Relation, Row } from './model.types.ts';
import type { ListArguments } from './page-request.ts';
import { related } from './read.ts';

type ResolverClass = new () => object;

/** Generates the resolver of a model's relation fields, which returns what look-ahead read with the row. */
export function relationResolverOf(model: Model): ResolverClass {
  const RelationResolver = { [`${model.name}Relations`]: class {} }[
    `${model.name}Relations`
  ] as ResolverClass;
  for (const relation of model.relations.values()) declare(RelationResolver.prototype as object, relation);
  Resolver(() => model.type as never)(RelationResolver);
  return RelationResolver;
}

function declare(prototype: object, relation: Relation): void {
  const { field, arity, access, description } = relation;
  const method = (row: Row, args: ListArguments, info: GraphQLResolveInfo) => related(row, args, info, arity);
  const descriptor = { value: method, writable: true, configurable: true };
  Object.defineProperty(prototype, field, descriptor);
  Root()(prototype, field, 0);
  if (arity === 'many') Args(() => relation.target().ListArgs)(prototype, field, 1);
  Info()(prototype, field, 2);
  const type = (): object => {
    const target = relation.target();
    if (arity === 'many') return target.Connection;
    return arity === 'list' ? [target.type] : (target.type as object);
  };
  FieldResolver(type, { nullable: relation.nullable, description })(prototype, field, descriptor);
  Extensions({ access, relation: arity })(prototype, field);
}
