/**
 * Groups of a file's fields that a department can be responsible for (R10). The models declare which fields are in them;
 * tasks are duties about a file and in none.
 */
export const FieldGroup = {
  REGISTRATION: 'REGISTRATION',
  CONTACTS: 'CONTACTS',
  MARKET: 'MARKET',
  RELATIONSHIP: 'RELATIONSHIP',
  NEEDS: 'NEEDS',
  DEALS: 'DEALS',
  FINANCE: 'FINANCE',
  INTERACTIONS: 'INTERACTIONS',
  KEEPING: 'KEEPING',
} as const;
export type FieldGroup = (typeof FieldGroup)[keyof typeof FieldGroup];
