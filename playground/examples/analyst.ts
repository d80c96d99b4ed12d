import type { ExampleGroup } from './example.ts';

export const analyst: ExampleGroup = {
  title: 'Analyst',
  titleChinese: '分析员',
  about: 'Segments and counts: who fits a rule, and how many they are. Names are withheld from this role.',
  roles: ['ANALYST', 'MARKETING', 'FINANCE'],
  examples: [
    {
      title: 'Segments, and how large they are',
      titleChinese: '客户分群及规模',
      note: 'A size is withheld (FORBIDDEN) where the rule uses what the role may not read. (规则涉及无权查看的字段时不给出规模。)',
      operation: `query Segments {
  segments(first: 20) {
    nodes {
      id
      kind
      size
      updatedAt
    }
  }
}
`,
    },
    {
      title: 'Members of a segment',
      titleChinese: '客户分群成员',
      operation: `query SegmentMembers($id: ID!) {
  segment(id: $id) {
    kind
    size
    members(first: 25) {
      nodes {
        id
        fileNumber
        region
        industry
        stage
        tier
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
`,
      variables: { id: 'seg_…' },
      fill: {
        query: 'query FirstSegment { segments(first: 1) { nodes { id } } }',
        into: ({ segments }) => segments?.nodes[0] && { id: segments.nodes[0].id },
        whenNothingFound: 'There is no segment yet: create one first. (还没有客户分群，请先创建。)',
      },
    },
    {
      title: 'Save a filter as a segment',
      titleChinese: '把筛选条件保存为客户分群',
      note: 'What can be asked can be saved: the rule is a CustomerFilter.',
      operation: `mutation SaveSegment($input: CreateSegmentInput!) {
  createSegment(input: $input) {
    segment {
      id
      name
      rule
      size
    }
  }
}
`,
      variables: {
        input: {
          name: '华东制造业 · 预算≥50万',
          rule: {
            region: { eq: 'EAST_CHINA' },
            needs: {
              some: {
                raisedAt: { withinLast: 'P6M' },
                budgetMin: { gte: '500000' },
              },
            },
          },
        },
      },
    },
    {
      title: 'How many files in East China, and of how many',
      titleChinese: '华东客户数与总数',
      operation: `query EastChinaShare {
  eastChina: customers(filter: { region: { eq: EAST_CHINA } }, first: 1) {
    totalCount
  }
  all: customers(first: 1) {
    totalCount
  }
}
`,
    },
    {
      title: 'Files without a contact for 3 months',
      titleChinese: '三个月未联系的客户',
      operation: `query NotHeardFrom {
  customers(filter: { not: { lastInteractionAt: { withinLast: "P3M" } } }, first: 25) {
    totalCount
    nodes {
      id
      fileNumber
      stage
      tier
      lastInteractionAt
    }
  }
}
`,
    },
  ],
};
