import type { catalogueEntry } from '../../domains/catalogue-entry/catalogue-entry.table.ts';
import type { DrawnCustomer } from './customer.generator.ts';
import { dateOf, type Random } from './random.ts';

export type DrawnEntry = typeof catalogueEntry.$inferInsert & { id: string; createdAt: string };

const floors = 6;
const unitsOfBuilding = 2 * floors * 2;

/** Persons live in a property, one household a room. Not drawn, so that everything else stays as it was. */
export function settleHouseholds(customers: readonly DrawnCustomer[]): void {
  const persons = customers.filter(({ person }) => person !== null);
  for (const [i, { row }] of persons.entries()) {
    const place = i % unitsOfBuilding;
    const floor = 1 + (Math.floor(place / 2) % floors);
    row.premises = {
      category: 'RESIDENTIAL',
      building: String(1 + Math.floor(i / unitsOfBuilding)),
      unit: String(1 + Math.floor(place / (2 * floors))),
      floor: String(floor),
      room: `${floor}0${1 + (place % 2)}`,
    };
  }
}

const documents = {
  household: [
    ['房屋买卖合同', '合同', 18],
    ['业主身份证明复印件', '身份证明', 2],
  ],
  company: [
    ['营业执照副本', '证照', 1],
    ['年度采购框架协议', '合同', 12],
  ],
} as const;

/** The documents of households, and of what has been put away. */
export const drawCatalogue = (random: Random, customers: readonly DrawnCustomer[]): DrawnEntry[] =>
  customers
    .filter(({ row }) => row.premises || row.archiveNumber)
    .flatMap(({ row }) =>
      documents[row.premises ? 'household' : 'company'].map(([title, kind, pages], i): DrawnEntry => {
        const createdAt = random.later(row.createdAt, 20 + i);
        return {
          id: random.id(createdAt),
          customerId: row.id,
          title,
          kind,
          pages,
          documentDate: dateOf(row.createdAt),
          form: i === 0 ? 'BOTH' : 'PAPER',
          place: row.premises ? `${row.premises.building}号柜` : '9号柜',
          createdAt,
          updatedAt: createdAt,
        };
      }),
    );
