import { Field, InputType } from 'type-graphql';
import { PremisesCategory } from './customer.table.ts';

@InputType({
  description:
    'A unit of a property, written whole; parts in any width and with or without what stands behind them: 3, 3栋 and ３号楼 are one building. (户址)',
})
export class PremisesInput {
  @Field(() => PremisesCategory, { description: 'What it is for. (户址类别)' })
  category!: PremisesCategory;

  @Field(() => String, {
    description:
      'The building, at most 10 letters and figures, such as 3栋; the estate may stand before it. (楼幢)',
  })
  building!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The entrance, at most 6 letters and figures, such as 2单元. (单元)',
  })
  unit?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The floor, at most 4 letters and figures, such as 5层, or B1 and 负一层 below ground; follows from a room of three or four figures unless given. (楼层)',
  })
  floor?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The room, at most 8 letters and figures, such as 501室. (房号)',
  })
  room?: string | null;
}
