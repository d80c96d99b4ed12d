import type { Example } from './example.ts';

/** What sales staff use around a visit: the page before it, and the need as it was said. */
export const aroundVisit = (fill: Example['fill']): Example[] => [
  {
    title: 'The page before a visit',
    titleChinese: '拜访前摘要',
    operation: `query BeforeTheVisit($id: ID!) {
  customerBrief(id: $id) {
    lastVisitAt
    customer {
      name
      stage
    }
    contacts(first: 3) {
      nodes {
        name
        title
        mobile
        preferences
      }
    }
    tasks(first: 5) {
      nodes {
        title
        dueAt
        overdue
      }
    }
    changes(first: 10) {
      nodes {
        field
        newValue
        occurredAt
      }
    }
    interactions(first: 5) {
      nodes {
        occurredAt
        summary
        nextStep
      }
    }
    needs(first: 5) {
      nodes {
        item
        budgetMin
        budgetMax
      }
    }
    deals(first: 5) {
      nodes {
        title
        amount
      }
    }
  }
}
`,
    variables: { id: 'cus_…' },
    fill,
  },
  {
    title: 'Take a need apart',
    titleChinese: '解析需求描述',
    operation: `query TakeApart($text: String!) {
  needProposal(text: $text) {
    item
    quantity
    unit
    unitBudgetMax
    budgetMin
    budgetMax
    currency
    specification
    missing
  }
}
`,
    variables: { text: '采购台式电脑20台，预算5000元/台，要求i5处理器、16G内存' },
  },
];
