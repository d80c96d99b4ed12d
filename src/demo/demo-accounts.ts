import { Role } from '../employee/employee.table.ts';

/** The two sales teams; each manager leads one. */
export const demoTeams = {
  east: { name: '销售一部（东部与中部大区）', leader: 'manager' },
  west: { name: '销售二部（北部、西部与海外大区）', leader: 'manager2' },
} as const;
type DemoTeam = keyof typeof demoTeams;

interface DemoEmployee {
  /** Mailbox at demo.example. */
  account: string;
  name: string;
  role: Role;
  title: string;
  team: DemoTeam | null;
  /** What this account shows; only accounts with a description are offered for sign-in. */
  description?: string;
}

/** The demo company's 14 people. Their names are invented. */
export const demoStaff = [
  {
    account: 'admin',
    name: '方启宁',
    role: Role.ADMIN,
    title: '系统管理员',
    team: null,
    description: 'Staff, configuration and all files (人员、配置与全部档案)',
  },
  {
    account: 'manager',
    name: '沈维国',
    role: Role.MANAGER,
    title: '销售一部经理',
    team: 'east',
    description: "Leads sales1's team; all files (销售一部负责人，可见全部档案)",
  },
  {
    account: 'steward',
    name: '孟静怡',
    role: Role.DATA_STEWARD,
    title: '客户档案管理员',
    team: null,
    description: 'Keeps the files complete and correct (维护档案的完整与准确)',
  },
  {
    account: 'sales1',
    name: '陆子轩',
    role: Role.SALES,
    title: '高级客户经理',
    team: 'east',
    description: 'Own files in the east and centre (东部与中部的自有客户)',
  },
  {
    account: 'sales2',
    name: '郭雨涵',
    role: Role.SALES,
    title: '客户经理',
    team: 'west',
    description: 'Own files in the other team (另一团队的自有客户)',
  },
  {
    account: 'service',
    name: '汤丽萍',
    role: Role.CUSTOMER_SERVICE,
    title: '客服主管',
    team: null,
    description: 'Reads all files, records interactions; no credit (只读全部档案，登记互动；不见信用)',
  },
  {
    account: 'marketing',
    name: '谢思远',
    role: Role.MARKETING,
    title: '市场专员',
    team: null,
    description: 'Segments; no contact details (客户细分；不见联系方式)',
  },
  {
    account: 'finance',
    name: '蔡敏',
    role: Role.FINANCE,
    title: '财务主管',
    team: null,
    description: 'Credit grades and limits (信用等级与额度)',
  },
  {
    account: 'analyst',
    name: '梁博文',
    role: Role.ANALYST,
    title: '数据分析师',
    team: null,
    description: 'Figures without names (只见统计，不见名称)',
  },
  {
    account: 'manager2',
    name: '贺建辉',
    role: Role.MANAGER,
    title: '销售二部经理',
    team: 'west',
  },
  {
    account: 'sales3',
    name: '邹佳琪',
    role: Role.SALES,
    title: '客户经理',
    team: 'east',
  },
  {
    account: 'sales4',
    name: '康振东',
    role: Role.SALES,
    title: '高级客户经理',
    team: 'west',
  },
  {
    account: 'sales5',
    name: '魏诗雨',
    role: Role.SALES,
    title: '客户经理',
    team: 'east',
  },
  {
    account: 'service2',
    name: '于晓博',
    role: Role.CUSTOMER_SERVICE,
    title: '售后服务工程师',
    team: null,
  },
] as const satisfies readonly DemoEmployee[];

export type DemoAccountName = (typeof demoStaff)[number]['account'];

export const demoEmail = (account: DemoAccountName): string => `${account}@demo.example`;

/** An account that can sign in to the demo company with the one demo password. */
export interface DemoAccount {
  email: string;
  name: string;
  role: Role;
  /** What to look at with this account: English, then Chinese. */
  description: string;
}

/** The accounts offered by the playground and printed at start, the most telling ones. */
export const demoAccounts: readonly DemoAccount[] = demoStaff.flatMap((employee: DemoEmployee) =>
  employee.description
    ? [
        {
          email: demoEmail(employee.account as DemoAccountName),
          name: employee.name,
          role: employee.role,
          description: employee.description,
        },
      ]
    : [],
);
