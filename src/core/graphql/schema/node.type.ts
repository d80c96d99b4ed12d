import { Field, ID, InterfaceType } from 'type-graphql';
import { Extensions } from '../../model/extensions.ts';

@InterfaceType({
  description: 'An object with an id, by which `node` can load it again. (节点)',
  resolveType: (value: { $type: string }) => value.$type,
})
export abstract class Node {
  // On the field, not on the class: a class's access is inherited, and every field of every node would be open.
  @Extensions({ access: 'open' })
  @Field(() => ID, {
    description: 'A typed, time-sortable id, such as cus_01j0b3v1mmeedtx9cpdgkfhbcg. (编号)',
    simple: true,
  })
  id!: string;
}
