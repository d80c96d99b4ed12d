import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import type { Actor } from '../../core/access/write-policy.ts';
import type { Database } from '../../core/database/database.ts';
import { keyIssues, onceAnswered } from '../../core/database/idempotency.ts';
import { badInput, notFound } from '../../core/errors.ts';
import { requireId } from '../../core/graphql/schema/input-id.ts';
import { planMails } from '../../core/outgoing/outgoing.write.ts';
import { checkRobotAddress } from '../../core/robot/robot-address.ts';
import { checkFields, optionalText, required } from '../../core/validation/fields.ts';
import { team } from '../../domains/employee/employee.table.ts';
import { findRobots, postKinds, type ShownRobot } from './team-robot.service.ts';
import { RobotKind, teamRobot } from './team-robot.table.ts';

const path = ['input'];
const rules = { url: required(checkRobotAddress), secret: optionalText(200) };
/** How long somebody waits for the post with which they try a robot. */
const trialLastsMs = 10 * 60_000;

export interface SetTeamRobot {
  teamId: string;
  url: string;
  secret?: string | null;
}

/**
 * Sets the robot of a team's group in place of the one there was; for administrators.
 *
 * Errors: NOT_FOUND, BAD_USER_INPUT naming every violation.
 */
export async function setTeamRobot(
  db: Database,
  { viewer }: Actor,
  input: SetTeamRobot,
): Promise<ShownRobot> {
  const { values, issues } = checkFields(rules, input, { mode: 'create', path });
  const { url: address, secret = null } = values;
  if (address?.kind === RobotKind.WECOM && secret !== null)
    issues.push({
      path: [...path, 'secret'],
      code: 'NO_SIGNATURES',
      message: 'Robots of WeCom have none. (企业微信群机器人没有签名密钥。)',
    });
  const teamId = requireId('team', input.teamId, [...path, 'teamId'], issues);
  if (issues.length > 0 || !address) throw badInput(issues);
  return db.transaction(async (tx) => {
    const [found] = await tx.select({ id: team.id }).from(team).where(eq(team.id, teamId)).for('key share');
    if (!found) throw notFound();
    const row = { ...address, secret, setById: viewer.id };
    await tx
      .insert(teamRobot)
      .values({ teamId, ...row })
      .onConflictDoUpdate({ target: teamRobot.teamId, set: { ...row, setAt: sql`business_now()` } });
    return requireRobot(tx, teamId);
  });
}

/** Removes the robot of a team's group, so that nothing is posted there any more; returns whether there was one. */
export async function removeTeamRobot(db: Database, input: { teamId: string }): Promise<boolean> {
  const teamId = requireId('team', input.teamId, [...path, 'teamId']);
  const removed = await db
    .delete(teamRobot)
    .where(eq(teamRobot.teamId, teamId))
    .returning({ teamId: teamRobot.teamId });
  return removed.length > 0;
}

/**
 * Has a team's robot say in its group that it works, once per idempotency key.
 *
 * Errors: NOT_FOUND if the team has none, BAD_USER_INPUT naming every violation.
 */
export function testTeamRobot(
  db: Database,
  { viewer, now: dueAt }: Actor,
  input: { teamId: string; idempotencyKey?: string | null },
): Promise<ShownRobot> {
  const { idempotencyKey: key } = input;
  const recipientId = requireId('team', input.teamId, [...path, 'teamId'], keyIssues(key));
  return db.transaction(async (tx) => {
    const robot = await requireRobot(tx, recipientId);
    await onceAnswered(tx, { viewerId: viewer.id, operation: 'testTeamRobot', key, input }, async () => {
      const expiresAt = new Date(dueAt.getTime() + trialLastsMs);
      const occasion = randomUUID();
      await planMails(tx, [{ kind: postKinds.trial, recipientId, occasion, content: {}, dueAt, expiresAt }]);
      return {};
    });
    return robot;
  });
}

/** Errors: NOT_FOUND if the team has none. */
async function requireRobot(db: Database, teamId: string): Promise<ShownRobot> {
  const [robot] = await findRobots(db, teamId);
  if (!robot) throw notFound();
  return robot;
}
