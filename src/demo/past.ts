import type { Database } from "../database/database.ts";
import type { DemoCompany } from "./demo-company.ts";
export async function changePhone(
	_tx: Database,
	_company: DemoCompany,
): Promise<void> {}
export async function restoreTimes(_tx: Database): Promise<void> {}
