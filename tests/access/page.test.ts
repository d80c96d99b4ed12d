import { expect, test } from 'vitest';
import * as page from '../../src/core/access/policy.ts';
import { Role } from '../../src/core/access/role.ts';

// The page is written a second time here, on purpose: whoever changes a right says so twice.

const { accessClasses, callers, policy } = page;

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

test('who may call what: every root field, by its callers', () => {
  const published = `
    ANYONE login refreshSession
    STAFF accessGrants accessRequestChanged accessRequests approveAccess calendar changePassword confirmHandover contacts createSegment customer customerExportChanged customerFileChanged customerFileEvents customerStats customers deals declineAccess deleteSegment employees exportCustomers handovers interactions logout needs node nodes organisation previewSegment recallGrant returnFile segment segmentDiff segmentFields segmentMembershipChanged segmentValueSuggestions segments signOutEverywhere tags teams updateSegment viewer withdrawAccess workingWeek
    ADMIN createEmployee createTeam disableEmployee importCalendar resetPassword setCalendarDays setWorkingWeek updateEmployee updateSettings updateTeam
    MANAGER+ADMIN settings settingsHistory
    MANAGER+DATA_STEWARD+ADMIN accessLog assignCustomer handOverFiles handoverPreview
    SALES+CUSTOMER_SERVICE+MANAGER+DATA_STEWARD+ADMIN requestAccess
    SALES+MANAGER+DATA_STEWARD+ADMIN archiveCustomer createContact createCustomer createDeal createNeed deleteContact deleteDeal deleteNeed restoreCustomer tagCustomer tagCustomers untagCustomer untagCustomers updateContact updateDeal updateNeed
    SALES+FINANCE+MANAGER+DATA_STEWARD+ADMIN revertCustomerField updateCustomer updateCustomers
    SALES+CUSTOMER_SERVICE+MARKETING+FINANCE+MANAGER+DATA_STEWARD+ADMIN customerDirectory deleteInteraction logInteraction updateInteraction`;
  const fields = new Map<string, string[]>();
  for (const [name, who] of Object.entries(callers)) {
    const roles =
      typeof who === 'string'
        ? who
        : Object.values(Role)
            .filter((role) => who.includes(role))
            .join('+');
    fields.set(roles, [...(fields.get(roles) ?? []), name.split('.')[1] as string]);
  }
  const lines = [...fields].map(([roles, names]) => [roles, ...names.sort()].join(' '));
  expect(lines.sort()).toEqual(table(published).sort());
});
