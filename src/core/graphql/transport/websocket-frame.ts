import { Sender } from 'ws';

/** Exported by ws and documented in its source; its types lack it. */
declare module 'ws' {
  export const Sender: { frame: (message: Buffer, head: { fin: boolean; opcode: number }) => Buffer[] };
}

/** A result as JSON: a string, or UTF-8 bytes. */
export type EncodedResult = string | Buffer;

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

/** The `next` messages of graphql-transport-ws with which an operation delivers results. */
export function nextMessages(id: string, results: readonly EncodedResult[]): Buffer {
  const opening = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  return textFrames(results.map((result) => [opening, result, '}']));
}
