import { createServer } from 'node:net';

interface Address {
  host: string;
  port: number;
}

/**
 * Checks that the port can be listened on, so that a start that must fail does so before it fills a database. Throws an
 * error that says which setting to change.
 */
export async function requireFreePort(address: Address): Promise<void> {
  const probe = createServer();
  await explainingListening(
    address,
    () =>
      new Promise<void>((resolve, reject) => {
        probe.once('error', reject);
        probe.listen(address.port, address.host, () => probe.close(() => resolve()));
      }),
  );
}

/** Runs `listen`; failures of the operating system become errors that say which setting to change. */
export async function explainingListening<T>({ host, port }: Address, listen: () => Promise<T>): Promise<T> {
  try {
    return await listen();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const explain = explanations[code ?? ''];
    throw explain ? new Error(explain(host, port), { cause: error }) : error;
  }
}

const explanations: Record<string, (host: string, port: number) => string> = {
  EADDRINUSE: (host, port) =>
    `Port ${port} of ${host} is taken: stop the program that uses it, or set PORT to another one (PORT=0 takes any free one). ` +
    `(${host} 的端口 ${port} 已被占用：请停止占用它的程序，或另设 PORT；PORT=0 表示任选空闲端口。)`,
  EACCES: (host, port) =>
    `This user may not listen on port ${port} of ${host}: set PORT to one above 1023. ` +
    `(当前用户无权监听 ${host} 的端口 ${port}：请将 PORT 设为 1023 以上。)`,
  EADDRNOTAVAIL: (host) =>
    `This machine has no address ${host}: correct HOST. (本机没有地址 ${host}：请更正 HOST。)`,
  ENOTFOUND: (host) =>
    `The name ${host} cannot be resolved: correct HOST. (无法解析主机名 ${host}：请更正 HOST。)`,
};
