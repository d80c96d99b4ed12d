import { parse } from 'csv-parse/sync';
import { expect } from 'vitest';
import type { Answer, StaffName, TestServer } from '../support/server.ts';

export interface Asked {
  id: string;
  url: string;
  status: string;
  rowCount: number;
}

export type ExportInput = { columns: string[]; purpose?: string } & Record<string, unknown>;

/** Asks for an export, whatever comes of it. */
export const requestExport = (server: TestServer, who: StaffName, input: ExportInput): Promise<Answer> =>
  server
    .as(who)
    .query(
      'mutation Ask($input: ExportCustomersInput!) { exportCustomers(input: $input) { export { id url status rowCount format columns purpose createdAt expiresAt endedAt } } }',
      { input: { purpose: '季度核对', ...input } },
    );

/** Asks for an export that is granted. */
export async function askExport(server: TestServer, who: StaffName, input: ExportInput): Promise<Asked> {
  const { data, errors } = await requestExport(server, who, input);
  expect(errors).toBeUndefined();
  return data.exportCustomers.export;
}

/** Begins a download; the body is read by who asked for it. */
export const openDownload = (
  server: TestServer,
  who: StaffName | null,
  url: string,
  init: RequestInit = {},
): Promise<Response> =>
  fetch(new URL(url, server.url), {
    ...init,
    headers: who ? { authorization: `Bearer ${server.as(who).token}` } : {},
  });

/** The rows of a CSV file, by heading. */
export const csvRows = (text: string): Record<string, string>[] => parse(text, { columns: true, bom: true });

/** Asks for a CSV file, downloads it and reads its rows, by heading. */
export async function exportRows(
  server: TestServer,
  who: StaffName,
  input: ExportInput,
): Promise<Record<string, string>[]> {
  const { url } = await askExport(server, who, { ...input, format: 'CSV' });
  const response = await openDownload(server, who, url);
  const body = await response.arrayBuffer();
  expect(response.status, Buffer.from(body).toString()).toBe(200);
  return csvRows(Buffer.from(body).toString());
}

/** The state of an export as its owner sees it. */
export async function stateOf(server: TestServer, who: StaffName, id: string) {
  const { data } = await server
    .as(who)
    .query('query ($id: ID!) { node(id: $id) { ... on CustomerExport { status rowCount endedAt } } }', {
      id,
    });
  return data.node as { status: string; rowCount: number; endedAt: string | null } | null;
}
