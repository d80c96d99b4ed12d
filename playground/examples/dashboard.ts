import type { ExampleGroup } from './example.ts';

export const dashboard: ExampleGroup = {
  title: 'Dashboard',
  titleChinese: '看板',
  about: 'Whole screens in one request: the list with everything a card shows.',
  roles: ['MANAGER', 'CUSTOMER_SERVICE', 'DATA_STEWARD'],
  examples: [
    {
      title: 'Needs of the last 6 months, budget from 500,000',
      titleChinese: '近6个月有采购需求 + 预算≥50万',
      operation: `query RecentNeedsWithBudget($filter: CustomerFilter, $first: Int) {
  customers(filter: $filter, first: $first, orderBy: [{ field: UPDATED_AT, direction: DESC }]) {
    totalCount
    nodes {
      id
      fileNumber
      name
      stage
      owner {
        name
      }
      needs(first: 3) {
        nodes {
          item
          budgetMin
          budgetMax
          currency
          raisedAt
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
      variables: {
        filter: {
          needs: {
            some: {
              raisedAt: { withinLast: 'P6M' },
              budgetMin: { gte: '500000' },
            },
          },
        },
        first: 25,
      },
    },
    {
      title: 'Customers with owner, contacts and last interactions',
      titleChinese: '客户、对接人、联系人与最近互动',
      operation: `query CustomerCards($first: Int, $after: String) {
  customers(first: $first, after: $after, orderBy: [{ field: LAST_INTERACTION_AT, direction: DESC }]) {
    nodes {
      id
      name
      shortName
      region
      stage
      tier
      lastInteractionAt
      owner {
        name
      }
      tags {
        facet
        value
      }
      contacts(first: 3) {
        nodes {
          name
          title
          mobile
          isPrimary
        }
      }
      interactions(first: 5, orderBy: [{ field: OCCURRED_AT, direction: DESC }]) {
        nodes {
          kind
          occurredAt
          summary
          employee {
            name
          }
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
      variables: { first: 20 },
    },
    {
      title: 'Search, and filter by region and tag',
      titleChinese: '搜索，并按区域与标签筛选',
      operation: `query SearchCustomers($search: String!, $filter: CustomerFilter) {
  customers(search: $search, filter: $filter, first: 10) {
    nodes {
      id
      fileNumber
      name
      region
      industry
      tags {
        facet
        value
      }
    }
  }
}
`,
      variables: {
        search: '科技',
        filter: { region: { in: ['EAST_CHINA', 'NORTH_CHINA'] } },
      },
    },
    {
      title: 'Deals won, the largest first',
      titleChinese: '赢单商机，按金额排序',
      operation: `query DealsWon {
  deals(filter: { stage: { eq: WON } }, orderBy: [{ field: CONTRACT_AMOUNT, direction: DESC }], first: 20) {
    totalCount
    nodes {
      title
      product
      contractAmount
      currency
      effectiveOn
      owner {
        name
      }
      customer {
        id
        name
      }
    }
  }
}
`,
    },
  ],
};
