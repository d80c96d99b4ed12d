import 'reflect-metadata';
import {
  assertValidSchema,
  type GraphQLEnumType,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isObjectType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { buildSchemaSync, type NonEmptyArray } from 'type-graphql';
import { guardSchema, requireTextKinds } from './core/access/guard.ts';
import type { Context } from './core/context.ts';
import { NodeResolver } from './core/graphql/schema/node.resolver.ts';
import { declareWarnings, withWarnings } from './core/graphql/schema/payload-warnings.ts';
import { encodeId, type IdPrefix } from './core/graphql/schema/type-id.ts';
import { extend, extensionsOf } from './core/model/extensions.ts';
import { historyFields } from './core/model/history-field.ts';
import type { Row } from './core/model/model.types.ts';
import { related } from './core/model/read.ts';
import { allModels, modelNamed } from './core/model/registry.ts';
import { requireAuthorizedConditions } from './core/model/relation-condition.ts';
import { relationResolverOf } from './core/model/relation-resolver.ts';
import { partResolvers } from './core/part/parts.ts';
import { CoOwnerMutations } from './domains/co-owner/co-owner.mutation.ts';
import { ConfirmationMutations } from './domains/confirmation/confirmation.mutation.ts';
import { confirmationResolvers } from './domains/confirmation/confirmation.resolver.ts';
import { NumberFaultMutations } from './domains/contact/number-fault.mutation.ts';
import {
  MissingFieldResolver,
  RequirementsProgressResolver,
} from './domains/customer/completeness.resolver.ts';
import { CustomerMutations } from './domains/customer/customer.mutation.ts';
import { CustomerListResolver, CustomerResolver } from './domains/customer/customer.resolver.ts';
import { FormerNumberResolver } from './domains/customer/former-number.resolver.ts';
import { RegistrationMutations } from './domains/customer/registration.mutation.ts';
import { CustomerStageResolver } from './domains/customer/stage.resolver.ts';
import { DelegationMutations } from './domains/delegation/delegation.mutation.ts';
import { DelegationResolver } from './domains/delegation/delegation.resolver.ts';
import { DirectoryResolver } from './domains/directory/directory.resolver.ts';
import { DepartmentMutations } from './domains/employee/department.mutation.ts';
import { EmployeeMutations } from './domains/employee/employee.mutation.ts';
import { EmployeeResolver, staffLists } from './domains/employee/employee.resolver.ts';
import { EmployeePermissionsResolver } from './domains/employee/employee-permissions.resolver.ts';
import { TeamMutations } from './domains/employee/team.mutation.ts';
import { AccessGrantResolver } from './domains/grant/access-grant.resolver.ts';
import { AccessRequestResolver } from './domains/grant/access-request.resolver.ts';
import { AccessRequestEventResolver } from './domains/grant/access-request-event.resolver.ts';
import { GrantMutations } from './domains/grant/grant.mutation.ts';
import { HandoverMutations } from './domains/handover/handover.mutation.ts';
import { HandoverResolver } from './domains/handover/handover.resolver.ts';
import { NeedProposalResolver } from './domains/need/need-proposal.resolver.ts';
import { CalendarResolver } from './domains/organisation/calendar.resolver.ts';
import { ExchangeRateResolver } from './domains/organisation/exchange-rate.resolver.ts';
import { SettingsMutations } from './domains/organisation/settings.mutation.ts';
import { SettingsHistoryResolver, SettingsResolver } from './domains/organisation/settings.resolver.ts';
import { CustomerSegmentResolver } from './domains/segment/customer-segment.resolver.ts';
import { SegmentMutations } from './domains/segment/segment.mutation.ts';
import { SegmentListResolver, SegmentResolver } from './domains/segment/segment.resolver.ts';
import {
  SegmentBuilderQueries,
  SegmentClauseEffectFields,
  SegmentClauseExplanationFields,
  SegmentDifferenceFields,
  SegmentPreviewFields,
  SegmentRuleTextFields,
} from './domains/segment/segment-builder.resolver.ts';
import { SessionResolver } from './domains/session/session.resolver.ts';
import { TagMutations } from './domains/tag/tag.mutation.ts';
import { TagResolver } from './domains/tag/tag.resolver.ts';
import { TaskMutations } from './domains/task/task.mutation.ts';
import { TaskResolver } from './domains/task/task.resolver.ts';
import { TaskEventResolver } from './domains/task/task-event.resolver.ts';
import { VerificationMutations } from './domains/verification/verification.mutation.ts';
import { verificationResolvers } from './domains/verification/verification.resolver.ts';
import { AccessLogResolver } from './features/access-log/access-log.resolver.ts';
import { BulkMutations } from './features/bulk/bulk.mutation.ts';
import { CustomerBriefResolver } from './features/customer-brief/customer-brief.resolver.ts';
import { EntryTemplateResolver } from './features/entry-template/entry-template.resolver.ts';
import { CustomerFileEventResolver } from './features/event/customer-file-event.resolver.ts';
import { CustomerExportMutations } from './features/export/customer-export.mutation.ts';
import { CustomerExportResolver } from './features/export/customer-export.resolver.ts';
import { FileEntityType } from './features/history/history.enums.ts';
import { HistoryMutations } from './features/history/history.mutation.ts';
import { CustomerHistoryResolver, FileChangeResolver } from './features/history/history.resolver.ts';
import {
  SegmentMembershipCauseResolver,
  SegmentMembershipEventResolver,
} from './features/membership/segment-membership-event.resolver.ts';
import {
  SegmentDefinitionChangeResolver,
  SegmentPastResolver,
} from './features/membership/segment-past.resolver.ts';
import { NotificationMutations } from './features/notification/notification.mutation.ts';
import { NotificationResolver } from './features/notification/notification.resolver.ts';
import { OutgoingResolver } from './features/outgoing/outgoing.resolver.ts';
import { RunMutations } from './features/run/run.mutation.ts';
import { RunResolver } from './features/run/run.resolver.ts';
import { CustomerStatsResolver } from './features/stats/customer-stats.resolver.ts';
import { ChangeReportMutations } from './features/task-rule/change-report.mutation.ts';
import { TeamRobotResolver } from './features/team-robot/team-robot.resolver.ts';

/** A model is registered when its resolvers, or the models that refer to it, are imported. */
const models = allModels();

const parts = partResolvers();

declareWarnings();

const resolvers = [
  NodeResolver,
  SessionResolver,
  EmployeeResolver,
  ...staffLists,
  EmployeePermissionsResolver,
  EmployeeMutations,
  TeamMutations,
  DepartmentMutations,
  CustomerResolver,
  CustomerListResolver,
  CustomerMutations,
  RegistrationMutations,
  FormerNumberResolver,
  CustomerStageResolver,
  MissingFieldResolver,
  RequirementsProgressResolver,
  CoOwnerMutations,
  DelegationResolver,
  DelegationMutations,
  DirectoryResolver,
  SettingsResolver,
  SettingsHistoryResolver,
  SettingsMutations,
  CalendarResolver,
  ExchangeRateResolver,
  ...parts,
  NumberFaultMutations,
  NeedProposalResolver,
  TaskResolver,
  TaskMutations,
  TaskEventResolver,
  ChangeReportMutations,
  ...verificationResolvers,
  VerificationMutations,
  ConfirmationMutations,
  ...confirmationResolvers,
  TagResolver,
  TagMutations,
  BulkMutations,
  SegmentResolver,
  SegmentListResolver,
  SegmentMutations,
  CustomerSegmentResolver,
  SegmentBuilderQueries,
  SegmentRuleTextFields,
  SegmentPreviewFields,
  SegmentClauseEffectFields,
  SegmentClauseExplanationFields,
  SegmentDifferenceFields,
  SegmentMembershipEventResolver,
  SegmentMembershipCauseResolver,
  SegmentPastResolver,
  SegmentDefinitionChangeResolver,
  CustomerStatsResolver,
  EntryTemplateResolver,
  CustomerBriefResolver,
  CustomerExportResolver,
  CustomerExportMutations,
  CustomerHistoryResolver,
  FileChangeResolver,
  HistoryMutations,
  CustomerFileEventResolver,
  AccessRequestResolver,
  AccessRequestEventResolver,
  AccessGrantResolver,
  GrantMutations,
  HandoverResolver,
  HandoverMutations,
  AccessLogResolver,
  RunResolver,
  RunMutations,
  OutgoingResolver,
  NotificationResolver,
  TeamRobotResolver,
  NotificationMutations,
  ...models.filter(({ relations }) => relations.size > 0).map(relationResolverOf),
];

/**
 * The executable schema: types from the decorators, plain fields without resolvers, and the policy applied to every
 * field that can be refused.
 *
 * @throws if a field has no access class, a text no kind, a root field no line on the policy page, or a condition no
 * file to be authorized by.
 */
export function createSchema(): GraphQLSchema {
  requireAuthorizedConditions(models);
  for (const { entityType } of historyFields().values()) FileEntityType[entityType] = entityType;
  const schema = buildSchemaSync({
    resolvers: resolvers as unknown as NonEmptyArray<new () => object>,
    orphanedTypes: models.map(({ type }) => type as new () => object),
    validate: false,
    // type-graphql sends the introspection query, to find what this finds.
    skipCheck: true,
    // Every subscription has its own `subscribe`; type-graphql requires a pubSub all the same.
    pubSub: {
      publish: () => {},
      subscribe: () => ({
        [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
      }),
    },
  });
  assertValidSchema(schema);
  describeRoots(schema);
  simplifyFields(schema);
  completeMutations(schema);
  requireTextKinds(schema);
  guardSchema(schema);
  return schema;
}

/** The descriptions that type-graphql has no place for. */
function describeRoots(schema: GraphQLSchema): void {
  schema.description =
    'The customer file: one file per customer, with its contacts, interactions, needs and deals, who is responsible for it, who saw it and how it changed. (客户档案)';
  const descriptions = [
    [
      schema.getQueryType(),
      'Reads. Lists are Relay connections; what the viewer may not read is null, with one FORBIDDEN error per field. (查询)',
    ],
    [
      schema.getMutationType(),
      'Writes, executed one after the other, each for itself: where one is refused, `data` is null, the earlier ones stay and the later ones are not begun; writes that belong together need a request each. Those that create something take an idempotencyKey, so that a retry takes effect once; bad input is refused with all violations, and changes nothing. (变更)',
    ],
    [
      schema.getSubscriptionType(),
      'Events over graphql-transport-ws, each with a cursor to resume from; rights are evaluated when an event is delivered. (订阅)',
    ],
  ] as const;
  for (const [type, description] of descriptions) if (type) type.description = description;
  for (const value of (schema.getType('FileEntityType') as GraphQLEnumType).getValues())
    value.description = schema.getType(value.name)?.description;
}

/** The public schema as text, sorted so that it changes only when the API does. */
export const printPublicSchema = (schema: GraphQLSchema): string =>
  `${printSchema(lexicographicSortSchema(schema))}\n`;

/**
 * Gives ids, relations and lists plain resolvers. type-graphql's own wrapper collects parameters again for every row,
 * which these most frequent fields do not need; for a list it instantiates the arguments and traverses everything a
 * filter could contain.
 */
function simplifyFields(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    const model = modelNamed(type.name);
    for (const field of Object.values(type.getFields())) {
      const { idPrefix, relation: arity, list } = extensionsOf(field);
      const prefix = idPrefix ?? (field.name === 'id' ? model?.prefix : undefined);
      // Read from the row alone: executeOperation gives them no path of their own. A guard in front of them uses
      // nothing else.
      if (prefix || arity || !field.resolve) extend(field, { rowLocal: true });
      if (prefix) {
        field.resolve = (row: Row) =>
          encodeIds(prefix, row[field.name] as string | string[] | null | undefined);
      } else if (arity) {
        field.resolve = (row: Row, args, _ctx, info) => related(row, args, info, arity);
      } else if (list) {
        field.resolve = list;
      }
    }
  }
}

/**
 * Gives a mutation's payload its warnings, and sequences what it committed at once, instead of at the sequencer's next
 * tick.
 */
function completeMutations(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve as GraphQLFieldResolver<unknown, Context>;
    field.resolve = async (root, args, ctx: Context, info) => {
      try {
        return await withWarnings(ctx, () => resolve(root, args, ctx, info));
      } finally {
        ctx.changes.nudge();
      }
    };
  }
}

const encodeIds = (
  prefix: IdPrefix,
  uuid: string | string[] | null | undefined,
): string | string[] | null => {
  if (uuid == null) return null;
  return Array.isArray(uuid) ? uuid.map((one) => encodeId(prefix, one)) : encodeId(prefix, uuid);
};
