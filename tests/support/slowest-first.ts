import { BaseSequencer } from 'vitest/node';

/** Files that take longest, though they are small. */
const slow = [
  'access/matrix-mutation',
  'access/matrix-search',
  'start/embedded',
  'faults/faults',
  'playground/playground',
  'access/oracle',
  'demo/lifecycle',
  'export/constant-memory',
  'access/matrix-',
  'task-rule/running-server',
  'bulk/preview-is-effect',
  'membership/kept-members',
  'grant/opens-no-write',
  'graphql/foreign-cursor',
  'graphql/paths-',
  'access/pseudonym',
];

const place = (path: string): number => {
  const at = slow.findIndex((name) => path.includes(`/tests/${name}`));
  return at === -1 ? slow.length : at;
};

/**
 * Without a cache of earlier results, as on CI, vitest begins with the largest files. A small one that takes a minute
 * would come late, and at the end one worker would wait for the other.
 */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: Parameters<BaseSequencer['sort']>[0]) {
    return (await super.sort(files)).sort((a, b) => place(a.moduleId) - place(b.moduleId));
  }
}
