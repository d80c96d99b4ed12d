import { randomUUID } from 'node:crypto';
import type { AccessLog, FileReads, Occasion, Refusal } from '../access/access-log-port.ts';

/** Records what an operation reports to the access log, to repeat it for each viewer who receives the result (R106). */
export function createRecordingAccessLog(log: AccessLog) {
  const reads: { files: FileReads[]; unless: 'OWN' | undefined }[] = [];
  const refusals: Refusal[] = [];
  const accessLog: AccessLog = {
    ...log,
    noteReads: async (_occasion, files, unless) => {
      reads.push({ files, unless });
      return [];
    },
    noteRefusal: (_occasion, refusal) => refusals.push(refusal),
  };
  return {
    accessLog,
    isEmpty: () => reads.length + refusals.length === 0,
    /** Whether the viewer may receive the result: everything in it that must be logged has been. */
    repeatFor: async (who: Omit<Occasion, 'requestId'>): Promise<boolean> => {
      const occasion = { ...who, requestId: randomUUID() };
      const unlogged = await Promise.all(
        reads.map(({ files, unless }) => log.noteReads(occasion, files, unless)),
      );
      if (unlogged.some((classes) => classes.length > 0)) return false;
      for (const refusal of refusals) log.noteRefusal(occasion, refusal);
      return true;
    },
  };
}
