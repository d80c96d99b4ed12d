import { Field, ObjectType } from 'type-graphql';
import { DateTimeScalar } from '../../core/graphql/schema/scalars.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { MissingField } from '../../domains/customer/completeness-details.type.ts';

/** What its lists are read by. */
export interface BriefSource {
  /** UUID of the file. */
  id: string;
  lastVisitAt: string | null;
  /** Whether the viewer reads what happens with this customer; else its lists would look empty. */
  readsBusiness: boolean;
  /** What the file lacks and the viewer may fill. */
  gaps: MissingField[];
}

@ObjectType({
  description:
    'What to know before a visit, each reader by their own rights: a list they may not read is null, with FORBIDDEN. Sections are in the order of reading. (拜访前摘要)',
})
@Extensions({ access: 'open' })
export class CustomerBrief {
  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'When the viewer last had an interaction with the customer; null for never. (我的上次联系时间)',
    simple: true,
  })
  lastVisitAt!: string | null;

  @Field(() => [MissingField], {
    description:
      'What the file lacks and the viewer may fill in, heaviest first; none for an archived file. (可补全的缺失项)', // R85
    simple: true,
  })
  gaps!: MissingField[];
}
