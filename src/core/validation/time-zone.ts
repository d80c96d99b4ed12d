import { accept, type Checked, refuse } from './checked.ts';
import { plainText } from './text.ts';

/** An IANA time zone, "Asia/Shanghai", in that case. Problem: TIME_ZONE_UNKNOWN. */
export function checkTimeZone(text: string): Checked<string> {
  const zone = plainText(text);
  try {
    // PostgreSQL reads "+08:00" with the sign reversed, so an offset would shift every day.
    if (!/^[A-Za-z]/.test(zone)) throw new RangeError('an offset');
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions();
    // Another name of the zone stays as it was given.
    return accept(timeZone.toLowerCase() === zone.toLowerCase() ? timeZone : zone);
  } catch {
    return refuse(
      'TIME_ZONE_UNKNOWN',
      'Must be an IANA time zone such as Asia/Shanghai',
      '须为IANA时区，例如Asia/Shanghai',
    );
  }
}
