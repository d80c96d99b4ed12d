/** Text that is HTML already. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A text as HTML shows it, in content and in quoted attributes. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

type Part = string | number | Markup | null | readonly Markup[];

const written = (part: Part): string => {
  if (part === null) return '';
  if (part instanceof Markup) return part.text;
  return typeof part === 'object' ? part.map(({ text }) => text).join('') : escaped(String(part));
};

/** HTML from a template: what is put into it is escaped, unless it is HTML by this function. */
export const html = (texts: TemplateStringsArray, ...parts: Part[]): Markup =>
  new Markup(
    texts.reduce((all, text, i) => `${all}${i === 0 ? '' : written(parts[i - 1] as Part)}${text}`, ''),
  );
