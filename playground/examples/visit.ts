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
  {
    title: 'A household by its room, with its catalogue',
    titleChinese: '按房号查住户档案及目录',
    note: 'Write the room as you like: 1-1-101 or 1栋1单元101室. (房号写法不限。)',
    operation: `query Household($room: String!) {
  customers(search: $room, first: 5) {
    nodes {
      id
      name
      premises {
        category
        building
        unit
        floor
        room
      }
      archiveNumber
      formerNumbers {
        number
        reason
      }
      catalogue(first: 10) {
        nodes {
          number
          volume
          title
          kind
          form
          place
        }
      }
    }
  }
}
`,
    variables: { room: '1栋1单元101室' },
  },
];
