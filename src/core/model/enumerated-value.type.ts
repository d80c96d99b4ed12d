import { Field, ObjectType } from 'type-graphql';
import { Extensions } from './extensions.ts';

@ObjectType({ description: 'A value of an enumeration, with its names. (选项)', simpleResolvers: true })
@Extensions({ access: 'open' })
export class EnumeratedValue {
  @Field(() => String, { description: 'The value in an input or a rule. (值)' })
  @Extensions({ text: 'CONTROLLED' })
  value!: string;

  @Field(() => String, { description: 'Its name in Chinese. (中文名称)' })
  @Extensions({ text: 'CONTROLLED' })
  label!: string;

  @Field(() => String, { description: 'Its name in English. (英文名称)' })
  @Extensions({ text: 'CONTROLLED' })
  labelEn!: string;
}
