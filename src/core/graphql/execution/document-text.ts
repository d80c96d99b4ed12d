import { Lexer, Source, TokenKind } from 'graphql';
import type { Viewer } from '../../access/viewer.ts';
import { unauthenticated } from '../../errors.ts';
import { anonymousLimits, exceed } from './limits.ts';

/** Opening and closing tokens. */
const steps: ReadonlyMap<TokenKind, 1 | -1> = new Map([
  [TokenKind.BRACE_L, 1],
  [TokenKind.BRACKET_L, 1],
  [TokenKind.PAREN_L, 1],
  [TokenKind.BRACE_R, -1],
  [TokenKind.BRACKET_R, -1],
  [TokenKind.PAREN_R, -1],
]);

/**
 * Refuses a text that would be expensive to parse, or nested deeply enough to exhaust the parser's stack. A single pass
 * over the tokens that stores nothing.
 *
 * @throws QUERY_TOO_COMPLEX naming the limit, a syntax error, UNAUTHENTICATED for what only a signed-in client may
 * send.
 */
export function checkText(text: string, viewer: Viewer | null): void {
  checkLength(text, viewer);
  let lines = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
  exceed('lines', lines);
  const lexer = new Lexer(new Source(text));
  let tokens = 0;
  let directives = 0;
  let nesting = 0;
  /**
   * Nesting level inside the current parentheses, which hold arguments or variable definitions, and the number of
   * colons at that level.
   */
  let inParentheses = 0;
  let args = 0;
  for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
    tokens += 1;
    if (!viewer && tokens > anonymousLimits.tokens) throw signInFirst();
    exceed('tokens', tokens);
    nesting += steps.get(token.kind) ?? 0;
    exceed('nesting', nesting);
    if (token.kind === TokenKind.NAME) exceed('nameLength', token.end - token.start);
    else if (token.kind === TokenKind.AT) directives += 1;
    else if (token.kind === TokenKind.PAREN_L) {
      inParentheses = nesting;
      args = 0;
    } else if (token.kind === TokenKind.PAREN_R) inParentheses = 0;
    else if (token.kind === TokenKind.COLON && nesting === inParentheses) {
      args += 1;
      exceed('arguments', args);
    }
  }
  exceed('directives', directives);
}

/** Like {@link checkText}, for a text known to be within the other limits. */
export function checkLength(text: string, viewer: Viewer | null): void {
  if (!viewer && text.length > anonymousLimits.characters) throw signInFirst();
  exceed('characters', text.length);
}

/** The code shows a client that its token has expired, however long its document is. */
const signInFirst = () =>
  unauthenticated(
    `Sign in first: without that a document has at most ${anonymousLimits.characters} characters and ${anonymousLimits.tokens} tokens. (请先登录：未登录时查询文本最多 ${anonymousLimits.characters} 个字符、${anonymousLimits.tokens} 个词元。)`,
  );
