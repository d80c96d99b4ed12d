import { getNamedType } from 'graphql';
import { expect, test } from 'vitest';
import { type Callers, callers } from '../../src/core/access/callers.ts';
import * as page from '../../src/core/access/policy.ts';
import { Role } from '../../src/core/access/role.ts';
import { modelNamed } from '../../src/core/model/registry.ts';
import { recordTypes } from '../../src/features/import/record-types.ts';
import { sharedSchema } from '../support/schema.ts';

// The page is written a second time here, on purpose: whoever changes a right says so twice.

const { accessClasses, policy } = page;
const schema = sharedSchema();

/** Lines of a table, each cell apart by one space. */
const table = (text: string): string[] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim().replace(/\s+/g, ' '));

test('who reads what: the policy page reads as published', () => {
  const published = `
    SALES             OWN  ALL   OWN  OWN   OWN  OWN   OWN   GRANTED
    CUSTOMER_SERVICE  ALL  ALL   ALL  ALL   ALL  NONE  ALL   GRANTED
    MARKETING         ALL  ALL   ALL  NONE  ALL  NONE  NONE  NONE
    FINANCE           ALL  ALL   ALL  ALL   ALL  ALL   NONE  NONE
    MANAGER           ALL  ALL   ALL  ALL   ALL  ALL   ALL   GRANTED
    DATA_STEWARD      ALL  ALL   ALL  ALL   ALL  ALL   ALL   GRANTED
    ANALYST           ALL  NONE  ALL  NONE  ALL  ALL   NONE  NONE
    ADMIN             ALL  ALL   ALL  ALL   ALL  ALL   ALL   GRANTED`;
  expect(accessClasses).toEqual(['card', 'basic', 'contact', 'business', 'credit', 'personal', 'special']);
  const rows = Object.entries(policy).map(([role, { files, read }]) =>
    [role, files, ...accessClasses.map((access) => read[access])].join(' '),
  );
  expect(rows).toEqual(table(published));
});

test('who may write: sales own files but not credit, finance credit alone, three roles everything, the rest nothing', () => {
  const everything = {
    card: 'ALL',
    basic: 'ALL',
    contact: 'ALL',
    business: 'ALL',
    personal: 'ALL',
    credit: 'ALL',
  };
  expect(Object.fromEntries(Object.entries(policy).map(([role, { write }]) => [role, write]))).toEqual({
    SALES: { card: 'OWN', basic: 'OWN', contact: 'OWN', business: 'OWN', personal: 'OWN' },
    CUSTOMER_SERVICE: {},
    MARKETING: {},
    FINANCE: { credit: 'ALL' },
    MANAGER: everything,
    DATA_STEWARD: everything,
    ANALYST: {},
    ADMIN: everything,
  });
  expect(page.assigners).toEqual(['MANAGER', 'DATA_STEWARD', 'ADMIN']);
  expect(page.assignerFields).toEqual(['Customer.owner', 'Customer.tier', 'Deal.owner']);
  expect(page.keptFields).toEqual(['Customer.archivedAt', 'Customer.coOwners']);
});

test('who decides, oversees, owns and keeps files, is held to the log, and knows people by id', () => {
  expect(page.approvers).toEqual({ special: ['MANAGER', 'ADMIN'], standIn: ['ADMIN'] });
  expect(page.fileOwners).toEqual(['SALES', 'MANAGER', 'DATA_STEWARD', 'ADMIN']);
  expect(page.custodians).toEqual(['SALES', 'MANAGER', 'DATA_STEWARD', 'ADMIN', 'CUSTOMER_SERVICE']);
  expect(page.ownRecordHours).toBe(24);
  const reports = { Interaction: { kind: ['REPORT'] } };
  expect(page.recordsOnly).toEqual({ MARKETING: reports, FINANCE: reports });
  expect(page.overseers).toEqual(['MANAGER', 'DATA_STEWARD', 'ADMIN']);
  expect(page.loggedClasses).toEqual(['contact', 'business', 'credit', 'personal', 'special']);
  expect(page.strictlyLoggedClasses).toEqual(['personal', 'special']);
  expect(page.analysts).toEqual(['ANALYST']);
  expect(page.pseudonymousRoles).toEqual(['ANALYST']);
});

test('what a role can be granted: what it does not read anyway and is not kept from', () => {
  const requestable = Object.values(Role).map((role) => [role, ...page.requestableClasses(role)].join(' '));
  expect(requestable).toEqual(
    table(`
      SALES basic contact business credit personal special
      CUSTOMER_SERVICE special
      MARKETING
      FINANCE
      MANAGER special
      DATA_STEWARD special
      ANALYST
      ADMIN special`),
  );
});

