import { listResolverOf } from '../../core/model/list-resolver.ts';
import { mutationsOf } from '../../core/part/part-mutations.ts';
import { interactionModel } from './interaction.model.ts';
import { interactionWrites } from './interaction.write.ts';

export const interactionResolvers = [
  listResolverOf(interactionModel, {
    name: 'interactions',
    description: 'Interactions of all files the viewer may see, newest first. (互动列表)',
  }),
  ...mutationsOf(interactionWrites),
];
