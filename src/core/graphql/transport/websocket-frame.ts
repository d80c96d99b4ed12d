/** Names of operations whose frames of one answer are kept at most: most clients use few, some a new one each time. */
const maxFramesKept = 50;

/** An answer as JSON: text, or in UTF-8. */
export type EncodedResult = string | Buffer;

/**
 * Makes the frames of `next` messages, from their beginning up to the answer, and answers that are sent together.
 *
 * Kept as long as the answers are, because the next socket is likely to be told the same.
 */
export function createFrames(): (opening: string, answers: readonly EncodedResult[]) => Buffer {
  const keptByAnswers = new WeakMap<readonly EncodedResult[], Map<string, Buffer>>();
  return (opening, answers) => {
    let kept = keptByAnswers.get(answers);
    if (!kept || kept.size === maxFramesKept) {
      kept = new Map();
      keptByAnswers.set(answers, kept);
    }
    const frames = kept.get(opening) ?? textFrames(answers.map((answer) => [opening, answer, '}']));
    kept.set(opening, frames);
    return frames;
  };
}

const finalText = 0x81;
const maxHeadBytes = 10;

/** Text messages, each given in pieces, as RFC 6455 puts them on the wire: unmasked, whole, one after another. */
export function textFrames(messages: readonly (readonly EncodedResult[])[]): Buffer {
  const sizesBytes = messages.map((pieces) =>
    pieces.reduce(
      (sum, piece) => sum + (typeof piece === 'string' ? Buffer.byteLength(piece) : piece.length),
      0,
    ),
  );
  const frames = Buffer.allocUnsafe(sizesBytes.reduce((sum, size) => sum + maxHeadBytes + size, 0));
  let at = 0;
  messages.forEach((pieces, i) => {
    at = writeHead(frames, at, sizesBytes[i] as number);
    for (const piece of pieces)
      at += typeof piece === 'string' ? frames.write(piece, at) : piece.copy(frames, at);
  });
  return frames.subarray(0, at);
}

function writeHead(frames: Buffer, at: number, sizeBytes: number): number {
  frames[at] = finalText;
  if (sizeBytes < 126) return frames.writeUInt8(sizeBytes, at + 1);
  if (sizeBytes < 65_536) {
    frames[at + 1] = 126;
    return frames.writeUInt16BE(sizeBytes, at + 2);
  }
  frames[at + 1] = 127;
  return frames.writeBigUInt64BE(BigInt(sizeBytes), at + 2);
}
