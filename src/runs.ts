import type { OutgoingKind } from './core/outgoing/outgoing.types.ts';
import type { RunKind } from './core/run/run.types.ts';
import { confirmationMail } from './domains/confirmation/confirmation-mail.service.ts';
import { tierDayRun, tierRun } from './domains/customer/tier.run.ts';
import { completenessAudit } from './features/completeness/completeness-audit.run.ts';
import { accuracySample, fileRevision } from './features/completeness/file-review.run.ts';
import { digestMail, digestRun } from './features/notification/morning-digest.ts';
import { taskNoticeMail } from './features/notification/task-notice.ts';
import { robotTrialPost, teamDigestPost, teamDigestRun } from './features/team-robot/team-digest.ts';

/** Work that recurs, each kind declared by its feature with `declareRun`. */
export const runs: readonly RunKind[] = [
  completenessAudit,
  fileRevision,
  accuracySample,
  tierRun,
  tierDayRun,
  digestRun,
  teamDigestRun,
];

/** What goes out: mails to employees and customers, and posts to the groups of teams. */
export const outgoingKinds: readonly OutgoingKind[] = [
  digestMail,
  taskNoticeMail,
  confirmationMail,
  teamDigestPost,
  robotTrialPost,
];
