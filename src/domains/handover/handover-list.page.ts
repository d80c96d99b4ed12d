import { encodeId } from '../../core/graphql/schema/type-id.ts';
import { enumLabel, type Locale } from '../../core/model/label.ts';
import { escaped } from '../../core/page/markup.ts';
import { pageHeaders } from '../../core/page/page.ts';
import { CustomerStage } from '../customer/customer.table.ts';
import { HandoverReason } from './handover.table.ts';
import type { HandoverHead, ListPart, ListRow, Person } from './handover-list.service.ts';

const style = `
:root { color-scheme: light; }
body { font: 14px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; margin: 1.5rem auto; max-width: 70rem; padding: 0 1rem; color: #1a1a1a; background: #fff; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .15rem 1rem; margin: 0; } dt { color: #555; } dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin-top: .5rem; } th, td { border: 1px solid #999; padding: .25rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #f2f2f2; } td.n, th.n { text-align: right; white-space: nowrap; } td.code { white-space: nowrap; } .unseen { color: #555; font-style: italic; }
.sign { display: flex; flex-wrap: wrap; gap: 1.5rem; margin-top: 2rem; break-inside: avoid; } .sign div { flex: 1 1 12rem; border-top: 1px solid #1a1a1a; padding-top: .25rem; margin-top: 2.5rem; }
@media (max-width: 40rem) { thead { display: none; } table, tbody, tr, td { display: block; border: 0; } tr { border: 1px solid #999; margin-bottom: .5rem; padding: .25rem; } td { padding: .1rem .25rem; } td.n { text-align: left; } td[data-label]::before { content: attr(data-label) ": "; color: #555; } :lang(zh) td[data-label]::before { content: attr(data-label) "："; } }
@media print { body { margin: 0; max-width: none; font-size: 11px; } h2 { break-before: auto; } thead { display: table-header-group; } tr { break-inside: avoid; } @page { size: A4 landscape; margin: 12mm; } }
`;

/** Only the page's inline style is allowed: no scripts, no requests, no forms. */
export const listHeaders = pageHeaders(style, "'none'");

const words = {
  ZH: {
    lang: 'zh-CN',
    title: '移交清单',
    from: '移交人',
    performedBy: '经办人',
    reason: '移交原因',
    at: '移交时间',
    segments: '移交客户分群数',
    receiver: '接收人：',
    owned: '接任对接人（份）',
    kept: '接任档案责任人（份）',
    confirmed: '接收确认',
    pending: '待确认',
    inPlace: (name: string) => `（由${name}代为确认）`,
    unseen: '您现在无权查看此档案',
    total: '清单档案数（份）',
    end: (files: number) => `清单完，共 ${files} 份。`,
    notKept: '未保留清单。',
    none: '没有档案。',
    signatures: ['移交人签字、日期', '接收人签字、日期', '监交人签字、日期'],
    refused: '此链接无效或已过期，请重新打开移交记录取得。',
  },
  EN: {
    lang: 'en',
    title: 'Handover list',
    from: 'Handed over by',
    performedBy: 'Processed by',
    reason: 'Reason',
    at: 'Handed over at',
    segments: 'Segments',
    receiver: 'Received by: ',
    owned: 'Files as owner',
    kept: 'Files as custodian',
    confirmed: 'Confirmed',
    pending: 'not yet',
    inPlace: (name: string) => `, by ${name} in their place`,
    unseen: 'You may not see this file now',
    total: 'Files on this list',
    end: (files: number) => `End of list, ${files} ${files === 1 ? 'file' : 'files'}.`,
    notKept: 'The list was not kept.',
    none: 'No files.',
    signatures: ['Handed over: signature, date', 'Received: signature, date', 'Witnessed: signature, date'],
    refused: 'This link is not valid or has expired; take a new one from the handover.',
  },
} as const;

export interface PageOptions {
  locale: Locale;
  /** IANA name. */
  timeZone: string;
}