/** Whoever may read rows of a model, by list or id, in events: rows and fields are withheld one by one. */
function rowReaders(): [string, Callers][] {
  return [schema.getQueryType(), schema.getSubscriptionType()].flatMap((root) =>
    Object.values(root?.getFields() ?? {}).flatMap(({ name, type }): [string, Callers][] => {
      const returned = getNamedType(type).name;
      const isOfRows = returned === 'Node' || modelNamed(returned.replace(/Connection$/, '')) !== undefined;
      return isOfRows || root?.name === 'Subscription' ? [[`${root?.name}.${name}`, 'STAFF']] : [];
    }),
  );
}

/** What happened is recorded by whoever keeps files, and by those who may record some of it. */
const recorders = [...page.custodians, ...(Object.keys(page.recordsOnly) as Role[])];

/** Whoever may own a file writes its parts. */
const partWriters = (): [string, Callers][] =>
  recordTypes.flatMap(({ writes }) =>
    Object.values(writes?.rules.operations ?? {}).map((operation): [string, Callers] => [
      `Mutation.${operation}`,
      writes?.rules.recordedBy ? recorders : page.fileOwners,
    ]),
  );

test('who may call what: what is decided is published, the rest follows from the declarations', () => {
  const published = `
    ANYONE Mutation.login Mutation.refreshSession
    STAFF Mutation.approveAccess Mutation.changePassword Mutation.confirmHandover Mutation.createDelegation Mutation.createSegment Mutation.declineAccess Mutation.deleteSegment Mutation.endDelegation Mutation.exportCustomers Mutation.logout Mutation.recallGrant Mutation.returnFile Mutation.signOutEverywhere Mutation.updateNotificationPreferences Mutation.updateSegment Mutation.withdrawAccess Query.calendar Query.customerBrief Query.customerFileEvents Query.customerStats Query.entryTemplate Query.needProposal Query.notificationPreferences Query.organisation Query.previewSegment Query.segmentDiff Query.segmentFields Query.segmentValueSuggestions Query.workingWeek
    ADMIN Mutation.createDepartment Mutation.createEmployee Mutation.createTeam Mutation.disableEmployee Mutation.importCalendar Mutation.removeTeamRobot Mutation.resetPassword Mutation.retryRun Mutation.setCalendarDays Mutation.setTeamRobot Mutation.setWorkingWeek Mutation.testTeamRobot Mutation.updateDepartment Mutation.updateEmployee Mutation.updateSettings Mutation.updateTeam
    FINANCE+ADMIN Mutation.setExchangeRates
    FINANCE+MANAGER+ADMIN Query.exchangeRates
    MANAGER+ADMIN Query.outgoingMails Query.runs Query.settings Query.settingsHistory Query.teamRobots
    MANAGER+DATA_STEWARD+ADMIN Mutation.assignCustomer Mutation.handOverFiles Mutation.setTier Query.accessLog Query.handoverPreview
    SALES+CUSTOMER_SERVICE+MANAGER+DATA_STEWARD+ADMIN Mutation.renewGrant Mutation.requestAccess
    SALES+CUSTOMER_SERVICE+FINANCE+MANAGER+DATA_STEWARD+ADMIN Mutation.markNumberInvalid
    SALES+MANAGER+DATA_STEWARD+ADMIN Mutation.acceptProposedChange Mutation.addCoOwner Mutation.archiveCustomer Mutation.cancelArchiveNumber Mutation.createCustomer Mutation.declineProposedChange Mutation.registerFile Mutation.removeCoOwner Mutation.requestConfirmation Mutation.restoreCustomer Mutation.revokeConfirmation Mutation.submitFile Mutation.tagCustomer Mutation.tagCustomers Mutation.untagCustomer Mutation.untagCustomers
    SALES+FINANCE+MANAGER+DATA_STEWARD+ADMIN Mutation.revertCustomerField Mutation.updateCustomer Mutation.updateCustomers
    SALES+CUSTOMER_SERVICE+MARKETING+FINANCE+MANAGER+DATA_STEWARD+ADMIN Mutation.approveFile Mutation.cancelTask Mutation.completeTask Mutation.reassignTask Mutation.rejectFile Mutation.reportChange Mutation.snoozeTask Mutation.updateTask Mutation.verifyFields Query.customerDirectory Subscription.taskChanged`;
  const decided = table(published).flatMap((line) => {
    const [who, ...names] = line.split(' ');
    return names.map((name) => [name, who]);
  });
  const following = [...rowReaders(), ...partWriters()].map(([name, who]) => [name, written(who)]);
  const actual = Object.entries(callers).map(([name, who]) => [name, written(who)]);
  expect(Object.fromEntries(actual)).toEqual({
    ...Object.fromEntries(following),
    ...Object.fromEntries(decided),
  });
  const repeated = decided.filter(([name, who]) => following.some(([one, by]) => one === name && by === who));
  expect(repeated).toEqual([]);
});

const written = (who: Callers): string =>
  typeof who === 'string'
    ? who
    : Object.values(Role)
        .filter((role) => who.includes(role))
        .join('+');
