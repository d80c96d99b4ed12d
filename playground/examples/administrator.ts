import type { ExampleGroup } from './example.ts';

export const administrator: ExampleGroup = {
  title: 'Administrator',
  titleChinese: '系统管理员',
  about: 'Staff, hand-overs, and what happened.',
  roles: ['ADMIN'],
  examples: [
    {
      title: 'Staff and roles',
      titleChinese: '员工与角色',
      operation: `query Staff {
  employees(first: 50) {
    nodes {
      id
      name
      role
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
    },
    {
      title: 'Hand a file over',
      titleChinese: '移交客户档案',
      note: "The former owner's live stream gets ACCESS_ENDED, the new owner's ACCESS_GAINED.",
      operation: `mutation HandOver($input: AssignCustomerInput!) {
  assignCustomer(input: $input) {
    customer {
      id
      name
      version
      owner {
        id
        name
      }
    }
  }
}
`,
      variables: { input: { id: 'cus_…', ownerId: 'emp_…' } },
      fill: {
        query: `query FileAndColleague {
  customers(first: 1, orderBy: [{ field: UPDATED_AT, direction: DESC }]) {
    nodes {
      id
      owner {
        id
      }
    }
  }
  employees(first: 50) {
    nodes {
      id
      role
    }
  }
}
`,
        into: ({ customers, employees }) => {
          const customer = customers?.nodes[0];
          const colleague = employees?.nodes.find(
            (employee: { id: string; role: string }) =>
              employee.role === 'SALES' && employee.id !== customer?.owner?.id,
          );
          return customer && colleague && { input: { id: customer.id, ownerId: colleague.id } };
        },
        whenNothingFound:
          'No file and colleague found: put ids in by hand. (未找到档案或同事，请手工填写 id。)',
      },
    },
    {
      title: 'What happened lately',
      titleChinese: '最近的档案变更',
      operation: `query RecentChanges {
  customers(orderBy: [{ field: UPDATED_AT, direction: DESC }], first: 10) {
    nodes {
      fileNumber
      name
      updatedAt
      history(first: 3) {
        nodes {
          occurredAt
          entityType
          field
          oldValue
          newValue
          actor {
            name
          }
        }
      }
    }
  }
}
`,
    },
    {
      title: 'Find anything by its id',
      titleChinese: '按 id 查找任意对象',
      operation: `query AnyNode($id: ID!) {
  node(id: $id) {
    __typename
    id
    ... on Customer {
      name
      fileNumber
    }
    ... on Contact {
      name
    }
    ... on Segment {
      segmentName: name
    }
    ... on Employee {
      employeeName: name
      role
    }
  }
}
`,
      variables: { id: 'cus_…' },
      fill: {
        query: 'query AnyCustomer { customers(first: 1) { nodes { id } } }',
        into: ({ customers }) => customers?.nodes[0] && { id: customers.nodes[0].id },
        whenNothingFound: 'Put an id in by hand. (请手工填写 id。)',
      },
    },
  ],
};
