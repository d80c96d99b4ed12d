import { sql } from 'drizzle-orm';
import { type Database, queryJson, type WriteOrigin, writeAs } from '../../core/database/database.ts';
import type { Issue } from '../../core/errors.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { optionalText } from '../../core/validation/fields.ts';
import { checkContact } from '../contact/contact.check.ts';
import { checkCustomer } from '../customer/customer.check.ts';
import { ConfirmationWay } from '../verification/verification.table.ts';
import type { Done, Notice, Typed } from './confirmation.page.ts';
import { hasOtherCorrections, isAnswerable, takeAnswer } from './confirmation.write.ts';
import { readShown, type ShownField, type ShownFile } from './confirmation-page.service.ts';
import { endRequests, type OpenRequest } from './confirmation-request.write.ts';

interface PageAnswer {
  request: OpenRequest;
  intent: 'confirm' | 'correct' | 'deny';
  form: URLSearchParams;
  origin: Pick<WriteOrigin, 'requestId' | 'address' | 'operationName'>;
  settings: Pick<Settings, 'nameStandard'>;
  now: Date;
}

type PageOutcome =
  | { state: 'DONE'; done: Done }
  | { state: 'SHOWN'; shown: ShownFile; notice: Notice; typed: Typed }
  /** Somebody answered, ended the request, or archived or resubmitted the file in the meantime. */
  | { state: 'GONE' };

/** What a customer says who is not one. English, then Chinese, as whoever deals with it reads it. */
const denied = 'The person reached says that this is not them. (对方表示并非本人或本单位。)';

/**
 * Takes what a customer answers on the page: values that they changed are proposed, the others confirmed. Nothing is taken where
 * something changed since it was shown, or where a correction does not meet the standard of its field.
 */
export function answerOnPage(
  db: Database,
  { request, intent, form, origin, settings, now }: PageAnswer,
): Promise<PageOutcome> {
  return writeAs(db, { ...origin, actorId: null, source: 'CUSTOMER' }, async (tx): Promise<PageOutcome> => {
    const shown = await readShown(tx, request, { isLocked: true });
    if (!shown || !isAnswerable(shown.file) || !(await isStillOpen(tx, request))) return { state: 'GONE' };
    const typed = readForm(form, shown);
    if (form.get('seen') !== shown.digest) {
      const none = { ...typed, texts: new Map(), problems: new Map() };
      return { state: 'SHOWN', shown, notice: 'changed', typed: none };
    }
    const { value, problem } = optionalText(500, { multiline: true }).check(typed.remark);
    if (problem)
      return {
        state: 'SHOWN',
        shown,
        notice: 'invalid',
        typed: { ...typed, remarkProblem: problem.message },
      };
    const note = value || null;
    const answer = {
      ...{ fileId: request.customerId, employeeId: null, at: now },
      ...{ channel: request.channel, way: ConfirmationWay.PAGE },
    };
    if (intent === 'deny') {
      await takeAnswer(tx, { ...answer, state: 'DISPUTED', note: note ? `${denied}\n${note}` : denied });
      await endRequests(tx, request.customerId, 'ANSWERED');
      return { state: 'DONE', done: 'denied' };
    }
    if (typed.texts.size === 0 && intent === 'correct') {
      if (note === null) return { state: 'SHOWN', shown, notice: 'nothing', typed };
      // Nobody knows which values the words are about, so that none counts as confirmed.
      await takeAnswer(tx, { ...answer, note, state: 'DISPUTED' });
      await endRequests(tx, request.customerId, 'ANSWERED');
      return { state: 'DONE', done: 'noted' };
    }
    const problems = problemsOf(typed, shown, settings, now);
    if (problems.size > 0) return { state: 'SHOWN', shown, notice: 'invalid', typed: { ...typed, problems } };
    const isCorrected = typed.texts.size > 0;
    const confirmed = shown.fields.filter((_, place) => !typed.texts.has(place));
    const rows = [request.customerId, ...(shown.contact ? [shown.contact.id] : [])];
    // What another contact corrected is still to be dealt with.
    const isDisputed = isCorrected || (await hasOtherCorrections(tx, request.customerId, rows));
    await takeAnswer(tx, {
      ...answer,
      note,
      shown: rows,
      state: isDisputed ? 'DISPUTED' : 'CONFIRMED',
      confirmed: sql`(select * from jsonb_to_recordset(${rowsOf(confirmed)}::text::jsonb) r (subject text, id uuid, key text))`,
    });
    if (isCorrected) await propose(tx, request, shown, typed, now);
    await endRequests(tx, request.customerId, 'ANSWERED');
    return { state: 'DONE', done: isCorrected ? 'corrected' : 'confirmed' };
  });
}

