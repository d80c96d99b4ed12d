import type { FieldGroup } from './field-group.ts';
import type { Role } from './role.ts';

/** The signed-in employee on whose behalf an operation runs, read from the database for that operation. */
export interface Viewer {
  id: string;
  name: string;
  email: string;
  role: Role;
  teamId: string | null;
  /**
   * Teams they lead (UUIDs), sorted. The leader of a file's team decides access requests for it and sees its grants.
   */
  leads: readonly string[];
  /** Groups of fields that their department answers for (R10). */
  groups: readonly FieldGroup[];
  /** The session this request belongs to. */
  sessionId: string;
}
