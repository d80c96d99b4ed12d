import { messageIn } from '../../core/locale.ts';
import type { Label, Locale } from '../../core/model/label.ts';
import { html, type Markup } from '../../core/page/markup.ts';
import type { View } from '../../core/page/page.ts';
import type { ShownField, ShownFile } from './confirmation-page.service.ts';

/** Of the links, before the token. */
export const confirmationPath = '/confirm';

const words = {
  ZH: {
    title: '核对您的信息',
    intro: '为保护您的信息，请先输入我们登记的任一电话号码的后四位。',
    digits: '电话后四位',
    next: '下一步',
    wrong:
      '无法打开：后四位不正确，或此链接已失效。如果您已经答复，我们已收到，无需再次打开；否则请检查后重试，或联系给您发送链接的人。',
    stranger: '如果您不是收到此链接的人，请关闭本页。',
    held: '以下是我们登记的信息。请核对；有误之处点“更正”填写正确内容。',
    changed: '有信息刚刚发生变化，请重新核对。',
    invalid: '有更正内容不符合要求，请修改后再提交。',
    nothing: '您没有更正任何内容。如无误，请点“确认无误”；如有其他问题，请写在补充说明中。',
    unit: '单位信息',
    person: '个人信息',
    contact: '联系人',
    correct: '更正',
    remark: '补充说明（选填，500字以内）',
    confirm: '确认无误',
    send: '提交更正',
    sendHint: '填写了更正内容时，其余信息视为已确认。',
    notMe: '这不是我（或我们单位）',
    notMeHint: '如果这些信息与您无关，请告知我们。',
    thanks: '谢谢',
    confirmed: '您已确认以上信息。',
    corrected: '已收到您的更正，核实后我们会更新。其余信息已确认。',
    noted: '已收到您的说明，我们会核实。',
    denied: '已收到。我们会停止使用此联系方式并核实。',
    close: '您可以关闭本页。此链接已失效。',
  },
  EN: {
    title: 'Check the details we hold',
    intro: 'To protect your details, first type the last four digits of any telephone number you gave us.',
    digits: 'Last four digits',
    next: 'Continue',
    wrong:
      'This cannot be opened: the digits are not right, or the link is no longer valid. If you have answered already, we have your answer and you need do nothing; otherwise check and try again, or contact whoever sent you the link.',
    stranger: 'If this link was not meant for you, please close the page.',
    held: 'This is what we hold. Please check it; where something is wrong, open “Correct” and write what is right.',
    changed: 'Something has just changed. Please check again.',
    invalid: 'Something you wrote cannot be taken as it is. Please change it and send again.',
    nothing:
      'You have corrected nothing. If all is right, choose “All is right”; if something else is wrong, write it below.',
    unit: 'Your organization',
    person: 'Your details',
    contact: 'Contact',
    correct: 'Correct',
    remark: 'Anything else (optional, up to 500 characters)',
    confirm: 'All is right',
    send: 'Send corrections',
    sendHint: 'Where you send corrections, everything else counts as confirmed.',
    notMe: 'This is not me (or us)',
    notMeHint: 'If these details have nothing to do with you, let us know.',
    thanks: 'Thank you',
    confirmed: 'You have confirmed these details.',
    corrected:
      'We have received your corrections and will update them once checked. Everything else is confirmed.',
    noted: 'We have received what you wrote, and will check it.',
    denied: 'We have received it, and will stop using these contact details and check them.',
    close: 'You can close this page. The link is no longer valid.',
  },
};

/** The page that every token leads to, whatever it is: nothing about anybody. */
export function checkPage(locale: Locale, { isWrong = false } = {}): View {
  const word = words[locale];
  return {
    status: isWrong ? 403 : 200,
    title: word.title,
    body: html`${isWrong ? html`<p role="alert" class="error">${word.wrong}</p>` : null}<form method="post" autocomplete="off"><p><label for="check">${word.intro}</label></p><p><input id="check" name="check" aria-label="${word.digits}" inputmode="numeric" pattern="[0-9０-９]{4}" maxlength="4" size="6" required autofocus></p><p><button class="main">${word.next}</button></p></form><p class="soft">${word.stranger}</p>`,
  };
}

