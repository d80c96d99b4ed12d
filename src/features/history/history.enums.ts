import { registerEnumType } from 'type-graphql';

/** The types whose objects a file consists of: filled from the models when the schema is built. */
export const FileEntityType: Record<string, string> = {};

registerEnumType(FileEntityType, {
  name: 'FileEntityType',
  description: 'A type whose objects a file consists of. (档案内容类型)',
});
