import { enumLabel } from '../model/label.ts';
import { Role } from './role.ts';

/** Roles as a message names them, in both languages: users know them by their labels. */
export function rolesInWords(roles: readonly Role[]): { english: string; chinese: string } {
  const labels = roles.map((role) => enumLabel(Role, role));
  return { english: labels.map(({ EN }) => EN).join(', '), chinese: labels.map(({ ZH }) => ZH).join('、') };
}