/** The file is locked by now: whoever answered before has ended the request. */
const isStillOpen = (tx: Database, { id }: OpenRequest): Promise<boolean> =>
  queryJson(
    tx,
    sql`select to_json(exists (select from confirmation_request where id = ${id}::uuid and ended_at is null))`,
  );

/** The texts that differ from what was shown. */
function readForm(form: URLSearchParams, { fields }: ShownFile): Typed {
  const texts = new Map<number, string>();
  for (const [place, { text, options }] of fields.entries()) {
    const sent = form.get(`v${place}`);
    if (sent === null) continue;
    const plain = sent.replaceAll('\r\n', '\n').replaceAll('\0', '').trim();
    if (plain === text.trim() || (options && !options.some(([value]) => value === plain))) continue;
    texts.set(place, plain);
  }
  return {
    texts,
    problems: new Map(),
    remarkProblem: null,
    remark: (form.get('remark') ?? '').replaceAll('\0', '').slice(0, 2_000),
  };
}

/** What is wrong with the corrections, by the standards that whoever accepts them is held to. */
function problemsOf(
  { texts }: Typed,
  { file, contact, fields }: ShownFile,
  { nameStandard }: Pick<Settings, 'nameStandard'>,
  now: Date,
): Map<number, string> {
  const problems = new Map<number, string>();
  for (const row of contact ? [file, contact] : [file]) {
    const input: Record<string, string | null> = {};
    const places = new Map<string, number>();
    for (const [place, typed] of texts) {
      const { of, subjectId } = fields[place] as ShownField;
      if (subjectId !== row.id) continue;
      input[of.field] = typed === '' ? null : typed;
      places.set(of.field, place);
    }
    if (places.size === 0) continue;
    const { issues }: { issues: Issue[] } =
      row === contact
        ? checkContact(input, {
            ...{ mode: 'update', current: contact, country: file.country, now },
            isOrganization: file.kind === 'ORGANIZATION',
          })
        : checkCustomer(input, { mode: 'update', current: file, now, nameStandard });
    for (const { path, message } of issues) {
      const place = places.get(String(path[0])) ?? [...places.values()][0];
      if (place !== undefined && !problems.has(place)) problems.set(place, message);
    }
  }
  return problems;
}

const rowsOf = (fields: readonly ShownField[]): string =>
  JSON.stringify(fields.map(({ of, subjectId }) => ({ subject: of.subject, id: subjectId, key: of.column })));

/** Keeps what the customer proposes, with what they were shown and the version of its row. */
async function propose(
  tx: Database,
  request: OpenRequest,
  { fields }: ShownFile,
  { texts }: Typed,
  now: Date,
): Promise<void> {
  const rows = [...texts].map(([place, typed]) => {
    const { of, subjectId, rowVersion, text } = fields[place] as ShownField;
    return {
      ...{ subject: of.subject, subject_id: subjectId, column_name: of.column, row_version: rowVersion },
      ...{ shown_text: text, proposed_text: typed === '' ? null : typed },
    };
  });
  await tx.execute(sql`
    insert into proposed_change (customer_id, request_id, subject, subject_id, column_name, row_version, shown_text, proposed_text, proposed_at)
    select ${request.customerId}::uuid, ${request.id}::uuid, r.*, ${now.toISOString()}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
      r (subject text, subject_id uuid, column_name text, row_version integer, shown_text text, proposed_text text)`);
}
