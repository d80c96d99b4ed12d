import type { GraphQLResolveInfo } from 'graphql';
import { Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import type { Context } from '../../core/context.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { labelOf } from '../../core/model/label.ts';
import type { Row } from '../../core/model/model.types.ts';
import { Customer } from '../customer/customer.type.ts';
import { employeesFor } from '../employee/employee.loader.ts';
import { Employee } from '../employee/employee.type.ts';
import {
  type CustomerAnswerRow,
  type FieldVerificationRow,
  fieldsOf,
  formerFieldsOf,
  type VerificationRow,
  verificationOf,
} from './verification.loader.ts';
import { CustomerAnswer, FieldVerification, Verification } from './verification.type.ts';

@Resolver(() => Customer)
class CustomerVerificationResolver {
  @FieldResolver(() => Verification, {
    nullable: true,
    description:
      'How far the file has been verified now, whatever instant it is shown of; `verificationState` is that of the instant. (审核情况)', // R86
  })
  @Extensions({ access: 'basic' })
  verification(@Root() { id }: Row, @Ctx() ctx: Context): Promise<VerificationRow | null> {
    return verificationOf(ctx, id);
  }
}

@Resolver(() => Verification)
class VerificationResolver {
  @FieldResolver(() => Employee, { nullable: true, description: 'Who last submitted it. (提交人)' })
  @Extensions({ access: 'open' })
  async submittedBy(
    @Root() { submittedById }: VerificationRow,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Row | null> {
    return submittedById === null ? null : employeesFor(ctx, info).load(submittedById);
  }

  @FieldResolver(() => Employee, { nullable: true, description: 'Who approved it. (审核人)' })
  @Extensions({ access: 'open' })
  async verifiedBy(
    @Root() { verifiedById }: VerificationRow,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Row | null> {
    return verifiedById === null ? null : employeesFor(ctx, info).load(verifiedById);
  }

  @FieldResolver(() => CustomerAnswer, {
    nullable: true,
    description:
      'What the customer last answered; null for a file that is not CONFIRMED or DISPUTED now. (客户答复)', // R87
  })
  @Extensions({ access: 'open' })
  answer(@Root() { answer }: VerificationRow): CustomerAnswerRow | null {
    return answer;
  }

  @FieldResolver(() => [FieldVerification], {
    description:
      'Every value that can be verified, of the file, its contacts and needs, as far as the viewer reads it, at most 1,000: that it was verified is shown to who reads the field. (字段核实)', // R88, R92
  })
  // As many as a file with a contact and a need has.
  @Extensions({ access: 'open', costPerRow: 40 })
  fields(@Root() { customerId }: VerificationRow, @Ctx() ctx: Context): Promise<FieldVerificationRow[]> {
    return fieldsOf(ctx, customerId);
  }

  @FieldResolver(() => [FieldVerification], {
    description:
      'The checks that hold no more, with their evidence, because the value changed or was verified again: newest first, at most 100. (历史核实记录)', // R92
  })
  @Extensions({ access: 'open', costPerRow: 3 })
  formerFields(
    @Root() { customerId }: VerificationRow,
    @Ctx() ctx: Context,
  ): Promise<FieldVerificationRow[]> {
    return formerFieldsOf(ctx, customerId);
  }
}

@Resolver(() => CustomerAnswer)
class CustomerAnswerResolver {
  @FieldResolver(() => Employee, {
    nullable: true,
    description: 'Who recorded it, or accepted what the customer corrected; null for the customer. (登记人)',
  })
  @Extensions({ access: 'open' })
  async recordedBy(
    @Root() { recordedById }: CustomerAnswerRow,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Row | null> {
    return recordedById === null ? null : employeesFor(ctx, info).load(recordedById);
  }
}

@Resolver(() => FieldVerification)
class FieldVerificationResolver {
  @FieldResolver(() => String, { description: 'Its name in the language of the request. (名称)' })
  @Extensions({ text: 'CONTROLLED' })
  label(@Root() { field, description }: FieldVerificationRow, @Ctx() { locale }: Context): string {
    return labelOf(field, description)[locale];
  }

  @FieldResolver(() => Employee, {
    nullable: true,
    description: 'Who verified it; null if nobody did. (核实人)',
  })
  @Extensions({ access: 'open' })
  async verifiedBy(
    @Root() { verifiedById }: FieldVerificationRow,
    @Ctx() ctx: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Row | null> {
    return verifiedById === null ? null : employeesFor(ctx, info).load(verifiedById);
  }
}

export const verificationResolvers = [
  CustomerVerificationResolver,
  VerificationResolver,
  CustomerAnswerResolver,
  FieldVerificationResolver,
];
