import { registerEnumType } from 'type-graphql';
// Importing the customer's model declares the models of all parts, to which it refers.
import '../../domains/customer/customer.model.ts';
import { partEventWords } from '../../core/model/registry.ts';

/** Events of a file as a whole and of a viewer's access to it, and those that keep a subscription going. */
const ownWords = {
  CREATED: 'The file was opened. (建档)',
  UPDATED: 'Fields of the file changed. (更新)',
  OWNER_CHANGED: 'The file has another owner. (更换对接人)',
  ARCHIVED: 'The file was archived. (封存)',
  RESTORED: 'The file was taken out of the archive. (恢复)',
  REMOVED: 'The file was deleted. (删除)',
  ACCESS_GAINED:
    'The file became the viewer’s, as owner, co-owner or delegate, or they were granted access to it: load it. (获得权限)',
  ACCESS_CHANGED: 'What the viewer may read of the file has changed: load it again. (权限变更)',
  ACCESS_ENDED:
    'The file is no longer the viewer’s, or their grant has ended: drop it. The event has no content. (权限终止)',
  BULK_CHANGED: 'Very many changes at once: load the list again. (批量变更)',
  BOOKMARK: 'Nothing happened; a newer cursor. (书签)',
};

/** Event types of the log that clients receive as another type. */
export const seenAs: Readonly<Record<string, string>> = { ACCESS_GRANTED: 'ACCESS_GAINED' };

/** One of the file's own event types, or of those that its parts declare. */
export type CustomerFileEventType = keyof typeof ownWords | (string & {});

const words = [
  ...Object.entries(ownWords),
  ...partEventWords().map(({ type, description }) => [type, description] as const),
];

/** Every event type that clients can receive. Those of the log come from the capture triggers. */
export const CustomerFileEventType: Readonly<Record<string, string>> = Object.fromEntries(
  words.map(([type]) => [type, type]),
);

registerEnumType(CustomerFileEventType, {
  name: 'CustomerFileEventType',
  description: 'What happened to a file. (事件类型)',
  valuesConfig: Object.fromEntries(words.map(([type, description]) => [type, { description }])),
});
