/** Reads the members of a map in a mapping file, collects their mistakes and remembers which members were read. */
export interface MapReader {
  has: (name: string) => boolean;
  get: (name: string) => unknown;
  names: () => string[];
  /** The text of a member, or undefined where there is none. */
  optionalText: (name: string) => string | undefined;
  /** A text that matches `form`, which `words` describes in the message; required unless there is a fallback. */
  text: (name: string, form: RegExp, words: Words, fallback?: string) => string | undefined;
  map: (name: string) => MapReader;
  /** Reads a value of the document as the map at `name`. */
  open: (value: unknown, name: string) => MapReader;
  list: (name: string) => MapReader[];
  mistake: (name: string, words: Words) => void;
  /** Reports every member that was not read; this finds spelling mistakes. */
  refuseOthers: () => void;
}

/** English and Chinese, each without a final stop. */
export type Words = readonly [english: string, chinese: string];

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `path` is where the map is in the document, e.g. "records[0].fields"; mistakes are added to `mistakes`. */
export function readMap(value: unknown, path: string, mistakes: string[]): MapReader {
  const members = isMap(value) ? value : {};
  const requested = new Set<string>();
  const placeOf = (name: string): string => [path, name].filter(Boolean).join('.') || 'The file';
  const mistake = (name: string, [english, chinese]: Words): void => {
    mistakes.push(`${placeOf(name)} ${english}. (${chinese}。)`);
  };
  const get = (name: string): unknown => {
    requested.add(name);
    return members[name];
  };
  const optionalText = (name: string): string | undefined => {
    const given = get(name);
    if (given !== undefined && typeof given !== 'string') mistake(name, ['must be a text', '须为文本']);
    return typeof given === 'string' ? given : undefined;
  };

  if (!isMap(value)) mistake('', ['must be a map', '须为键值映射']);
  return {
    get,
    mistake,
    optionalText,
    has: (name) => get(name) !== undefined,
    names: () => Object.keys(members),
    text(name, form, [english, chinese], fallback) {
      if (get(name) === undefined) {
        if (fallback === undefined) mistake(name, ['is missing', '缺失']);
        return fallback;
      }
      const text = optionalText(name);
      if (text !== undefined && !form.test(text)) {
        mistake(name, [`must be ${english}, not "${text}"`, `须为${chinese}，而不是"${text}"`]);
      }
      return text;
    },
    map: (name) => readMap(get(name) ?? {}, placeOf(name), mistakes),
    open: (inner, name) => readMap(inner, placeOf(name), mistakes),
    list(name) {
      const items = get(name);
      if (Array.isArray(items) && items.length > 0) {
        return items.map((item, index) => readMap(item, `${placeOf(name)}[${index}]`, mistakes));
      }
      mistake(name, ['must be a list with at least one member', '须为非空列表']);
      return [];
    },
    refuseOthers() {
      const known = [...requested].join(', ');
      for (const name of Object.keys(members)) {
        if (!requested.has(name))
          mistake(name, [`is not known here; known are ${known}`, `未知；可用的有 ${known}`]);
      }
    },
  };
}
