import { Role } from '../../core/access/role.ts';

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
  /** Whether the playground and the server's start message offer it for sign-in. */
  isOffered?: boolean;
}

/** The demo company's 14 employees. Their names are invented. */
export const demoStaff = [
  {
    account: 'admin',
    name: '方启宁',
    role: Role.ADMIN,
    title: '系统管理员',
    team: null,
    isOffered: true,
  },
  {
    account: 'manager',
    name: '沈维国',
    role: Role.MANAGER,
    title: '销售一部经理',
    team: 'east',
    isOffered: true,
  },
  {
    account: 'steward',
    name: '孟静怡',
    role: Role.DATA_STEWARD,
    title: '客户档案管理员',
    team: null,
    isOffered: true,
  },
  {
    account: 'sales1',
    name: '陆子轩',
    role: Role.SALES,
    title: '高级客户经理',
    team: 'east',
    isOffered: true,
  },
  {
    account: 'sales2',
    name: '郭雨涵',
    role: Role.SALES,
    title: '客户经理',
    team: 'west',
    isOffered: true,
  },
  {
    account: 'service',
    name: '汤丽萍',
    role: Role.CUSTOMER_SERVICE,
    title: '客服主管',
    team: null,
    isOffered: true,
  },
  {
    account: 'marketing',
    name: '谢思远',
    role: Role.MARKETING,
    title: '市场专员',
    team: null,
    isOffered: true,
  },
  {
    account: 'finance',
    name: '蔡敏',
    role: Role.FINANCE,
    title: '财务主管',
    team: null,
    isOffered: true,
  },
  {
    account: 'analyst',
    name: '梁博文',
    role: Role.ANALYST,
    title: '数据分析师',
    team: null,
    isOffered: true,
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

/** An account that can sign in to the demo company with the shared demo password. */
export interface DemoAccount {
  email: string;
  name: string;
  role: Role;
}

/** The accounts offered by the playground and printed at start. */
export const demoAccounts: readonly DemoAccount[] = demoStaff
  .filter((employee: DemoEmployee) => employee.isOffered)
  .map(({ account, name, role }) => ({ email: demoEmail(account), name, role }));
