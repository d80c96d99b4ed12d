// `npm run schema`: writes the public schema, which is committed.
import { writeFileSync } from 'node:fs';
import { createSchema, printPublicSchema } from '../api.ts';

const file = new URL('../../schema.graphql', import.meta.url);

writeFileSync(file, printPublicSchema(createSchema()));
