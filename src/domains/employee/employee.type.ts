import { ObjectType } from 'type-graphql';
import { Role } from '../../core/access/role.ts';
import { Node } from '../../core/graphql/schema/node.type.ts';
import { Attribute } from '../../core/model/attribute.ts';
import { publishEnum } from '../../core/model/enumeration.ts';
import { employee, team } from './employee.table.ts';

publishEnum(Role, 'Role', 'What an employee may do; the policy gives each role its rights. (角色)', {
  SALES: 'Keeps the files they own; sees no other. (销售)',
  CUSTOMER_SERVICE: 'Reads every file but credit; records interactions. (客服)',
  MARKETING: 'Reads every file but contact, credit and personal fields. (市场)',
  FINANCE: 'Reads every file but personal fields; writes credit. (财务)',
  MANAGER: 'Reads and writes every file; assigns owners. (经理)',
  DATA_STEWARD: 'Reads and writes every file; keeps the data in order. (数据管理员)',
  ANALYST: 'Reads every file without names and contacts. (分析员)',
  ADMIN: 'Keeps staff and configuration; reads and writes every file. (系统管理员)',
});

@ObjectType('Team', { implements: Node, description: 'A team of employees with a leader. (团队)' })
export class Team extends Node {
  @Attribute({
    column: team.name,
    access: 'open',
    text: 'CONTROLLED',
    nullable: false,
    description: 'Name of the team. (团队名称)',
    sortable: true,
    orderedBy: team.nameKey,
  })
  name!: string;

  @Attribute({
    column: team.version,
    access: 'open',
    nullable: false,
    filterable: false,
    description: 'Grows by one with each change. (版本号)',
  })
  version!: number;

  @Attribute({
    column: team.createdAt,
    access: 'open',
    nullable: false,
    description: 'When it was entered. (创建时间)',
  })
  createdAt!: string;
}

@ObjectType('Employee', { implements: Node, description: 'A member of staff. (员工)' })
export class Employee extends Node {
  @Attribute({
    column: employee.name,
    access: 'open',
    text: 'IDENTIFYING',
    standard: 'NAME',
    description: 'Full name; ordered by pinyin, Latin letters without case. (姓名)',
    sortable: true,
    orderedBy: employee.nameKey,
  })
  name!: string | null;

  @Attribute({
    column: employee.email,
    access: 'open',
    text: 'IDENTIFYING',
    standard: 'EMAIL',
    description: 'E-mail address to sign in with. (邮箱)',
    sortable: true,
  })
  email!: string | null;

  @Attribute({
    column: employee.role,
    access: 'open',
    nullable: false,
    enumeration: Role,
    description: 'What they may do. (角色)',
  })
  role!: Role;

  @Attribute({
    column: employee.title,
    access: 'open',
    text: 'IDENTIFYING',
    description: 'Job title. (职务)',
  })
  title!: string | null;

  @Attribute({
    column: employee.disabledAt,
    access: 'open',
    description: 'Since when they may not sign in; null for active staff. (停用时间)',
  })
  disabledAt!: string | null;

  @Attribute({
    column: employee.version,
    access: 'open',
    nullable: false,
    filterable: false,
    description: 'Grows by one with each change. (版本号)',
  })
  version!: number;

  @Attribute({
    column: employee.createdAt,
    access: 'open',
    nullable: false,
    description: 'When they were entered. (创建时间)',
    sortable: true,
  })
  createdAt!: string;

  @Attribute({
    column: employee.updatedAt,
    access: 'open',
    nullable: false,
    description: 'When they last changed. (更新时间)',
  })
  updatedAt!: string;
}
