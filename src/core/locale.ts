import { Locale } from './model/label.ts';

/**
 * The reader's language: the one they state (`zh`, `zh-CN`, `EN` …), otherwise the supported one that an
 * `Accept-Language` header prefers, otherwise Chinese. Anything else that a client sends counts as not stated.
 */
export function localeOf(stated: unknown, accepted?: unknown): Locale {
  const [found] = [...rangesOf(stated), ...rangesOf(accepted)];
  return found ?? Locale.ZH;
}

/** The supported languages of a header, the preferred one first (RFC 9110, 12.5.4). */
function rangesOf(header: unknown): Locale[] {
  if (typeof header !== 'string') return [];
  return header
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range.split(';').map((part) => part.trim());
      const quality = parameters.find((parameter) => /^q=/i.test(parameter));
      return {
        language: /^(zh|en)\b/i.exec(tag)?.[1]?.toUpperCase(),
        quality: Number(quality?.slice(2) ?? 1),
      };
    })
    .filter(({ quality }) => quality > 0)
    .sort((one, other) => other.quality - one.quality)
    .flatMap(({ language }) => (language === 'ZH' || language === 'EN' ? [language] : []));
}

/**
 * The part of a message in one language. Messages are written as `English. (中文。)`, so that both stand side by side in
 * the source, in the log and on the terminal; a text of any other shape is returned unchanged.
 */
export function messageIn(locale: Locale, message: string): string {
  const start = startOfChinese(message);
  if (start < 0) return message;
  return locale === Locale.EN ? message.slice(0, start).trimEnd() : message.slice(start + 1, -1);
}

/** Where the parenthesis opens that ends with the message; a quoted value may contain others. */
function startOfChinese(message: string): number {
  if (!message.endsWith(')')) return -1;
  let depth = 0;
  for (let i = message.length - 1; i > 0; i -= 1) {
    if (message[i] === ')') depth += 1;
    else if (message[i] === '(') depth -= 1;
    if (depth === 0) return /\p{Script=Han}/u.test(message.slice(i)) ? i : -1;
  }
  return -1;
}
