import { requireReadable } from '../../core/access/row-predicates.ts';
import type { Viewer } from '../../core/access/viewer.ts';
import { badInput, type Issue } from '../../core/errors.ts';
import { isMoney } from '../../core/model/attribute.ts';
import type { Filter } from '../../core/model/filter.ts';
import type { ReadContext } from '../../core/model/model.types.ts';
import { currencyOf } from '../../core/model/money-condition.ts';
import type { Measure, StatsQuery } from './customer-stats.statement.ts';
import { type Dimension, dimensions } from './dimension.ts';
import { fieldOf, type MeasuredNumber, type MeasureFunction, measuredNumbers } from './measure.ts';

/** A client's request, as GraphQL passes it. */
export interface StatsRequest {
  filter?: Filter | null;
  groupBy: string[];
  tagFacet?: string | null;
  measures?: MeasureRequest[] | null;
  having?: { measure: string }[] | null;
  orderBy?: { by: string }[] | null;
  first?: number | null;
}

interface MeasureRequest {
  of: MeasureFunction;
  field: string;
  as?: string | null;
  currency?: string | null;
  needs?: Filter | null;
  deals?: Filter | null;
}

const bounds = { groupBy: 3, measures: 8, having: 8, orderBy: 5 } as const;
const maxNameLength = 40;
/** Most groups returned. */
const maxFirst = 1_000;

/** The organisation's currency. */
type Currency = Pick<ReadContext, 'currency'>;

/** Validates a request and makes a query of it. @throws BAD_USER_INPUT naming every violation. */
export function statsQueryOf(request: StatsRequest, organisation: Currency): StatsQuery {
  const issues: Issue[] = [];
  const refuse = (path: (string | number)[], code: string, message: string) =>
    issues.push({ path, code, message });
  for (const [argument, most] of Object.entries(bounds)) {
    const given = request[argument as keyof typeof bounds] ?? [];
    if (given.length > most) refuse([argument], 'TOO_MANY', `At most ${most}. (最多 ${most} 个。)`);
  }
  if (new Set(request.groupBy).size < request.groupBy.length) {
    refuse(['groupBy'], 'REPEATED', 'Each dimension once. (维度不能重复。)');
  }
  if (request.tagFacet != null && !request.groupBy.includes('TAG')) {
    refuse(['tagFacet'], 'UNUSED', 'Only together with TAG in groupBy. (仅在按标签分组时使用。)');
  }
  const { first } = request;
  if (first != null && (first < 1 || first > maxFirst)) {
    refuse(['first'], 'OUT_OF_BOUNDS', `1 to ${maxFirst}. (须在 1 至 ${maxFirst} 之间。)`);
  }
  const measures = (request.measures ?? []).map((measure, i) => measureOf(measure, i, organisation, refuse));
  const names = ['COUNT', ...measures.map(({ name }) => name)];
  if (new Set(names).size < names.length) {
    refuse(['measures'], 'REPEATED', 'Each measure needs a name of its own, not COUNT. (指标名称不能重复。)');
  }
  request.having?.forEach(({ measure }, i) => {
    if (!names.includes(measure))
      refuse(['having', i, 'measure'], 'UNKNOWN', 'There is no such measure. (没有该指标。)');
  });
  request.orderBy?.forEach(({ by }, i) => {
    if (![...names, ...request.groupBy].includes(by)) {
      refuse(['orderBy', i, 'by'], 'UNKNOWN', 'There is no such measure or dimension. (没有该指标或维度。)');
    }
  });
  if (issues.length > 0) throw badInput(issues);
  return {
    filters: request.filter ? [request.filter] : [],
    dimensions: request.groupBy.map((name) => dimensions.get(name) as Dimension),
    tagFacet: request.tagFacet ?? null,
    measures,
  };
}

/** Refuses, before any SQL runs, dimensions and measures that the viewer's role may never read. Ignores filters. */
export function requireUsesOfStats(viewer: Viewer, { groupBy, measures }: StatsRequest): void {
  for (const name of groupBy) {
    const dimension = dimensions.get(name) as Dimension;
    requireReadable(viewer, dimension, dimension.field);
  }
  for (const { field } of measures ?? []) {
    const number = measuredNumbers.get(field) as MeasuredNumber;
    for (const one of number.through) requireReadable(viewer, one, fieldOf(number));
  }
}

function measureOf(
  { of, field, as, currency, needs, deals }: MeasureRequest,
  i: number,
  organisation: Currency,
  refuse: (path: (string | number)[], code: string, message: string) => void,
): Measure {
  const number = measuredNumbers.get(field) as MeasuredNumber;
  for (const [relation, filter] of Object.entries({ needs, deals })) {
    if (filter && number.relation?.field !== relation) {
      refuse(
        ['measures', i, relation],
        'UNUSED',
        `Only for a number of ${relation}. (仅用于对应的数值字段。)`,
      );
    }
  }
  if (as != null && (as.length < 1 || as.length > maxNameLength)) {
    refuse(
      ['measures', i, 'as'],
      'OUT_OF_BOUNDS',
      `1 to ${maxNameLength} characters. (1 至 ${maxNameLength} 个字符。)`,
    );
  }
  const { attribute } = number;
  if (currency != null && !attribute.currency) {
    refuse(
      ['measures', i, 'currency'],
      'UNUSED',
      'Only for amounts of needs and deals. (仅用于需求和商机的金额。)',
    );
  }
  const issues: Issue[] = [];
  const code = currencyOf(currency, organisation, ['measures', i], issues);
  for (const issue of issues) refuse(issue.path, issue.code, issue.message);
  return {
    name: as ?? `${of}_${field}`,
    of,
    number,
    where: needs ?? deals ?? null,
    currency: isMoney(attribute) ? code : null,
  };
}
