import { listResolverOf } from '../../core/model/list-resolver.ts';
import { runModel } from './run.model.ts';

export const RunResolver = listResolverOf(runModel, {
  name: 'runs',
  description:
    'Work that recurs, its progress and failures, latest first; for managers and administrators. Runs are kept. (定期作业列表)',
});
