import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { ExpectedVersion } from '../../core/graphql/schema/input-field.ts';
import { Extensions } from '../../core/model/extensions.ts';
import { CustomerOutcome } from './customer.input.ts';

@InputType({ description: 'A verified file to be put away under a number. (立档)' })
export class RegisterFileInput {
  @Field(() => ID, { description: 'The file. NOT_FOUND also when it is not the viewer’s. (客户)' })
  id!: string;

  @ExpectedVersion('The file’s', 'FILE')
  expectedVersion!: number;

  @Field(() => String, {
    nullable: true,
    description:
      'The code of one of the settings’ `archiveCategories`; may be left out where there is only one. CATEGORY_UNKNOWN names those there are. (档案类别)',
  })
  category?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A number that the file has on paper already, in place of the next: at most 60 letters, figures and . · / - _ # or brackets, with a figure; stored in capitals, without spaces. CONFLICT when another file has it. (自有档号)',
  })
  archiveNumber?: string | null;
}

@InputType({ description: 'An archive number to be cancelled. (档号作废)' })
export class CancelArchiveNumberInput {
  @Field(() => ID, { description: 'The file. NOT_FOUND also when it is not the viewer’s. (客户)' })
  id!: string;

  @ExpectedVersion('The file’s', 'FILE')
  expectedVersion!: number;

  @Field(() => String, { description: 'Why, 1 to 500 characters. (作废原因)' })
  reason!: string;
}

@ObjectType({ description: 'The file after its number was cancelled. (作废结果)' })
@Extensions({ access: 'open' })
export class CancelArchiveNumberPayload extends CustomerOutcome {}

@ObjectType({ description: 'The file after it was put away. (立档结果)' })
@Extensions({ access: 'open' })
export class RegisterFilePayload extends CustomerOutcome {}
