import { type SQL, sql } from 'drizzle-orm';
import { Role } from '../../core/access/role.ts';
import { type Database, queryJson } from '../../core/database/database.ts';
import { uuids } from '../../core/database/rows.ts';
import { uuidOf } from '../../core/graphql/schema/type-id.ts';
import type { Alias } from '../../core/model/alias.ts';
import { compileAuthorizedFilter, type Filter } from '../../core/model/filter.ts';
import type { ReadContext, SavedFilter, SavedFilters } from '../../core/model/model.types.ts';
import type { Aliases } from '../../core/model/read-context.ts';
import { noSavedFilters } from '../../core/model/saved-filter.ts';
import { readSettings } from '../../core/settings/live-settings.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { customerModel } from '../../domains/customer/customer.model.ts';
import { activeFiles } from '../../domains/customer/customer.service.ts';
import { segmentIdsIn } from '../../domains/segment/rule-clause.ts';
import { dependenciesOfRule, type RuleDependencies } from './rule-dependencies.ts';

/** The rule of a live segment, and what its members depend on. */
export interface LiveRule {
  /** UUID. */
  segmentId: string;
  reads: RuleDependencies;
  /** Whether the file `alias` is active and in the rule at an instant, regardless of anyone's rights. Never null. */
  isMember: (alias: Alias, next: Aliases, request: RuleRequest) => SQL;
}

/** The instant to evaluate at, and whether for few files by a prepared statement; see `ReadContext.oneByOne`. */
type RuleRequest = Pick<ReadContext, 'now' | 'oneByOne'>;

type Saved = SavedFilters['found'];

/** Whose days and whose currency a rule means. */
type Organisation = Pick<Settings, 'timeZone' | 'currency'>;

/**
 * The rules of these segments (UUIDs), with the segments that they refer to. A rule that cannot be followed is reported
 * to `onFailure`. One statement per level of nested segments, and one for the settings.
 */
export async function loadRules(
  db: Database,
  ids: readonly string[],
  onFailure: (segmentId: string, error: unknown) => void,
): Promise<LiveRule[]> {
  const saved = await readRules(db, ids);
  const organisation = await readSettings(db);
  return ids.flatMap((id) => {
    const rule = saved.get(id)?.rule;
    if (!rule) return [];
    try {
      const live = liveRule(id, rule, saved, organisation);
      // The only way to know whether a rule compiles is to compile it.
      live.isMember('t1', () => 't2', { now: new Date(0) });
      return [live];
    } catch (error) {
      onFailure(id, error);
      return [];
    }
  });
}

function liveRule(segmentId: string, rule: Filter, saved: Saved, organisation: Organisation): LiveRule {
  const reads = dependenciesOfRule(customerModel, rule, saved);
  reads.segments.add(segmentId);
  return { segmentId, reads, isMember: membershipOf(rule, saved, organisation) };
}

/** Compiles a rule for no particular viewer. The result throws the errors of the filter compiler when it is called. */
export function membershipOf(
  rule: Filter,
  saved: Saved,
  { timeZone, currency }: Organisation,
): LiveRule['isMember'] {
  return (alias, next, request) => {
    const found = { ...noSavedFilters(), found: saved };
    const reading = { viewer: nobody, ...request, timeZone, currency, saved: found };
    const { condition } = compileAuthorizedFilter(reading, customerModel, rule, alias, null, next);
    return sql`(${activeFiles(alias)} and ${condition}) is true`;
  };
}

/** Members are stored regardless of any viewer's rights; whether a viewer may see them is authorized at delivery. */
const nobody = {
  id: '00000000-0000-0000-0000-000000000000',
  name: '',
  email: '',
  role: Role.ADMIN,
  teamId: null,
  leads: [],
  groups: [],
  sessionId: '',
};

/** The rules of these segments (UUIDs) and of those they refer to; null for one that does not exist. */
export async function readRules(db: Database, ids: readonly string[]): Promise<Saved> {
  const saved: Saved = new Map();
  for (let wanted = [...ids]; wanted.length > 0; ) {
    const rows = await queryJson<({ id: string } & SavedFilter)[]>(
      db,
      sql`select coalesce(json_agg(json_build_object('id', id, 'version', version, 'rule', rule)), '[]') from segment
          where id = any(${uuids(wanted)})`,
    );
    for (const id of wanted) saved.set(id, null);
    for (const { id, ...kept } of rows) saved.set(id, kept);
    wanted = rows.flatMap(({ rule }) => segmentIdsIn(rule).map(uuidOf)).filter((id) => !saved.has(id));
    wanted = [...new Set(wanted)];
  }
  return saved;
}

/** UUIDs as one array parameter, so that the statement's text does not depend on their number. */
