import { Sender } from 'ws';

/** Exported by ws and documented in its source; its types lack it. */
declare module 'ws' {
  export const Sender: { frame: (message: Buffer, head: { fin: boolean; opcode: number }) => Buffer[] };
}

/**
 * Maximum number of operation ids per result whose frames are cached: most clients use few ids, some a new one each
 * time.
 */
const maxFramesKept = 50;

/** A result as JSON: a string, or UTF-8 bytes. */
export type EncodedResult = string | Buffer;

/**
 * Creates the frames of `next` messages from their opening (everything before the result) and the results to send
 * together.
 *
 * Frames are cached as long as the results live, because the next socket is likely to receive the same.
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

/** Encodes text messages, each given in pieces, as unmasked, unfragmented RFC 6455 frames, one after another. */
export const textFrames = (messages: readonly (readonly EncodedResult[])[]): Buffer =>
  Buffer.concat(
    messages.flatMap((pieces) => {
      const message = Buffer.concat(
        pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)),
      );
      return Sender.frame(message, text);
    }),
  );
