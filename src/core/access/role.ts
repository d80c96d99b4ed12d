/** The eight roles of the policy page (`src/core/access/policy.ts`). */
export const Role = {
  SALES: 'SALES',
  CUSTOMER_SERVICE: 'CUSTOMER_SERVICE',
  MARKETING: 'MARKETING',
  FINANCE: 'FINANCE',
  MANAGER: 'MANAGER',
  DATA_STEWARD: 'DATA_STEWARD',
  ANALYST: 'ANALYST',
  ADMIN: 'ADMIN',
} as const;
export type Role = (typeof Role)[keyof typeof Role];
