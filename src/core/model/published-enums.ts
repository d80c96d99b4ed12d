const published = new Map<string, Record<string, string>>();

/** Keeps an enumeration by its name in the API. */
export const keepEnum = (name: string, enumeration: Record<string, string>): void =>
  void published.set(name, enumeration);

/** An enumeration by its name in the API, for what is declared below the domain that publishes it. */
export function enumNamed(name: string): Record<string, string> {
  const found = published.get(name);
  if (!found) throw new Error(`No enumeration ${name} is published.`);
  return found;
}
