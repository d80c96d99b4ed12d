import type { ExampleGroup } from './example.ts';

const salesColleagues = `query SalesColleagues {
  employees(filter: { role: { eq: SALES } }, first: 2) {
    nodes {
      id
    }
  }
}
`;

export const manager: ExampleGroup = {
  title: 'Manager',
  titleChinese: '经理',
  about: 'Figures, access to files, hand-overs and exports. (统计、访问授权、移交与导出。)',
  roles: ['MANAGER'],
  examples: [
    {
      title: 'Customers by region, with won amounts',
      titleChinese: '按区域统计客户数与赢单金额',
      operation: `query CustomersByRegion {
  customerStats(
    groupBy: [REGION]
    measures: [{ as: "won", field: DEAL_CONTRACT_AMOUNT, of: SUM, deals: { stage: { eq: WON } } }]
    orderBy: [{ by: "won", direction: DESC }]
  ) {
    total
    groups {
      keys {
        label
        labelEn
      }
      count
      share
      measures {
        name
        value
        currency
      }
    }
  }
}
`,
    },
    {
      title: 'Files opened per month',
      titleChinese: '每月新建档案数',
      operation: `query FilesPerMonth {
  customerStats(groupBy: [CREATED_AT_MONTH], orderBy: [{ by: "CREATED_AT_MONTH", direction: DESC }], first: 24) {
    groups {
      keys {
        value
      }
      count
    }
  }
}
`,
    },
    {
      title: 'Requests for access, and grants that are overdue',
      titleChinese: '访问申请与逾期未归还的授权',
      operation: `query AccessToFiles {
  accessRequests(first: 10) {
    nodes {
      id
      status
      purpose
      classes
      until
      requester {
        name
      }
      customer {
        name
      }
    }
  }
  accessGrants(filter: { status: { eq: OVERDUE } }, first: 10) {
    totalCount
    nodes {
      id
      expiresAt
      grantee {
        name
      }
    }
  }
}
`,
    },
    {
      title: 'What a handover would move',
      titleChinese: '移交预览',
      note: 'Shows exactly what handOverFiles would do with the same rules; nothing changes. (与实际移交一致，不改变数据。)',
      operation: `query HandoverPreview($input: HandOverFilesInput!) {
  handoverPreview(input: $input) {
    customers
    contacts
    deals
    openNeeds
    followUps
    grants
    customersLeft
    recipients {
      employeeName
      customers
    }
  }
}
`,
      variables: { input: { fromEmployeeId: 'emp_…', rules: [{ toEmployeeId: 'emp_…' }] } },
      fill: {
        query: salesColleagues,
        into: ({ employees }) => {
          const [from, to] = employees?.nodes ?? [];
          return from && to && { input: { fromEmployeeId: from.id, rules: [{ toEmployeeId: to.id }] } };
        },
        whenNothingFound:
          'There are not two sales people: put ids in by hand. (没有两名销售，请手工填写 id。)',
      },
    },
    {
      title: 'Export a segment as a workbook',
      titleChinese: '导出客户分群为 Excel',
      note: 'The answer has the address to download it from, once, with your token. (凭令牌下载一次。)',
      operation: `mutation ExportFiles($input: ExportCustomersInput!) {
  exportCustomers(input: $input) {
    export {
      id
      status
      rowCount
      expiresAt
      url
    }
  }
}
`,
      variables: {
        input: {
          columns: ['FILE_NUMBER', 'NAME', 'REGION', 'STAGE', 'OWNER', 'CONTACT_NAME', 'LAST_INTERACTION_AT'],
          filter: { stage: { eq: 'WON' } },
          format: 'XLSX',
          locale: 'ZH',
          purpose: '季度客户回顾',
        },
      },
    },
    {
      title: 'Watch who enters a segment (subscription)',
      titleChinese: '实时接收分群成员变动',
      note: 'Leave it open, and change a file so that it fits the rule. (保持打开，再修改档案使其符合规则。)',
      operation: `subscription WatchSegment($segmentId: ID!) {
  segmentMembershipChanged(segmentId: $segmentId) {
    cursor
    type
    occurredAt
    customer {
      id
      name
    }
    cause {
      kind
      changes {
        field
        newValue
      }
    }
  }
}
`,
      variables: { segmentId: 'seg_…' },
      fill: {
        query: 'query RuleSegment { segments(filter: { kind: { eq: DYNAMIC } }, first: 1) { nodes { id } } }',
        into: ({ segments }) => segments?.nodes[0] && { segmentId: segments.nodes[0].id },
        whenNothingFound: 'There is no segment yet: create one first. (还没有客户分群，请先创建。)',
      },
    },
  ],
};
