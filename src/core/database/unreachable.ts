/** PostgreSQL's codes for a refused sign-in or a database that does not exist. */
const refusals: Record<string, [english: string, chinese: string]> = {
  '28P01': ['the password is wrong', '密码错误'],
  '28000': ['this role may not connect', '该角色无权连接'],
  '3D000': ['the database does not exist', '数据库不存在'],
};

/**
 * Runs the first work on a database; if it cannot be reached, the error names the setting and the place without its
 * password.
 */
export async function explainingUnreachable<T>(
  setting: string,
  url: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = codeOf(error);
    const refusal = refusals[code];
    if (!refusal && !isOfNetwork(code)) throw error;
    const { hostname, port, pathname, username } = new URL(url);
    const address = `${username}@${hostname}:${port || 5432}${pathname}`;
    const [english, chinese] = refusal ?? [`nothing answers there (${code})`, `该地址无响应：${code}`];
    throw new Error(
      `${setting} leads to no usable database: ${address}, ${english}. ` +
        `(${setting} 指定的数据库不可用：${address}，${chinese}。)`,
      { cause: error },
    );
  }
}

const isOfNetwork = (code: string): boolean =>
  /^(ECONN|ENOTFOUND|ETIMEDOUT|EHOST|ENETUNREACH|EAI_|CONNECT_TIMEOUT)/.test(code);

/** The code of an error, or of what caused it; empty if there is none. */
function codeOf(error: unknown): string {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  if (typeof code === 'string') return code;
  return cause === undefined ? '' : codeOf(cause);
}
