import { timingSafeEqual } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AccessLog } from '../../core/access/access-log-port.ts';
import type { Database } from '../../core/database/database.ts';
import { encodeId } from '../../core/graphql/schema/type-id.ts';
import { localeOf } from '../../core/locale.ts';
import type { Locale } from '../../core/model/label.ts';
import { createAttempts, registerForms, sendTooMany } from '../../core/page/page.route.ts';
import { sendPage, type View } from '../../core/page/page.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import type { BusinessClock } from '../../core/time/business-clock.ts';
import { checkPage, confirmationPath, heldPage, thanksPage } from './confirmation.page.ts';
import { answerOnPage } from './confirmation-answer.write.ts';
import { readShown, type ShownFile } from './confirmation-page.service.ts';
import {
  giveTryBack,
  type HeldNumber,
  lockIfUsedUp,
  type OpenRequest,
  takeTry,
} from './confirmation-request.write.ts';

/** A form with every field at its longest, percent-encoded. */
const bodyLimit = 256 * 1_024;
/** No refusal is sent sooner, so that it takes as long for a link that leads somewhere as for any other. */
const refusalTakesMs = 300;
const operationName = 'confirm';

export interface ConfirmationOptions {
  db: Database;
  accessLog: AccessLog;
  settings: Pick<LiveSettings, 'current'>;
  clock: BusinessClock;
}

type PageRequest = FastifyRequest<{ Params: { token: string } }>;

/**
 * `/confirm/<token>`: a customer confirms or corrects their file (客户确认). Nothing is shown of anybody before the last four digits
 * of a telephone number are typed, and every refusal is alike.
 */
export async function registerConfirmation(
  app: FastifyInstance,
  options: ConfirmationOptions,
): Promise<void> {
  const { db } = options;
  const attempts = createAttempts();
  const path = `${confirmationPath}/:token`;
  await registerForms(app, bodyLimit, (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      if (attempts.of(request.ip).left() < 1) return sendTooMany(reply, localeFor(request));
      return undefined;
    });
    scope.get(path, { exposeHeadRoute: false }, async (request, reply) =>
      sendPage(reply, localeFor(request), checkPage(localeFor(request))),
    );
    scope.post(path, async (request: PageRequest, reply: FastifyReply) => {
      const startedMs = performance.now();
      const locale = localeFor(request);
      const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
      const check = digitsOf(form.get('check'));
      const tried = await takeTry(db, request.params.token);
      const { isRight, contactId } = match(tried?.numbers ?? [], check);
      if (!tried || !isRight) {
        attempts.of(request.ip).spend(1);
        await lockIfUsedUp(db, tried);
        if (tried) noteRefusal(options, request, tried);
        await wait(Math.max(0, refusalTakesMs - (performance.now() - startedMs)));
        return sendPage(reply, locale, checkPage(locale, { isWrong: true }));
      }
      await giveTryBack(db, tried);
      return sendPage(
        reply,
        locale,
        await answered(options, request, {
          ...{ form, check, locale },
          // Who can open a link that is for no one contact knows one number, and sees whoever it is of.
          request: { ...tried, contactId: tried.contactId ?? contactId },
        }),
      );
    });
  });
}

const localeFor = ({ headers }: FastifyRequest): Locale => localeOf(undefined, headers['accept-language']);

/** Four digits, of whatever width; anything else is none. */
const digitsOf = (typed: string | null): string => {
  const text = (typed ?? '').slice(0, 20).normalize('NFKC').trim();
  return /^\d{4}$/.test(text) ? text : '    ';
};

const noNumber: readonly HeldNumber[] = [{ number: '0000', contactId: null }];

/**
 * Whether digits are the last of one of the numbers, and of which contact's: null where they are of none, or of several, so that
 * nobody can be said to be meant. All are compared, in constant time.
 */
function match(
  numbers: readonly HeldNumber[],
  digits: string,
): { isRight: boolean; contactId: string | null } {
  const typed = Buffer.from(digits);
  const whose = new Set<string | null>();
  for (const { number, contactId } of numbers.length > 0 ? numbers : noNumber) {
    const last = Buffer.from(number.slice(-4).padStart(4, 'x'));
    if (last.length === typed.length && timingSafeEqual(last, typed) && numbers.length > 0)
      whose.add(contactId);
  }
  const isRight = whose.size > 0;
  whose.delete(null);
  const [contactId = null] = whose;
  return { isRight, contactId: whose.size === 1 ? contactId : null };
}

async function answered(
  { db, accessLog, settings, clock }: ConfirmationOptions,
  http: PageRequest,
  {
    request,
    form,
    check,
    locale,
  }: { request: OpenRequest; form: URLSearchParams; check: string; locale: Locale },
): Promise<View> {
  const log = (shown: ShownFile) =>
    accessLog.noteReads({ ...occasionOf(http), reason: 'CUSTOMER' }, [readsOf(shown)]);
  const intent = form.get('do');
  if (intent !== 'confirm' && intent !== 'correct' && intent !== 'deny') {
    const shown = await readShown(db, request);
    if (!shown) return checkPage(locale, { isWrong: true });
    await log(shown);
    return heldPage(locale, shown, check);
  }
  const origin = { requestId: http.id, address: http.ip, operationName };
  const moment = { settings: settings.current(), now: clock.now() };
  const outcome = await answerOnPage(db, { request, intent, form, origin, ...moment });
  if (outcome.state === 'GONE') return checkPage(locale, { isWrong: true });
  if (outcome.state === 'DONE') return thanksPage(locale, outcome.done);
  await log(outcome.shown);
  return heldPage(locale, outcome.shown, check, outcome.notice, outcome.typed);
}

const occasionOf = ({ id, ip }: FastifyRequest) =>
  ({ viewer: null, operationName, requestId: id, address: ip, purpose: null }) as const;

const readsOf = ({ file, fields }: ShownFile) => ({
  classes: [...new Set(fields.map(({ of }) => of.access))],
  fields: [...new Set(fields.map(({ of }) => `${of.entityType}.${of.field}`))].sort(),
  customerIds: [file.id],
});

const noteRefusal = (
  { accessLog }: ConfirmationOptions,
  http: PageRequest,
  { customerId }: OpenRequest,
): void =>
  accessLog.noteRefusal(occasionOf(http), {
    code: 'CONFIRMATION_DIGITS',
    fields: [],
    ids: [encodeId('cus', customerId)],
  });
