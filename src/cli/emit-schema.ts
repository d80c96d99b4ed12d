// `npm run schema`: writes the published form of the API, which is committed.
import { writeFileSync } from 'node:fs';
import { createSchema, printPublicSchema } from '../api.ts';

const file = new URL('../../schema.graphql', import.meta.url);

writeFileSync(file, printPublicSchema(createSchema()));
