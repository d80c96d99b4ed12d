import { Field, ObjectType } from 'type-graphql';
import { Extensions } from '../../core/model/extensions.ts';
import './customer.enums.ts';
import { PremisesCategory } from './customer.table.ts';

// Texts are authorized by the field of the customer that holds them.

@ObjectType({
  description: 'A unit of a property: which household or shop a file is of. (户址)', // R80, AC-14
  simpleResolvers: true,
})
@Extensions({ access: 'open' })
export class Premises {
  @Field(() => PremisesCategory, { description: 'What it is for. (户址类别)' })
  category!: PremisesCategory;

  @Field(() => String, { description: 'The building, such as 3. (楼幢)' })
  @Extensions({ text: 'QUOTED' })
  building!: string;

  @Field(() => String, { nullable: true, description: 'The entrance, such as 2. (单元)' })
  @Extensions({ text: 'QUOTED' })
  unit!: string | null;

  @Field(() => String, { nullable: true, description: 'The floor, such as 5 or B1. (楼层)' })
  @Extensions({ text: 'QUOTED' })
  floor!: string | null;

  @Field(() => String, { nullable: true, description: 'The room, such as 501. (房号)' })
  @Extensions({ text: 'QUOTED' })
  room!: string | null;
}
