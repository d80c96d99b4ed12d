import { Extensions, Field, ObjectType } from 'type-graphql';
import { JsonScalar } from '../graphql/scalars.ts';

@ObjectType({ description: 'One field that changed, with its values before and after. (字段变更)', simpleResolvers: true })
@Extensions({ access: 'open' })
export class FieldChange {
  @Field(() => String, { description: 'Name of the field in this API, e.g. "stage" or "phone". (字段)' })
  field!: string;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'Value before, in the form the field has in this API; null when there was none. (旧值)',
  })
  oldValue!: unknown;

  @Field(() => JsonScalar, { nullable: true, description: 'Value after; null when there is none. (新值)' })
  newValue!: unknown;
}
