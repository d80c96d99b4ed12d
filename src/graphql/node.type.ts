import { Extensions, Field, ID, InterfaceType } from 'type-graphql';

@InterfaceType({
  description: 'Anything with an id of its own, so that `node` can find it again. (节点)',
  resolveType: (value: { $type: string }) => value.$type,
})
@Extensions({ access: 'open' })
export abstract class Node {
  @Field(() => ID, { description: 'A typed, time-sortable id, such as cus_01j0b3v1mmeedtx9cpdgkfhbcg. (编号)', simple: true })
  id!: string;
}
