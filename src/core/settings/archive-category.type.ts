import { Field, InputType, ObjectType } from 'type-graphql';
import { Extensions } from '../model/extensions.ts';

const words = {
  code: 'What stands for it in numbers: 1 to 12 letters and figures, stored in capitals; each once. (类别代码)',
  name: 'Its name, 1 to 40 characters. (类别名称)',
  pattern:
    'How its numbers are made: `{category}` and a running number, `{seq:1}` to `{seq:8}` by its least figures, once each; `{year}` at most once, and then the running number begins at 1 each year. Between them letters, figures and . · / - _ #, one such sign beside the running number. (档号规则)',
};

@ObjectType('ArchiveCategory', {
  description: 'A category of files, and how their archive numbers are made. (档案类别)',
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class ArchiveCategoryType {
  @Field(() => String, { description: words.code })
  @Extensions({ text: 'CONTROLLED' })
  code!: string;

  @Field(() => String, { description: words.name })
  @Extensions({ text: 'CONTROLLED' })
  name!: string;

  @Field(() => String, { description: words.pattern })
  @Extensions({ text: 'CONTROLLED' })
  pattern!: string;
}

@InputType({ description: 'A category of files, and how their archive numbers are made. (档案类别)' })
export class ArchiveCategoryInput {
  @Field(() => String, { description: words.code })
  code!: string;

  @Field(() => String, { description: words.name })
  name!: string;

  @Field(() => String, { description: words.pattern })
  pattern!: string;
}
