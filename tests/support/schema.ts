import type { GraphQLSchema } from 'graphql';
import { createSchema } from '../../src/api.ts';

let built: GraphQLSchema | undefined;

/**
 * The schema, built once for all files of a worker: nothing in it belongs to one server, and building it takes as long as
 * the rest of a start. For who only reads it; a test that changes a schema builds its own.
 */
export function sharedSchema(): GraphQLSchema {
  built ??= createSchema();
  return built;
}
