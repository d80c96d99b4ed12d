import { Field, getMetadataStorage, ObjectType } from 'type-graphql';
import type { Context } from '../../context.ts';
import type { Issue } from '../../errors.ts';
import { Extensions } from '../../model/extensions.ts';

@ObjectType({
  description:
    'Something that a write accepted although it looks wrong. Errors refuse; warnings never do. (提醒)',
})
@Extensions({ access: 'open' })
export class Warning {
  @Field(() => [String], { description: 'The place in the input, such as ["input", "name"]. (位置)' })
  @Extensions({ text: 'CONTROLLED' })
  path!: string[];

  @Field(() => String, { description: 'For programs, such as LEGAL_NAME_UNSURE. (代码)' })
  @Extensions({ text: 'CONTROLLED' })
  code!: string;

  @Field(() => String, { description: 'For people; never repeats a value. (说明)' })
  @Extensions({ text: 'CONTROLLED' })
  message!: string;
}

/** Declares `warnings` on the payload of every mutation. Called once, before the schema is built. */
export function declareWarnings(): void {
  const payloads = new Set(
    getMetadataStorage().mutations.map(({ getReturnType }) => getReturnType() as object),
  );
  for (const payload of payloads) {
    Field(() => [Warning], {
      description: 'What was accepted but looks wrong; empty as a rule. (提醒)',
    })((payload as { prototype: object }).prototype, 'warnings');
  }
}

/** Runs a mutation and adds to its payload what it warned of. Mutations of one operation run one after the other. */
export async function withWarnings(ctx: Context, mutate: () => unknown): Promise<unknown> {
  const warnings: Issue[] = [];
  ctx.warnings = warnings;
  const payload = (await mutate()) as object;
  return {
    ...payload,
    warnings: warnings.map(({ path, code, message }) => ({ path: path.map(String), code, message })),
  };
}
