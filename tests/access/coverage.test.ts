import { isIntrospectionType, isObjectType } from 'graphql';
import { expect, test } from 'vitest';
import { modelNamed, partModels } from '../../src/core/model/registry.ts';
import { read } from '../conventions/sources.ts';
import { sharedSchema } from '../support/schema.ts';
import { listOf } from './document.ts';
import { fileTypes } from './file-world.ts';

/** Where it is proven that a way to read tells nobody more than the policy page lets them read. */
const proven: Record<string, string> = {
  ...Object.fromEntries(partModels().map((part) => [`Query.${listOf(part.name)}`, 'access/matrix-output'])),
  'Query.accessGrants': 'access/matrix-output',
  'Query.accessLog': 'access-log/log-of-logs',
  'Query.accessRequests': 'access/matrix-output',
  'Query.customer': 'access/matrix-output',
  'Query.customerDirectory': 'directory/customer-directory',
  'Query.customerFileEvents': 'access/matrix-event',
  'Query.customers': 'access/matrix-output',
  'Query.customerBrief': 'customer-brief/customer-brief',
  'Query.customerStats': 'access/oracle-figures',
  'Query.handoverPreview': 'handover/hand-over-files',
  'Query.handovers': 'handover/handovers',
  'Query.node': 'access/matrix-output',
  'Query.nodes': 'access/matrix-output',
  'Query.previewSegment': 'access/oracle-figures',
  'Query.segment': 'access/matrix-segment',
  'Query.segmentDiff': 'access/oracle-figures',
  'Query.segmentFields': 'access/oracle-figures',
  'Query.segments': 'access/matrix-segment',
  'Query.segmentValueSuggestions': 'access/oracle-figures',
  'Subscription.accessRequestChanged': 'grant/lend-and-end',
  'Subscription.customerExportChanged': 'export/download-export',
  'Subscription.customerFileChanged': 'access/matrix-event',
  'Subscription.segmentMembershipChanged': 'access/matrix-membership',
  'Subscription.taskChanged': 'task/task-changed',
};
/** They hold nothing about a customer. */
const ofNoFile = [
  'Query.calendar',
  'Query.departments',
  'Query.delegations',
  'Query.employees',
  'Query.entryTemplate',
  'Query.exchangeRates',
  'Query.needProposal',
  'Query.notificationPreferences',
  'Query.organisation',
  'Query.outgoingMails',
  'Query.runs',
  'Query.settings',
  'Query.settingsHistory',
  'Query.tags',
  'Query.teamRobots',
  'Query.teams',
  'Query.viewer',
  'Query.workingWeek',
];

const schema = sharedSchema();

test('every way to read that the API offers is proven somewhere', () => {
  const offered = [schema.getQueryType(), schema.getSubscriptionType()].flatMap((type) =>
    Object.keys(type?.getFields() ?? {}).map((field) => `${type?.name}.${field}`),
  );
  expect(offered.filter((name) => !ofNoFile.includes(name)).sort()).toEqual(Object.keys(proven).sort());
});

/** Whether a test's text has the field in an operation, with arguments or a selection; lists of files may be asked by type. */
function isAsked(field: string, path: string): boolean {
  const text = read(`tests/${path}.test.ts`);
  const byType = text.includes('listOf(type)') && fileTypes.some((type) => listOf(type) === field);
  return byType || new RegExp(`(?<![.\\w])${field}\\s*[({]`).test(text);
}

test.each(Object.entries(proven))('%s is queried where it is said to be proven, in %s', (name, path) => {
  expect(isAsked(name.split('.')[1] as string, path)).toBe(true);
});

test('every type whose rows belong to a file is in the matrix', () => {
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => isObjectType(type) && !isIntrospectionType(type),
  );
  const inFiles = types.map(({ name }) => name).filter((name) => modelNamed(name)?.fileColumn != null);
  expect(inFiles.sort()).toEqual([...fileTypes].sort());
});
