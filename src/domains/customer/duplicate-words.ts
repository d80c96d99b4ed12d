/** What is compared, of a file or a contact that is written. */
export interface Identity {
  /** Number of the record among several; 0 for a single one. */
  place: number;
  /** The file itself, and the contact itself: they are no duplicates. */
  fileId: string | null;
  contactId?: string | null;
  /** The full name of a file. */
  name?: string | null;
  /** The name of a contact, which is compared within its file. */
  person?: string | null;
  mobile?: string | null;
  email?: string | null;
}

export type MatchedField = 'name' | 'mobile' | 'email' | 'person';

/** A file that has one of the values. */
export interface Match {
  place: number;
  field: MatchedField;
  fileId: string;
  fileNumber: string;
  name: string | null;
  owner: string;
  isActive: boolean;
  isSeen: boolean;
  /** The contact that has it, and whether in the file of the one that is written. */
  contact: string | null;
  isInFile: boolean;
}

const fieldWords: Record<MatchedField, readonly [english: string, chinese: string]> = {
  name: ['name', '企业全称'],
  mobile: ['mobile number', '手机号'],
  email: ['e-mail address', '邮箱'],
  person: ['contact name', '联系人姓名'],
};

/** Says who else has a value; of files that the reader may not read, only who keeps them. */
export function matchWords(field: MatchedField, matches: readonly Match[]): string {
  const [english, chinese] = fieldWords[field];
  const files = matches.map((match) => whose(match));
  return (
    `May be a duplicate, the same ${english}: ${files.map(([words]) => words).join('; ')}. ` +
    `(可能重复，${chinese}相同：${files.map(([, words]) => words).join('；')}。)`
  );
}

function whose({ isSeen, isInFile, fileNumber, name, owner, contact }: Match): [string, string] {
  if (isInFile) return [`contact "${contact}" of this file`, `本档案联系人"${contact}"`];
  if (!isSeen) return [`a file kept by ${owner}`, `已有档案，对接人 ${owner}`];
  const person = contact === null ? ['', ''] : [`, contact "${contact}"`, `，联系人"${contact}"`];
  return [
    `${fileNumber} "${name}", owner ${owner}${person[0]}`,
    `${fileNumber} "${name}"，对接人 ${owner}${person[1]}`,
  ];
}
