import { sql } from 'drizzle-orm';
import { ID } from 'type-graphql';
import { delegateOf } from '../../core/access/row-predicates.ts';
import { columnOf } from '../../core/model/alias.ts';
import { defineModel } from '../../core/model/model.ts';
import { declareStageFields } from '../../core/settings/stage-transition.ts';
import { customerCoOwner } from '../co-owner/co-owner.table.ts';
import { employeeModel } from '../employee/employee.model.ts';
import { compileListed } from '../segment/segment.filter.ts';
import { segmentModel } from '../segment/segment.model.ts';
import { compileTagCondition, TagCondition } from '../tag/tag.filter.ts';
import { tagModel } from '../tag/tag.model.ts';
import { customerTag } from '../tag/tag.table.ts';
import './customer.parts.ts';
import { customerFieldNames } from './customer.check.ts';
import { listFilters } from './customer.filter.ts';
import { searchCustomers } from './customer.search.ts';
import { customer } from './customer.table.ts';
import { Customer } from './customer.type.ts';

export const customerModel = defineModel({
  name: 'Customer',
  prefix: 'cus',
  type: Customer,
  table: customer,
  kind: 'file',
  defaultOrder: [{ field: 'updatedAt', direction: 'DESC' }],
  // R10
  groups: {
    REGISTRATION: [
      ...['name', 'shortName', 'nameEnglish', 'formerNames', 'kind', 'nature', 'unifiedSocialCreditCode'],
      ...['legalRepresentative', 'foundedOn', 'registeredCapital', 'registeredAddress', 'businessScope'],
    ],
    CONTACTS: [
      ...['country', 'province', 'city', 'address', 'postalCode', 'officeAddress'],
      ...['premises', 'phones', 'emails', 'fax', 'website'],
    ],
    MARKET: ['industry', 'region', 'size', 'employeeCount', 'source', 'sourceDetail'],
    RELATIONSHIP: [
      'customerType',
      'importance',
      'routeOrder',
      'stage',
      'lostAs',
      'lostReason',
      'tier',
      'tierSetBy',
      'tierReason',
      'tierUntil',
      'openedOn',
      'tags',
    ],
    FINANCE: ['annualRevenue', 'creditGrade', 'creditLimit'],
    KEEPING: [
      ...['owner', 'coOwners', 'custodian', 'notes', 'externalKeys', 'archivedAt'],
      ...['archiveNumber', 'archiveCategory', 'formerNumbers'],
    ],
  },
  together: [
    ['country', 'region', 'province', 'city'],
    // Which name is a good one depends on what and where the customer is, and only China gives out the code.
    ['kind', 'country', 'name'],
    ['country', 'unifiedSocialCreditCode'],
    ['stage', 'lostAs', 'lostReason'],
    ['tier', 'tierSetBy', 'tierReason', 'tierUntil'],
    ['archiveNumber', 'archiveCategory', 'formerNumbers'],
  ],
  search: searchCustomers,
  relations: {
    owner: {
      arity: 'one',
      target: () => employeeModel,
      access: 'basic',
      description: 'The employee responsible for the file. (对接人)',
      key: 'owner_id',
    },
    delegate: {
      arity: 'one',
      target: () => employeeModel,
      access: 'basic',
      // It changes with the time, and a rule that is followed could not.
      filterable: false,
      description:
        'Who stands in for the owner at this moment, whatever moment the file is shown of. (代理人)',
      on: (source, target) => sql`${columnOf(target, 'id')} = ${delegateOf(columnOf(source, 'owner_id'))}`,
    },
    custodian: {
      arity: 'one',
      target: () => employeeModel,
      access: 'basic',
      description: 'The employee who keeps the file in order. (档案责任人)', // R8
      key: 'custodian_id',
    },
    coOwners: {
      arity: 'list',
      target: () => employeeModel,
      access: 'basic',
      nullable: false,
      description:
        'Who works on the file beside its owner: they read and change it as the owner does, and do not decide about it. By name, at most 20. (协办人)',
      link: {
        file: customerCoOwner.customerId,
        target: customerCoOwner.employeeId,
        events: {
          added: { type: 'CO_OWNER_ADDED', description: 'The file has another co-owner. (添加协办人)' },
          removed: { type: 'CO_OWNER_REMOVED', description: 'A co-owner left the file. (移除协办人)' },
        },
      },
      defaultOrder: [{ field: 'name', direction: 'ASC' }],
    },
    tags: {
      arity: 'list',
      target: () => tagModel,
      access: 'basic',
      nullable: false,
      filterable: false,
      description: 'Labels of the file, by name, at most 200. (标签)', // R70
      link: {
        file: customerTag.customerId,
        target: customerTag.tagId,
        events: {
          added: { type: 'TAGGED', description: 'A tag was put on. (添加标签)' },
          removed: { type: 'UNTAGGED', description: 'A tag was taken off. (移除标签)' },
        },
      },
      defaultOrder: [{ field: 'label', direction: 'ASC' }],
    },
  },
  customFilters: {
    ...listFilters,
    tags: {
      type: () => TagCondition,
      access: 'basic',
      text: 'FREE',
      description: 'Conditions on the file’s tags. (标签)',
      compile: compileTagCondition,
      reads: { columns: ['id'], tables: ['customer_tag', 'tag'] },
    },
    inSegment: {
      type: () => ID,
      access: 'open',
      description:
        'Is in this segment, for the reader’s own rights. The segment must be visible to the reader; at most 5 levels, never a circle. (属于客户分群)',
      saved: () => segmentModel,
      compile: compileListed,
      reads: { columns: ['id'], tables: ['segment_member'] },
    },
  },
});

export const CustomerFilter = customerModel.Filter;

declareStageFields(
  customerFieldNames.filter((field) => {
    const attribute = customerModel.attributes.get(field);
    return attribute?.nullable && ['card', 'basic'].includes(String(attribute.access));
  }),
);
