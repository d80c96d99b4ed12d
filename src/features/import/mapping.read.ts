import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { checkEmail } from '../../core/validation/email.ts';
import { type MapReader, readMap } from './mapping.document.ts';
import type { Condition, Entry, Mapping, Part, Source } from './mapping.types.ts';
import type { RecordType } from './record-type.ts';
import { recordTypes } from './record-types.ts';

/**
 * Reads a mapping file. Throws one error that names every mistake and its place, so that nobody has to fix them one run
 * at a time.
 */
export async function readMapping(path: string): Promise<Mapping> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new Error(`There is no mapping ${path}. (找不到映射文件 ${path}。)`);
  });
  const { mapping, mistakes } = parseMapping(text);
  if (mistakes.length === 0) return mapping;
  const lines = mistakes.map((mistake) => `  ${mistake}`);
  throw new Error([`Mistakes in ${path} (映射文件有误):`, ...lines].join('\n'));
}

/** Parses a mapping, which is usable only if there are no mistakes. JSON is accepted too, since it is YAML. */
export function parseMapping(text: string): { mapping: Mapping; mistakes: string[] } {
  // In the failsafe schema every scalar is text. Otherwise 000001 would be a number and a blank null.
  const document = parseDocument(text, { schema: 'failsafe' });
  const mistakes = document.errors.map(({ message }) => message.split('\n')[0] ?? message);
  const isReadable = mistakes.length === 0;
  const root = readMap(isReadable ? document.toJS() : {}, '', mistakes);
  const mapping: Mapping = {
    source:
      root.text('source', /^[a-z0-9-]{1,63}$/, [
        'of lower-case letters, digits and hyphens',
        '小写字母、数字与连字符',
      ]) ?? '',
    encoding: readEncoding(root),
    delimiter: root.text('delimiter', /^.$/, ['a single character', '单个字符'], ',') ?? ',',
    owner: root.optionalText('owner'),
    entries: root.list('records').map(readEntry),
  };
  if (mapping.owner && checkEmail(mapping.owner).problem) {
    root.mistake('owner', ['must be an e-mail address', '须为邮箱地址']);
  }
  const names = mapping.entries.map(({ name }) => name);
  for (const name of new Set(names.filter((name, index) => names.indexOf(name) !== index))) {
    root.mistake('records', [`has two named "${name}": give one a name of its own`, `有两项名为"${name}"`]);
  }
  root.refuseOthers();
  // If the document cannot be parsed, mistakes that only follow from that would be noise.
  return { mapping, mistakes: isReadable ? mistakes : mistakes.slice(0, document.errors.length) };
}

function readEncoding(root: MapReader): string {
  const encoding = root.optionalText('encoding') ?? 'utf-8';
  try {
    return new TextDecoder(encoding).encoding;
  } catch {
    root.mistake('encoding', [
      'must be an encoding such as utf-8 or gb18030',
      '须为编码名称，如 utf-8 或 gb18030',
    ]);
    return 'utf-8';
  }
}

function readEntry(entry: MapReader): Entry {
  const name = entry.optionalText('subject') ?? '';
  const recordType = recordTypes.find((candidate) => candidate.name === name);
  if (!recordType) {
    const known = recordTypes.map((candidate) => candidate.name).join(', ');
    entry.mistake('subject', [`must be one of ${known}`, `须为以下之一：${known}`]);
  }
  if (!entry.has('key')) entry.mistake('key', ['is missing: it tells records apart', '缺失：用于区分记录']);
  const result: Entry = {
    name: entry.optionalText('name') ?? name,
    subject: recordType?.name ?? 'customer',
    pass: Number(entry.text('pass', /^[1-9]$/, ['a number from 1 to 9', '1 到 9 的数字'], '1')),
    key: readSource(entry, 'key'),
    isUpdateOnly: readFlag(entry, 'existing'),
    when: readConditions(entry),
    fields: readFields(entry, recordType),
    tags: readTags(entry, recordType),
  };
  entry.refuseOthers();
  return result;
}

function readFields(entry: MapReader, recordType: RecordType | undefined): Entry['fields'] {
  const fields = entry.map('fields');
  const known = recordType && [...recordType.fields, ...Object.keys(recordType.references)];
  for (const [name, { need }] of Object.entries(recordType?.references ?? {})) {
    if (need === 'required' && !fields.has(name)) fields.mistake(name, ['is missing', '缺失']);
  }
  return fields.names().map((name) => {
    if (known && !known.includes(name)) {
      const list = known.join(', ');
      fields.mistake(name, [
        `is no field of ${recordType?.name}; known are ${list}`,
        `不是可导入的字段；可用的有 ${list}`,
      ]);
    }
    return [name, readSource(fields, name)];
  });
}

