import { Field, InputType, ObjectType } from 'type-graphql';
import { Extensions } from '../model/extensions.ts';

const words = {
  code: 'What stands for it in numbers: 1 to 12 letters and figures, stored in capitals; each once. (类别代码)',
  name: 'Its name, 1 to 40 characters. (类别名称)',
  pattern:
    'How its numbers are made: `{category}` and a running number, `{seq:1}` to `{seq:8}` by its least figures, once each; `{year}` at most once, and then the running number begins at 1 each year; of the file’s premises `{building}`, `{unit}`, `{floor}` and `{room}` at most once each, with a width where figures are filled up, such as `{floor:2}`: before the running number, it begins at 1 for each unit. Between them letters, figures and . · / - _ #, one such sign between premises and beside the running number. (档号规则)',
  parent: 'The code of the category that it is part of, one of the others; null at the top. (上级类别)',
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

  @Field(() => String, { nullable: true, description: words.parent })
  @Extensions({ text: 'CONTROLLED' })
  parent!: string | null;
}

@InputType({ description: 'A category of files, and how their archive numbers are made. (档案类别)' })
export class ArchiveCategoryInput {
  @Field(() => String, { description: words.code })
  code!: string;

  @Field(() => String, { description: words.name })
  name!: string;

  @Field(() => String, { description: words.pattern })
  pattern!: string;

  @Field(() => String, { nullable: true, description: words.parent })
  parent?: string | null;
}
