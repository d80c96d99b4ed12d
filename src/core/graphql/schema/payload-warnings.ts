import { Field, getMetadataStorage } from 'type-graphql';
import type { Context } from '../../context.ts';
import type { Issue } from '../../errors.ts';
import { messageIn } from '../../locale.ts';
import { Warning } from './warning.type.ts';

/** Declares `warnings` on the payload of every mutation. Called once, before the schema is built. */
export function declareWarnings(): void {
  const { mutations, objectTypes } = getMetadataStorage();
  const payloads = new Set(mutations.map(({ getReturnType }) => getReturnType()));
  for (const payload of payloads) {
    // `logout` and the like answer with a Boolean.
    if (!objectTypes.some(({ target }) => target === payload)) continue;
    Field(() => [Warning], {
      description: 'What was accepted but looks wrong; empty as a rule. (提醒)',
    })((payload as { prototype: object }).prototype, 'warnings');
  }
}

/** Runs a mutation and adds to its payload what it warned of. Mutations of one operation run one after the other. */
export async function withWarnings(ctx: Context, mutate: () => unknown): Promise<unknown> {
  const warnings: Issue[] = [];
  ctx.warnings = warnings;
  const payload = await mutate();
  if (typeof payload !== 'object' || payload === null) return payload;
  return {
    ...payload,
    warnings: unlike(warnings).map(({ path, code, message }) => ({
      path: path.map(String),
      code,
      message: messageIn(ctx.locale, message),
    })),
  };
}

/** Each once: a transaction that was run again has warned again. */
const unlike = (warnings: readonly Issue[]): Issue[] => [
  ...new Map(warnings.map((warning) => [`${warning.path.join('.')} ${warning.code}`, warning])).values(),
];