function readTags(entry: MapReader, recordType: RecordType | undefined): Source[] {
  const value = entry.get('tags');
  if (value === undefined) return [];
  if (!Array.isArray(value)) entry.mistake('tags', ['must be a list', '须为列表']);
  if (recordType && recordType.name !== 'customer')
    entry.mistake('tags', ['are for customers only', '仅用于客户']);
  const items = Array.isArray(value) ? value : [];
  return items.map((item, index) => readSourceOf(item, () => entry.open(item, `tags[${index}]`)));
}

/** A source is a column's name, or a map with one of column, template and value. */
const readSource = (parent: MapReader, name: string): Source =>
  readSourceOf(parent.get(name), () => parent.map(name));

function readSourceOf(value: unknown, open: () => MapReader): Source {
  if (typeof value === 'string') return columnSource(value);
  const source = open();
  const result: Source = {
    parts: readParts(source, value !== undefined),
    isInitial: readFlag(source, 'initial'),
    when: readConditions(source),
    replace: source.has('replace') ? readTexts(source.map('replace')) : [],
    values: source.has('values') ? new Map(readTexts(source.map('values'))) : undefined,
    otherwise: source.optionalText('otherwise'),
    date: source.has('date')
      ? source.text('date', /^(?=.*yyyy)[ymd年月日/.\- ]+$/, [
          'a form such as dd/mm/yyyy',
          '格式，如 dd/mm/yyyy',
        ])
      : undefined,
    time: source.has('time')
      ? source.text('time', /^\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$/, [
          'a time with its offset such as 00:00:00Z',
          '带时区的时间，如 00:00:00Z',
        ])
      : undefined,
    times: source.has('times')
      ? source.text('times', /^\d+(\.\d+)?$/, ['a decimal number', '十进制数'])
      : undefined,
  };
  if (result.otherwise !== undefined && !result.values) {
    source.mistake('otherwise', ['needs values beside it', '须与 values 同用']);
  }
  if (result.time && !result.date) source.mistake('time', ['needs a date beside it', '须与 date 同用']);
  source.refuseOthers();
  return result;
}

const readFlag = (map: MapReader, name: string): boolean =>
  map.text(name, /^(true|false)$/, ['true or false', ' true 或 false'], 'false') === 'true';

const plainSource: Source = {
  parts: [],
  isInitial: false,
  when: [],
  replace: [],
  values: undefined,
  otherwise: undefined,
  date: undefined,
  time: undefined,
  times: undefined,
};

/** A column as it is. */
export const columnSource = (column: string): Source => ({ ...plainSource, parts: [columnPart(column)] });

const columnPart = (column: string): Part => ({ column: column.trim(), isOptional: false, form: 'plain' });

function readParts(source: MapReader, isGiven: boolean): Part[] {
  const column = source.optionalText('column');
  const template = source.optionalText('template');
  const constant = source.optionalText('value');
  if (isGiven && [column, template, constant].filter((text) => text !== undefined).length !== 1) {
    source.mistake('', ['must have one of column, template and value', '须有 column、template、value 之一']);
  }
  if (template !== undefined) return readTemplate(source, template);
  return column !== undefined ? [columnPart(column)] : [{ literal: constant ?? '' }];
}

function readTemplate(source: MapReader, template: string): Part[] {
  return template
    .split(/(\{[^{}]*\})/)
    .filter(Boolean)
    .map((piece) => {
      if (!/[{}]/.test(piece)) return { literal: piece };
      const [, column, optional, form] = /^\{([^{}|?]+)(\?)?(?:\|(mailbox))?\}$/.exec(piece) ?? [];
      if (column === undefined) {
        const known = '{column}, {column?}, {column|mailbox}';
        source.mistake('template', [
          `has "${piece}", which is none of ${known}`,
          `"${piece}"不是 ${known} 之一`,
        ]);
        return { literal: piece };
      }
      return { ...columnPart(column), isOptional: optional !== undefined, form: form ? 'mailbox' : 'plain' };
    });
}

const readTexts = (map: MapReader): [string, string][] =>
  map.names().map((name) => [name, map.optionalText(name) ?? '']);

/** `when: { column: text }`, `{ column: [text, text] }`, or `{ column: "*" }` for any text that is not blank. */
function readConditions(parent: MapReader): Condition[] {
  if (!parent.has('when')) return [];
  const when = parent.map('when');
  return when.names().map((column) => {
    const value = when.get(column);
    const texts = (Array.isArray(value) ? value : [value]).filter((text) => typeof text === 'string');
    if (texts.length === 0) when.mistake(column, ['must be a text or a list of texts', '须为文本或文本列表']);
    return { column: column.trim(), texts: texts.includes('*') ? [] : texts };
  });
}