export type Notice = 'changed' | 'invalid' | 'nothing';

/** What the customer has typed into the form, by the place of the field, and what is wrong with it. */
export interface Typed {
  texts: ReadonlyMap<number, string>;
  problems: ReadonlyMap<number, string>;
  remark: string;
  remarkProblem: string | null;
}

const untyped: Typed = { texts: new Map(), problems: new Map(), remark: '', remarkProblem: null };

/** What we hold, with a form to confirm and correct it. */
export function heldPage(
  locale: Locale,
  { file, fields, contact, digest }: ShownFile,
  check: string,
  notice: Notice | null = null,
  typed: Typed = untyped,
): View {
  const word = words[locale];
  const { remarkProblem } = typed;
  const rows = fields.map((field, place) => ({ field, row: fieldRow(locale, field, place, typed) }));
  const section = (title: string, subjectId: string): Markup => {
    const own = rows.flatMap(({ field, row }) => (field.subjectId === subjectId ? [row] : []));
    return own.length === 0 ? html`` : html`<section><h2>${title}</h2>${own}</section>`;
  };
  const sections = [
    section(file.kind === 'PERSON' ? word.person : word.unit, file.id),
    ...(contact ? [section(word.contact, contact.id)] : []),
  ];
  return {
    title: word.title,
    body: html`${notice && html`<p role="alert" class="error">${word[notice]}</p>`}<p>${word.held}</p><form method="post" autocomplete="off"><input type="hidden" name="check" value="${check}"><input type="hidden" name="seen" value="${digest}">${sections}<p><label>${word.remark}<br><textarea name="remark" rows="2" maxlength="500"${remarkProblem === null ? null : html` aria-invalid="true" aria-describedby="remarkp"`}>
${typed.remark}</textarea></label></p>${remarkProblem === null ? null : html`<p id="remarkp" class="error">${messageIn(locale, remarkProblem)}</p>`}<p class="actions"><button class="main" name="do" value="confirm">${word.confirm}</button> <button name="do" value="correct">${word.send}</button></p><p class="soft">${word.sendHint}</p><p class="soft">${word.notMeHint}</p><p><button name="do" value="deny">${word.notMe}</button></p></form>`,
  };
}

function fieldRow(locale: Locale, field: ShownField, place: number, { texts, problems }: Typed): Markup {
  const { text, options, isLong } = field;
  const { correct } = words[locale];
  const label = field.label[locale].replace(/^[a-z]/, (letter) => letter.toUpperCase());
  const name = `v${place}`;
  const typed = texts.get(place) ?? text;
  const problem = problems.get(place);
  const mark = problem === undefined ? null : html` aria-invalid="true" aria-describedby="${name}p"`;
  const input = options
    ? html`<select name="${name}" aria-label="${label}"${mark}>${options.map(([value, one]) => option(value, one, locale, typed))}</select>`
    : isLong
      ? html`<textarea name="${name}" rows="3" aria-label="${label}"${mark}>
${typed}</textarea>`
      : html`<input name="${name}" value="${typed}" aria-label="${label}"${mark}>`;
  const isOpen = typed !== text || problem !== undefined;
  return html`<div class="held"><div><span class="soft">${label}</span><div class="value">${shownText(field, locale)}</div></div><details${isOpen ? html` open` : null}><summary aria-label="${correct}: ${label}">${correct}</summary>${input}${problem === undefined ? null : html`<p id="${name}p" class="error">${messageIn(locale, problem)}</p>`}</details></div>`;
}

const option = (value: string, label: Label, locale: Locale, chosen: string): Markup =>
  html`<option value="${value}"${value === chosen ? html` selected` : null}>${label[locale]}</option>`;

const shownText = ({ text, options }: ShownField, locale: Locale): string =>
  options?.find(([value]) => value === text)?.[1][locale] ?? text;

export type Done = 'confirmed' | 'corrected' | 'noted' | 'denied';

/** What follows an answer. */
export function thanksPage(locale: Locale, done: Done): View {
  const word = words[locale];
  return {
    title: word.thanks,
    body: html`<p role="status">${word[done]}</p><p class="soft">${word.close}</p>`,
  };
}
