import { listResolverOf } from '../../core/model/list-resolver.ts';
import { interactionModel } from './interaction.model.ts';

export const InteractionResolver = listResolverOf(interactionModel, {
  name: 'interactions',
  description: 'Interactions of all files the viewer may see, newest first. (互动列表)',
});
