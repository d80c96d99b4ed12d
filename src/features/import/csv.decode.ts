/** Where reading a file ended early, and why. What came before has been read. */
export interface BrokenOff {
  line: number;
  message: string;
}

/**
 * Decodes the bytes of a CSV file and drops a byte order mark; one of UTF-16 counts more than the mapping's encoding. Bytes
 * that are not in the encoding end the text with the line before: guessing would garble names. Throws for a workbook.
 */
export function decode(
  encoding: string,
  onBytes: ((bytes: number) => void) | undefined,
  onBreak: (broken: BrokenOff) => void,
) {
  return async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
    let named = encoding;
    let decoder: ReturnType<typeof pairOf> | undefined;
    let lines = 0;
    let endsInReturn = false;
    const linesIn = (text: string): number => {
      const isSplit = endsInReturn && text.startsWith('\n');
      return (text.match(/\r\n|\n|\r/g)?.length ?? 0) - (isSplit ? 1 : 0);
    };
    const read = (chunk: Buffer | undefined): { text: string; isWhole: boolean } => {
      decoder ??= pairOf(named);
      const found = decoder(chunk);
      if (!found.isWhole) {
        const text = found.text.slice(
          0,
          Math.max(found.text.lastIndexOf('\n'), found.text.lastIndexOf('\r')) + 1,
        );
        onBreak({ line: lines + linesIn(found.text) + 1, message: notIn(named) });
        return { text, isWhole: false };
      }
      lines += linesIn(found.text);
      if (found.text !== '') endsInReturn = found.text.endsWith('\r');
      return found;
    };
    for await (const chunk of chunks) {
      onBytes?.(chunk.length);
      if (!decoder) named = encodingOf(chunk) ?? encoding;
      const { text, isWhole } = read(chunk);
      yield text;
      if (!isWhole) return;
    }
    yield read(undefined).text;
  };
}

const notIn = (encoding: string): string =>
  `Bytes that are not ${encoding}; name the encoding of the file in the mapping, such as gb18030. ` +
  `(内容不是 ${encoding} 编码；请在映射中注明 encoding，例如 gb18030。)`;

/** Decodes chunk after chunk, and the rest without one; of a chunk that is not in the encoding, what is before the fault. */
function pairOf(encoding: string) {
  const strict = new TextDecoder(encoding, { fatal: true });
  // The strict one forgets where it failed.
  const lenient = new TextDecoder(encoding);
  return (chunk: Buffer | undefined): { text: string; isWhole: boolean } => {
    const marked = chunk ? lenient.decode(chunk, { stream: true }) : lenient.decode();
    try {
      return { text: chunk ? strict.decode(chunk, { stream: true }) : strict.decode(), isWhole: true };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
      return { text: marked.slice(0, marked.indexOf('\uFFFD')), isWhole: false };
    }
  };
}

/** The encoding that the first bytes of a file state, or betray by the zeros between Latin letters. Throws for a workbook. */
function encodingOf(start: Buffer): string | undefined {
  if (start.subarray(0, 4).equals(Buffer.from('PK\x03\x04', 'latin1'))) {
    throw new Error(
      'This is an Excel workbook (.xlsx), not a CSV file: save it as "CSV UTF-8". ' +
        '(这是 Excel 工作簿 (.xlsx)，不是 CSV 文件：请另存为"CSV UTF-8"。)',
    );
  }
  const mark = start.subarray(0, 2).toString('hex');
  const marked = { fffe: 'utf-16le', feff: 'utf-16be' }[mark];
  if (marked || start.length < 4) return marked;
  const [first, second, third, fourth] = start;
  if (first === 0 && second !== 0 && third === 0) return 'utf-16be';
  return first !== 0 && second === 0 && fourth === 0 ? 'utf-16le' : undefined;
}
