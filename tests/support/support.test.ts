import 'reflect-metadata';
import { sql } from 'drizzle-orm';
import { printSchema } from 'graphql';
import { Arg, buildSchema, Field, InputType, ObjectType, Query, Resolver } from 'type-graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from './database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

@InputType()
class PingInput {
  @Field(() => String, { nullable: true })
  word?: string | null;
}

@ObjectType()
class Pong {
  @Field(() => String)
  word!: string;
}

@Resolver()
class PingResolver {
  @Query(() => Pong)
  ping(@Arg('input', () => PingInput) input: PingInput): Pong {
    return { word: input.word ?? 'absent' };
  }
}

test('decorated classes compile as in the build, and share one copy of graphql', async () => {
  const schema = await buildSchema({ resolvers: [PingResolver], validate: false });
  expect(printSchema(schema)).toContain('ping(input: PingInput!): Pong!');
  // A declared field without a value must not exist, or "absent" could not be told from "null".
  expect(Object.keys(new PingInput())).toEqual([]);
});

test('each test file has a migrated database of its own that understands Chinese trigrams', async () => {
  const [row] = await database.db.execute<{ trigrams: string[] }>(
    sql`select to_json(show_trgm('万科企业')) as trigrams`,
  );
  expect(row?.trigrams.length).toBeGreaterThan(3);
});

test('statements are counted', async () => {
  database.statements.length = 0;
  await database.db.transaction(async (tx) => {
    await tx.execute(sql`select 1`);
    await tx.execute(sql`select 2`);
  });
  expect(database.statements).toEqual(['begin', 'select 1', 'select 2', 'commit']);
});
