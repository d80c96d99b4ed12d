/** Names of operations whose frames of one answer are kept at most: most clients use few, some a new one each time. */
const maxFramesKept = 50;

/**
 * Makes the frames of `next` messages, from their beginning up to the answer, and the answer as JSON.
 *
 * The last answer's are kept, because the next socket is likely to be told the same.
 */
export function createFrames(): (opening: string, answer: string) => Buffer {
  const kept = new Map<string, Buffer>();
  let keptFor = '';
  return (opening, answer) => {
    if (answer !== keptFor || kept.size === maxFramesKept) {
      kept.clear();
      keptFor = answer;
    }
    const frame = kept.get(opening) ?? textFrame(`${opening}${answer}}`);
    kept.set(opening, frame);
    return frame;
  };
}

const finalText = 0x81;

/** A text message as RFC 6455 puts it on the wire, unmasked and whole. */
export function textFrame(text: string): Buffer {
  const sizeBytes = Buffer.byteLength(text);
  const headBytes = sizeBytes < 126 ? 2 : sizeBytes < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headBytes + sizeBytes);
  frame[0] = finalText;
  if (headBytes === 2) frame[1] = sizeBytes;
  else if (headBytes === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(sizeBytes, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(sizeBytes), 2);
  }
  frame.write(text, headBytes);
  return frame;
}
