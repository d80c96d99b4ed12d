/** What becomes of a name that is against the standard of full legal names (R66). */
export const NameStandard = { REFUSE: 'REFUSE', WARN: 'WARN', OFF: 'OFF' } as const;
export type NameStandard = (typeof NameStandard)[keyof typeof NameStandard];
