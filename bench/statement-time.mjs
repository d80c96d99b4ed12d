import { readFileSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';
import { median } from './load.mjs';

/** A line of PostgreSQL's log: how long one step of a statement took, and how its text begins. */
const step = /duration: ([\d.]+) ms {2}(parse|bind|execute|statement)[^:]*: ([^\n]{0,60})/g;
/** The log is written by a process of its own. */
const logDelayMs = 300;

/**
 * How long PostgreSQL works on the dearest statement of what is asked, planned and run, by its own log: median, in ms.
 * Its other statements (who asks, what was read) are not in it.
 */
export async function statementMs({ adminUrl, logFile }, times, asking) {
  const admin = postgres(adminUrl, { max: 1, onnotice: () => {} });
  const logAll = async (text) => {
    await admin.unsafe(`alter system ${text}`);
    await admin`select pg_reload_conf()`;
    await pause(logDelayMs);
  };
  try {
    await logAll('set log_min_duration_statement = 0');
    const from = statSync(logFile).size;
    for (let nth = 0; nth < times; nth += 1) await asking();
    await pause(logDelayMs);
    const steps = readFileSync(logFile).subarray(from).toString().matchAll(step);
    const statements = new Map();
    for (const [, ms, name, text] of steps) {
      const parts = statements.get(text) ?? new Map();
      parts.set(name, [...(parts.get(name) ?? []), Number(ms)]);
      statements.set(text, parts);
    }
    // What belongs to the question ran each time; housekeeping runs now and then, a plan is made seldom.
    const isOften = (part) => part.length >= times / 2;
    const sums = [...statements.values()].map((parts) =>
      [...parts.values()].filter(isOften).reduce((sum, part) => sum + median(part), 0),
    );
    return Math.max(...sums);
  } finally {
    await logAll('reset log_min_duration_statement');
    await admin.end();
  }
}
