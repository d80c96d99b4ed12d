import { Sender } from 'ws';

/** Exported by ws and documented in its source; its types lack it. */
declare module 'ws' {
  export const Sender: { frame: (message: Buffer, head: { fin: boolean; opcode: number }) => Buffer[] };
}

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

const text = { fin: true, opcode: 1 };

/** Text messages, each given in pieces, as they go on the wire: unmasked, whole, one after another. */
export const textFrames = (messages: readonly (readonly EncodedResult[])[]): Buffer =>
  Buffer.concat(
    messages.flatMap((pieces) => {
      const message = Buffer.concat(
        pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)),
      );
      return Sender.frame(message, text);
    }),
  );
