import { Field, ObjectType } from 'type-graphql';
import { Extensions } from '../../model/extensions.ts';

@ObjectType({
  description:
    'Something that a write accepted although it looks wrong. Errors refuse; warnings never do. (提醒)',
})
@Extensions({ access: 'open' })
export class Warning {
  @Field(() => [String], { description: 'The place in the input, such as ["input", "name"]. (位置)' })
  @Extensions({ text: 'CONTROLLED' })
  path!: string[];

  @Field(() => String, { description: 'For programs, such as LEGAL_NAME_UNSURE. (代码)' })
  @Extensions({ text: 'CONTROLLED' })
  code!: string;

  @Field(() => String, { description: 'For people; never repeats a value. (说明)' })
  @Extensions({ text: 'CONTROLLED' })
  message!: string;
}
