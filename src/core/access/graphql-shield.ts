import { createRequire } from 'node:module';

/**
 * graphql-shield 7.6.5, loaded in a way that works on every supported version of Node.
 *
 * Its ES build imports `isUndefined` from `util`, which Node 23 removed. Its CommonJS build uses the same function but
 * looks it up at call time, so it can be restored there. Remove this when a release no longer uses it:
 * https://github.com/dimatill/graphql-shield
 */
const require = createRequire(import.meta.url);
const util = require('node:util') as { isUndefined?: (value: unknown) => boolean };
util.isUndefined ??= (value) => value === undefined;

export const { rule, shield, deny } = require('graphql-shield') as typeof import('graphql-shield');
