/** Escapes a text for use in a SQL `like` pattern, so that `%`, `_` and `\` match literally. */
export const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&');
