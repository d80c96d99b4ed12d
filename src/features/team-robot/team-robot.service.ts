import { sql } from 'drizzle-orm';
import { type Database, queryJson } from '../../core/database/database.ts';
import { texts } from '../../core/database/rows.ts';
import type { RobotKind } from './team-robot.table.ts';

/** What robots post, by the names that are stored: the day's tasks, and that a robot works. */
export const postKinds = { digest: 'team-digest', trial: 'team-robot-trial' } as const;

export interface Robot {
  kind: RobotKind;
  url: string;
  secret: string | null;
  /** The team's name. */
  team: string;
}

/** The robot of a team, with its address; null if there is none. */
export const findRobot = (db: Database, teamId: string): Promise<Robot | null> =>
  queryJson(
    db,
    sql`select coalesce((
          select json_build_object('kind', r.kind, 'url', r.url, 'secret', r.secret, 'team', t.name)
          from team_robot r join team t on t.id = r.team_id where r.team_id = ${teamId}::uuid), 'null')`,
  );

/** A robot as it is published. */
export interface ShownRobot {
  teamId: string;
  kind: RobotKind;
  keyEnding: string;
  setAt: string;
  lastAttemptAt: string | null;
  lastFailure: string | null;
}

/** The robots of all teams, or of one, by the teams' names, and how their last posts ended. */
export const findRobots = (db: Database, teamId: string | null = null): Promise<ShownRobot[]> =>
  queryJson(
    db,
    sql`select coalesce(json_agg(json_build_object(
            'teamId', r.team_id, 'kind', r.kind, 'keyEnding', right(r.url, 4), 'setAt', r.set_at,
            'lastAttemptAt', a.ended_at, 'lastFailure', case when a.outcome <> 'DONE' then a.detail end)
          order by t.name_key, t.id), '[]')
        from team_robot r join team t on t.id = r.team_id
        left join lateral (
          select a.ended_at, a.outcome, a.detail from outgoing o join outgoing_attempt a on a.outgoing_id = o.id
          where o.recipient_id = r.team_id and o.kind = any(${texts(Object.values(postKinds))}) and a.ended_at >= r.set_at
          order by a.ended_at desc limit 1) a on true
        where ${teamId}::uuid is null or r.team_id = ${teamId}::uuid`,
  );
