import type { GraphQLResolveInfo } from 'graphql';
import { Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import type { Context } from '../../core/context.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { labelOf } from '../../core/model/label.ts';
import type { Row } from '../../core/model/model.types.ts';
import { Customer } from '../customer/customer.type.ts';
import { employeesFor } from '../employee/employee.loader.ts';
import { Employee } from '../employee/employee.type.ts';
import type { VerificationRow } from '../verification/verification.loader.ts';
import { Verification } from '../verification/verification.type.ts';
import { type ProposalRow, proposalsOf, type RequestRow, requestOf } from './confirmation.loader.ts';
import { ConfirmationRequest, ProposedChange } from './confirmation.type.ts';

@Resolver(() => Verification)
class VerificationRequestResolver {
  @FieldResolver(() => ConfirmationRequest, {
    nullable: true,
    description:
      'The last link by which the customer was to confirm the file; null if there was none. (确认请求)', // R87
  })
  @Extensions({ access: 'open' })
  request(@Root() { customerId }: VerificationRow, @Ctx() ctx: Context): Promise<RequestRow | null> {
    return requestOf(ctx, customerId);
  }
}

@Resolver(() => ConfirmationRequest)
class ConfirmationRequestResolver {
  @FieldResolver(() => Employee, { nullable: true, description: 'Who requested it. (发起人)' })
  @Extensions({ access: 'open' })
  async requestedBy(
    @Root() { requestedById }: RequestRow,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Row | null> {
    return employeesFor(ctx, info).load(requestedById);
  }
}

@Resolver(() => Customer)
class CustomerProposalsResolver {
  @FieldResolver(() => [ProposedChange], {
    nullable: true,
    description:
      'What the customer corrected on the page, of values that the viewer reads: open ones first, then the newest, at most 200. (客户更正)', // R87
  })
  @Extensions({ access: 'basic', costPerRow: 3 })
  proposedChanges(@Root() { id }: Row, @Ctx() ctx: Context): Promise<ProposalRow[]> {
    return proposalsOf(ctx, id);
  }
}

@Resolver(() => ProposedChange)
class ProposedChangeResolver {
  @FieldResolver(() => String, { description: 'Name of the field in the language of the request. (名称)' })
  @Extensions({ text: 'CONTROLLED' })
  label(@Root() { field, description }: ProposalRow, @Ctx() { locale }: Context): string {
    return labelOf(field, description)[locale];
  }

  @FieldResolver(() => Employee, {
    nullable: true,
    description: 'Who accepted or declined it; null if nobody did. (处理人)',
  })
  @Extensions({ access: 'open' })
  async decidedBy(
    @Root() { decidedById }: ProposalRow,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Row | null> {
    return decidedById === null ? null : employeesFor(ctx, info).load(decidedById);
  }
}

export const confirmationResolvers = [
  VerificationRequestResolver,
  ConfirmationRequestResolver,
  CustomerProposalsResolver,
  ProposedChangeResolver,
];
