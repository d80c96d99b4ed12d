import { createRequire } from 'node:module';

/**
 * graphql-shield 7.6.5, loaded so that it works on every Node we support.
 *
 * Its ES build imports `isUndefined` from `util`, which Node 23 removed; its
 * CommonJS build calls the same function, but looks it up when called, so there
 * it can be given back. Remove when a release no longer uses it:
 * https://github.com/dimatill/graphql-shield
 */
const require = createRequire(import.meta.url);
const util = require('node:util') as { isUndefined?: (value: unknown) => boolean };
util.isUndefined ??= (value) => value === undefined;

export const { rule, shield, deny } = require('graphql-shield') as typeof import('graphql-shield');
