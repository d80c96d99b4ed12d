import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second. */
const tickMs = 10;

/** Processor time of a process so far, in ms; null where /proc is not. */
export function processorMs(pid) {
  const times = timesOf(pid);
  return times && times.own * tickMs;
}

/** The same of a process and all it has started, alive or ended: PostgreSQL is one per connection. */
export function processorMsWithChildren(pid) {
  const times = timesOf(pid);
  if (!times) return null;
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(timesOf)
    .filter((child) => child?.parent === pid);
  return (times.own + times.ended + children.reduce((sum, { own }) => sum + own, 0)) * tickMs;
}

function timesOf(pid) {
  try {
    // The command's name may hold anything; the fields begin after its bracket. See proc(5).
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
      .map(Number);
    return { parent: fields[1], own: fields[11] + fields[12], ended: fields[13] + fields[14] };
  } catch {
    return null;
  }
}
