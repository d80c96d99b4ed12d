import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectFolder = fileURLToPath(new URL('../../', import.meta.url));

/** Paths below `folder`, from the project's root, with forward slashes; sorted. */
export const filesBelow = (folder: string): string[] =>
  readdirSync(join(projectFolder, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix.join(entry.parentPath.slice(projectFolder.length), entry.name))
    .sort();

export const read = (path: string): string => readFileSync(join(projectFolder, path), 'utf8');

export interface Import {
  from: string;
  /** A path below `src`, or the name of a package. */
  to: string;
  /** Nothing of it is left at run time. */
  isTypeOnly: boolean;
}

const statements = /^(?:import|export)\s+(type\s)?(?:[\w*\s{},]+?\sfrom\s+)?'([^']+)'/gm;
const dynamicImports = /\bimport\(\s*'([^']+)'/g;

/** Every import of every source file, those written `import('…')` included. */
export function importsOf(files: readonly string[]): Import[] {
  return files.flatMap((from) => {
    const text = read(from);
    const target = (written: string) =>
      written.startsWith('.') ? posix.join(dirname(from), written) : written;
    return [
      ...[...text.matchAll(statements)].map(([, type, written = '']) => ({
        from,
        to: target(written),
        isTypeOnly: type !== undefined,
      })),
      ...[...text.matchAll(dynamicImports)].map(([, written = '']) => ({
        from,
        to: target(written),
        isTypeOnly: false,
      })),
    ];
  });
}
