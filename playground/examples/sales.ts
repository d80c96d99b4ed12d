import type { Example, ExampleGroup } from './example.ts';
import { aroundVisit } from './visit.ts';

/** A file still being worked on: the update example moves it between these two stages. */
const ownFile = `query OwnFile {
  customers(
    filter: { stage: { in: [POTENTIAL, INTENT] } }
    orderBy: [{ field: UPDATED_AT, direction: DESC }]
    first: 1
  ) {
    nodes {
      id
      version
      stage
    }
  }
}
`;

const fromOwnFile = (
  into: (customer: { id: string; version: number; stage: string }) => Record<string, unknown>,
): Example['fill'] => ({
  query: ownFile,
  into: ({ customers }) => customers?.nodes[0] && into(customers.nodes[0]),
  whenNothingFound:
    'You have no customer files yet: put an id in by hand. (您还没有客户档案，请手工填写 id。)',
});

export const sales: ExampleGroup = {
  title: 'Sales',
  titleChinese: '销售',
  about: 'Your own files: read them, change them, and watch them change.',
  roles: ['SALES', 'MANAGER'],
  examples: [
    {
      title: 'My files',
      titleChinese: '我的客户档案',
      operation: `query MyFiles($first: Int, $after: String) {
  customers(first: $first, after: $after, orderBy: [{ field: UPDATED_AT, direction: DESC }]) {
    totalCount
    nodes {
      id
      fileNumber
      name
      stage
      creditLimit
      version
      updatedAt
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
      variables: { first: 25 },
    },
    {
      title: 'My tasks',
      titleChinese: '我的待办',
      operation: `query MyTasks($first: Int, $after: String) {
  viewer {
    tasks(first: $first, after: $after, filter: { state: { eq: OPEN } }) {
      totalCount
      nodes {
        id
        kind
        title
        dueAt
        overdue
        customer {
          id
          name
        }
        openedBy {
          name
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
`,
      variables: { first: 20 },
    },
    {
      title: 'Open a task for myself',
      titleChinese: '新建待办',
      operation: `mutation OpenTask($input: CreateTaskInput!) {
  createTask(input: $input) {
    task {
      id
      state
      dueAt
      holders {
        to {
          name
        }
        at
      }
    }
  }
}
`,
      variables: { input: { title: '整理下周的拜访名单', kind: 'OTHER', dueAt: '2030-01-07T01:00:00.000Z' } },
    },
    {
      title: 'Watch my files (subscription)',
      titleChinese: '实时接收档案变更',
      note: 'Run it, leave it open, and change a file in a second browser tab: a tab change in here stops it.',
      operation: `subscription WatchMyFiles {
  customerFileChanged {
    cursor
    type
    occurredAt
    actor {
      name
    }
    customer {
      id
      name
      stage
      version
    }
    changes {
      field
      oldValue
      newValue
    }
  }
}
`,
    },
    ...aroundVisit(fromOwnFile(({ id }) => ({ id }))),
    {
      title: 'Update a file',
      titleChinese: '更新客户档案',
      note: "expectedVersion protects a colleague's change: a field they have changed since is refused with CONFLICT.",
      operation: `mutation UpdateFile($input: UpdateCustomerInput!) {
  updateCustomer(input: $input) {
    customer {
      id
      stage
      version
      updatedAt
      owner {
        name
      }
    }
  }
}
`,
      variables: {
        input: { id: 'cus_…', expectedVersion: 1, stage: 'INTENT' },
      },
      fill: fromOwnFile(({ id, version, stage }) => ({
        input: {
          id,
          expectedVersion: version,
          stage: stage === 'INTENT' ? 'POTENTIAL' : 'INTENT',
        },
      })),
    },
    {
      title: 'Log a phone call',
      titleChinese: '记录一次电话沟通',
      operation: `mutation LogPhoneCall($input: LogInteractionInput!) {
  logInteraction(input: $input) {
    interaction {
      id
      kind
      occurredAt
      summary
      customer {
        id
        lastInteractionAt
      }
    }
  }
}
`,
      variables: {
        input: {
          customerId: 'cus_…',
          kind: 'PHONE_CALL',
          direction: 'OUTBOUND',
          occurredAt: '2025-03-15T06:30:00Z',
          summary: '确认自动化生产线改造需求',
        },
      },
      fill: fromOwnFile(({ id }) => ({
        input: {
          customerId: id,
          kind: 'PHONE_CALL',
          direction: 'OUTBOUND',
          occurredAt: new Date().toISOString(),
          summary: '确认自动化生产线改造需求',
        },
      })),
    },
    {
      title: 'Who changed what in a file',
      titleChinese: '档案变更历史',
      operation: `query FileHistory($id: ID!) {
  customer(id: $id) {
    id
    name
    history(first: 20) {
      nodes {
        field
        oldValue
        newValue
        occurredAt
        actor {
          name
        }
      }
    }
  }
}
`,
      variables: { id: 'cus_…' },
      fill: fromOwnFile(({ id }) => ({ id })),
    },
    {
      title: 'Whose customer is it, and may I see the file',
      titleChinese: '查询客户归属，申请访问档案',
      note: 'The directory shows whose file it is, never what it holds; requestAccess asks the owner. (目录只显示归属；可向负责人申请访问。)',
      operation: `query WhoseCustomer($search: String!) {
  customerDirectory(search: $search, first: 5) {
    nodes {
      customerId
      companyName
      ownerName
    }
  }
}
`,
      variables: { search: '启明自动化科技有限公司' },
    },
    {
      title: 'Loan slip for printing',
      titleChinese: '借阅单（打印）',
      note: 'Everything a loan slip (客户资料借阅表) states, of the files that the viewer has borrowed or lent. (借阅单所需的全部内容。)',
      operation: `query LoanSlip {
  accessGrants(first: 1) {
    nodes {
      slipNumber
      grantee {
        name
        title
        team {
          name
        }
      }
      card {
        companyName
        ownerName
      }
      classes
      purpose
      createdAt
      grantedBy {
        name
      }
      expiresAt
      renewals {
        until
        status
        decidedBy {
          name
        }
      }
      status
      endedAt
    }
  }
}
`,
    },
  ],
};
