/** A text as a part of a pattern of SQL's `like`, in which it stands for itself: `%`, `_` and `\` are escaped. */
export const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&');