const open = (locale: Locale): string =>
  `<!doctype html><html lang="${words[locale].lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
  `<title>${words[locale].title}</title><style>${style}</style></head><body><h1>${words[locale].title}</h1>`;

/** The page for an invalid or expired link, or a list that the viewer may not see. */
export const refusalPage = (locale: Locale): string => failurePage(locale, words[locale].refused);

/** The page that says why the list cannot be shown. */
export const failurePage = (locale: Locale, why: string): string =>
  `${open(locale)}<p>${escaped(why)}</p></body></html>`;

const nameOf = ({ id, name }: Person): string => name ?? encodeId('emp', id);

/**
 * The list as a page to read, print and sign, in chunks. A page that broke off can be recognised: it lacks the closing
 * line, which counts its files.
 */
export async function* handoverListPage(
  head: HandoverHead,
  filesOf: (receiverId: string) => AsyncIterable<ListRow[]>,
  options: PageOptions,
): AsyncGenerator<string> {
  const { locale } = options;
  const word = words[locale];
  yield open(locale) +
    terms([
      [word.from, nameOf(head.from)],
      [word.performedBy, nameOf(head.performedBy)],
      [word.reason, enumLabel(HandoverReason, head.reason)[locale]],
      [word.at, instant(head.createdAt, options)],
      ...(head.segments > 0 ? [segmentsTerm(head, word.segments)] : []),
    ]);
  if (head.parts.length === 0) yield `<p>${word.none}</p>`;
  for (const part of head.parts) {
    yield partHead(part, options);
    let count = 0;
    if (part.files > 0) yield tableHead(locale);
    for await (const rows of filesOf(part.receiver.id)) {
      const first = count;
      count += rows.length;
      yield rows.map((row, i) => tableRow(row, first + i + 1, locale)).join('');
    }
    const end = `<p class="end">${part.files > 0 ? word.end(count) : word.notKept}</p>`;
    yield `${part.files > 0 ? '</tbody></table></div>' : ''}${end}<div class="sign">${word.signatures.map((text) => `<div>${text}</div>`).join('')}</div>`;
  }
  yield '</body></html>';
}

const segmentsTerm = ({ segments, segmentsTo }: HandoverHead, term: string): [string, string] => [
  term,
  segmentsTo ? `${segments} → ${nameOf(segmentsTo)}` : String(segments),
];

const terms = (pairs: [string, string][]): string =>
  `<dl>${pairs.map(([term, text]) => `<dt>${term}</dt><dd>${escaped(text)}</dd>`).join('')}</dl>`;

function partHead(part: ListPart, options: PageOptions): string {
  const word = words[options.locale];
  return (
    `<h2>${word.receiver}${escaped(nameOf(part.receiver))}</h2>` +
    terms([
      [word.owned, String(part.customers)],
      [word.kept, String(part.custodianships)],
      ...(part.files > 0 ? [[word.total, String(part.files)] as [string, string]] : []),
      [word.confirmed, confirmation(part, options)],
    ])
  );
}

/** When it was confirmed, and by whom if not by the receiver. */
function confirmation({ receiver, confirmedAt, confirmedBy }: ListPart, options: PageOptions): string {
  const word = words[options.locale];
  if (confirmedAt === null) return word.pending;
  const when = instant(confirmedAt, options);
  return confirmedBy && confirmedBy.id !== receiver.id ? when + word.inPlace(nameOf(confirmedBy)) : when;
}

interface Column {
  label: Record<Locale, string>;
  /** Whether its cells are numbers, or codes, which are not wrapped. */
  kind?: 'n' | 'code';
  cell: (row: ListRow, number: number, locale: Locale) => string;
}

const optionalName = (person: Person | null): string => (person === null ? '—' : nameOf(person));
const change = (before: Person | null, after: Person | null): string =>
  before?.id === after?.id ? optionalName(after) : `${optionalName(before)} → ${optionalName(after)}`;

const numberColumn: Column = {
  label: { ZH: '序号', EN: 'No.' },
  kind: 'n',
  cell: (_row, number) => String(number),
};

/** Of a file that the viewer can see. */
const fileColumns: readonly Column[] = [
  { label: { ZH: '客户编号', EN: 'File number' }, kind: 'code', cell: ({ fileNumber }) => fileNumber ?? '' },
  { label: { ZH: '名称', EN: 'Name' }, cell: ({ name }) => name ?? '—' },
  {
    label: { ZH: '阶段', EN: 'Stage' },
    kind: 'code',
    cell: ({ stage }, _number, locale) => (stage === null ? '' : enumLabel(CustomerStage, stage)[locale]),
  },
  {
    label: { ZH: '未满足需求', EN: 'Open needs' },
    kind: 'n',
    cell: ({ openNeeds }) => String(openNeeds ?? ''),
  },
  {
    label: { ZH: '进行中商机', EN: 'Open deals' },
    kind: 'n',
    cell: ({ openDeals }) => String(openDeals ?? ''),
  },
  {
    label: { ZH: '对接人（移交前 → 移交后）', EN: 'Owner, before → after' },
    cell: ({ ownerBefore, ownerAfter }) => change(ownerBefore, ownerAfter),
  },
  {
    label: { ZH: '档案责任人（移交前 → 移交后）', EN: 'Custodian, before → after' },
    cell: ({ custodianBefore, custodianAfter }) => change(custodianBefore, custodianAfter),
  },
];

function tableHead(locale: Locale): string {
  const heads = [numberColumn, ...fileColumns]
    .map(({ label, kind }) => `<th${kind === 'n' ? ' class="n"' : ''}>${label[locale]}</th>`)
    .join('');
  return `<div class="wide"><table><thead><tr>${heads}</tr></thead><tbody>`;
}

function tableRow(row: ListRow, number: number, locale: Locale): string {
  const cellOf = ({ label, kind, cell }: Column) =>
    `<td${kind ? ` class="${kind}"` : ''} data-label="${label[locale]}">${escaped(cell(row, number, locale))}</td>`;
  const cells =
    row.fileNumber === null
      ? `<td colspan="${fileColumns.length}" class="unseen">${words[locale].unseen}</td>`
      : fileColumns.map(cellOf).join('');
  return `<tr>${cellOf(numberColumn)}${cells}</tr>`;
}

const instant = (text: string, { locale, timeZone }: PageOptions): string =>
  new Intl.DateTimeFormat(words[locale].lang, { timeZone, dateStyle: 'long', timeStyle: 'short' }).format(
    new Date(text),
  );
