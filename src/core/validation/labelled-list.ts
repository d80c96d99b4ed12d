import { accept, type Checked, type Problem, refuse } from './checked.ts';
import { checkEmail } from './email.ts';
import { type PhoneOptions, readPhone } from './phone.ts';
import { checkText, oneLine, plainText, withoutMarks } from './text.ts';

/** A number with what it is for: 总机, 客服. */
export type LabelledPhone = { label: string | null; number: string; extension: string | null };
export type LabelledEmail = { label: string | null; address: string };
/** The key that another system knows the row by. */
export type ExternalKeyValue = { source: string; key: string };

/** As a client sends them; each list may also be the text that an export writes. */
export type PhoneItem = { label?: string | null; number: string; extension?: string | null };
export type EmailItem = { label?: string | null; address: string };

const MOST_ITEMS = 20;
const LONGEST_LABEL = 30;

/** A list of phones, or a text such as "总机: 0755-82345678转801; 400-820-8820". Problems: LIST_LENGTH, those of readPhone. */
export const checkPhones = (
  given: readonly PhoneItem[] | string,
  options: PhoneOptions,
): Checked<LabelledPhone[] | null> => {
  // A comma or slash parts two numbers only where a whole one follows: 82345678,801 has an extension.
  const parts = (text: string) => text.split(/[;；、\n]|[,，/](?=\s*\+?\(?\d[\d\s()-]{6,})/);
  const items = typeof given === 'string' ? parts(given).flatMap((part) => labelled(part, 'number')) : given;
  return checkItems(
    items as readonly PhoneItem[],
    (item) => {
      const phone = readPhone(
        item.extension ? `${item.number} ext. ${item.extension}` : item.number,
        options,
      );
      if (phone.problem) return { problem: phone.problem };
      return accept({ label: labelOf(item), ...phone.value });
    },
    ({ number, extension }) => `${number} ${extension}`,
  );
};

/** A list of e-mail addresses, or a text such as "采购: li@example.com; wang@example.com". Problems: LIST_LENGTH, those of checkEmail. */
export const checkEmails = (given: readonly EmailItem[] | string): Checked<LabelledEmail[] | null> => {
  const items =
    typeof given === 'string'
      ? given.split(/[;；、,，\n]/).flatMap((part) => labelled(part, 'address'))
      : given;
  return checkItems(
    items as readonly EmailItem[],
    (item) => {
      const { value, problem } = checkEmail(item.address);
      return problem ? { problem } : accept({ label: labelOf(item), address: value });
    },
    ({ address }) => address.toLowerCase(),
  );
};

/** A list of keys in other systems, or a text such as "sap:10023; crm:A-17". Problems: LIST_LENGTH, EXTERNAL_KEY_FORMAT. */
export const checkExternalKeys = (
  given: readonly ExternalKeyValue[] | string,
): Checked<ExternalKeyValue[] | null> => {
  const items =
    typeof given === 'string'
      ? given
          .split(/[;；\n]/)
          .filter((part) => withoutMarks(part) !== '')
          .map(externalKeyOf)
      : given;
  return checkItems(
    items,
    (item) => {
      const { source } = plainKey(item);
      const { value: key, problem } = checkText(item.key, { min: 1, max: 200 });
      if (problem) return { problem };
      if (/^[a-z0-9-]{1,63}$/.test(source) && !/[;；]/.test(key)) return accept({ source, key });
      return refuse(
        'EXTERNAL_KEY_FORMAT',
        'A key names its system in lower-case letters, digits and hyphens, such as sap:10023',
        '外部编号须注明来源系统(小写字母、数字、连字符)，例如sap:10023',
      );
    },
    ({ source, key }) => `${source}:${key}`,
  );
};

/** The key that "SAP: 10023" writes, as it is stored: sap:10023. */
export function externalKeyOf(text: string): ExternalKeyValue {
  const [, source = '', key = ''] = /^([^:：]*)[:：](.*)$/su.exec(text) ?? [];
  return plainKey({ source, key });
}

const plainKey = ({ source, key }: ExternalKeyValue): ExternalKeyValue => ({
  source: plainText(source).toLowerCase(),
  key: oneLine(key),
});

/** A list of names, or a text of them; a semicolon parts two in either. Problems: LIST_LENGTH, those of checkText. */
export const checkNames = (given: readonly string[] | string): Checked<string[] | null> => {
  // As it is stored: other signs become a semicolon, U+037E among them.
  const parts = (text: string) =>
    text
      .normalize('NFKC')
      .split(/[;\n]/)
      .filter((part) => withoutMarks(part) !== '');
  const items =
    typeof given === 'string'
      ? parts(given)
      : given.flatMap((text) => (text.normalize('NFKC').includes(';') ? parts(text) : text));
  return checkItems(
    items,
    (item) => checkText(plainText(item), { min: 2, max: 200 }),
    (name) => name,
  );
};

function labelled<Field extends string>(part: string, field: Field): Record<string, string | null>[] {
  const text = withoutMarks(part);
  if (text === '') return [];
  const [, label = '', rest] = /^([^:：<>]{1,30})[:：]\s*(.+)$/su.exec(text) ?? [];
  if (rest !== undefined && saysSomething(label)) return [{ label: label.trim(), [field]: rest }];
  const [, name, address] = /^(.*?)\s*<([^<>]+)>$/su.exec(text) ?? [];
  return [address === undefined ? { label: null, [field]: text } : { label: name || null, [field]: address }];
}

/** Whether a label says what the item is for: "Tel" and a number do not. */
const saysSomething = (label: string): boolean => !/^\s*(?:tel|mailto|[\d\s()+.-]*)\s*$/i.test(label);

/** A label without the signs that part it from its item in a text. */
function labelOf({ label }: { label?: string | null }): string | null {
  const plain = [...plainText(plainText(label ?? '').replace(/[;；:：,，、/<>]/g, ' '))];
  const short = plain.slice(0, LONGEST_LABEL).join('').trim();
  return saysSomething(short) ? short : null;
}

/** Checks each item; of equal ones the first is kept. An empty list is no value. */
function checkItems<In, Out>(
  items: readonly In[],
  check: (item: In) => Checked<Out>,
  keyOf: (item: Out) => string,
): Checked<Out[] | null> {
  if (items.length > MOST_ITEMS) {
    return refuse('LIST_LENGTH', `At most ${MOST_ITEMS} entries`, `最多${MOST_ITEMS}项`);
  }
  const problems: Problem[] = [];
  const kept = new Map<string, Out>();
  for (const [index, item] of items.entries()) {
    const { value, problem } = check(item);
    if (problem) problems.push({ ...problem, at: [index] });
    else if (!kept.has(keyOf(value))) kept.set(keyOf(value), value);
  }
  const [problem, ...others] = problems;
  if (problem) return { problem, others };
  return accept(kept.size === 0 ? null : [...kept.values()]);
}
