import { ArgsType, Field, ID, Int, ObjectType } from 'type-graphql';
import { PageInfo } from '../../core/model/connection.ts';
import { Extensions } from '../../core/model/extensions.ts';

/** Largest and default page size. Small, because a look-up is meant to find one company, not to list many. */
export const cardPageSize = 20;

@ObjectType({
  description: 'A person on a directory card: name and title, nothing else. (名片联系人)',
  simpleResolvers: true,
})
@Extensions({ access: 'card' })
export class DirectoryContact {
  @Field(() => String, { nullable: true, description: 'Name. (姓名)' })
  @Extensions({ text: 'IDENTIFYING' })
  name!: string | null;

  @Field(() => String, { nullable: true, description: 'Job title. (职务)' })
  @Extensions({ text: 'IDENTIFYING' })
  title!: string | null;
}

@ObjectType({
  description:
    'What any employee may know about a customer: that there is a file, the names of its contacts, and its owner. (客户名片)', // R110
  simpleResolvers: true,
})
@Extensions({ access: 'card' })
export class DirectoryCard {
  @Field(() => ID, { description: 'The file, for requestAccess; it opens nothing by itself. (客户)' })
  @Extensions({ access: 'open', idPrefix: 'cus' })
  customerId!: string;

  @Field(() => String, { nullable: true, description: 'Full name of the company. (单位名称)' })
  @Extensions({ text: 'IDENTIFYING' })
  companyName!: string | null;

  @Field(() => [DirectoryContact], {
    nullable: true,
    description: 'Contacts, the first one first; at most 5. (联系人)',
  })
  contacts!: DirectoryContact[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'Name of the employee responsible for the file. (对接人)',
  })
  @Extensions({ text: 'IDENTIFYING' })
  ownerName!: string | null;
}

@ObjectType({ description: 'One card in a page of the directory. (列表项)', simpleResolvers: true })
@Extensions({ access: 'open' })
export class DirectoryCardEdge {
  @Field(() => String, { description: 'Where this card lies in the list; opaque. (游标)' })
  @Extensions({ text: 'CONTROLLED' })
  cursor!: string;

  @Field(() => DirectoryCard, { description: 'The card. (名片)' })
  node!: DirectoryCard;
}

// Has no totalCount: the number of matching customers is more than the directory may reveal.
@ObjectType({ description: 'A page of the directory. (名片分页列表)', simpleResolvers: true })
@Extensions({ access: 'open' })
export class DirectoryCardConnection {
  @Field(() => [DirectoryCardEdge], { description: 'The cards with their cursors. (带游标的名片)' })
  edges!: DirectoryCardEdge[];

  @Field(() => [DirectoryCard], { description: 'The cards. (名片)' })
  nodes!: DirectoryCard[];

  @Field(() => PageInfo, { description: 'Where this page lies in the list. (分页信息)' })
  pageInfo!: PageInfo;
}

@ArgsType()
export class DirectoryArgs {
  @Field(() => String, {
    description: 'Part of a company’s or a contact’s name, 2 to 100 characters. (搜索)',
  })
  search!: string;

  @Field(() => Int, {
    nullable: true,
    description: `Cards, 1 to ${cardPageSize}; ${cardPageSize} by default. (前若干行)`,
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Only cards after this cursor. (游标之后)' })
  after?: string | null;
}
