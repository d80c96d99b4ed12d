import { pathsToNodes, type Selected, selectedBelow } from '../../core/model/selection.ts';
import { employeeModel } from '../../domains/employee/employee.model.ts';
import type { HistorySelection } from './history-page.service.ts';

/** What a selected field that returns a page of history has below it. */
export function historySelection(selected: Selected): HistorySelection {
  const { fields, nodes } = pathsToNodes(selected, 'FileChange');
  const actors = selectedBelow(nodes, 'FileChange').filter(({ name }) => name === 'actor');
  return {
    wantsTotal: fields.some(({ name }) => name === 'totalCount'),
    actor: actors.length === 0 ? null : { fields: selectedBelow(actors, employeeModel.name) },
  };
}
