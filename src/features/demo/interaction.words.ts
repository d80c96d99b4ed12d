import type { InteractionDirection, InteractionKind } from '../../domains/interaction/interaction.table.ts';

interface Talk {
  /** Percentage of ordinary interactions that are of this kind. */
  weight: number;
  by: 'owner' | 'service' | 'marketing';
  direction: InteractionDirection;
  /** {who}: the contact's name; {item}: something the customer's industry buys. */
  summaries: readonly string[];
  outcomes: readonly string[];
}

/** The kinds that the demo company uses. */
export type DemoKind = Exclude<InteractionKind, 'SMS' | 'ONLINE_CHAT' | 'INTERVIEW' | 'OBSERVATION'>;

export const talks: Record<DemoKind, Talk> = {
  VISIT: {
    weight: 16,
    by: 'owner',
    direction: 'OUTBOUND',
    summaries: [
      '上门拜访{who}，了解{item}的立项进度',
      '现场勘查车间与机房，确认{item}的安装条件',
      '携样本拜访{who}，介绍{item}的成功案例',
    ],
    outcomes: ['客户认可方案，要求补充报价', '约定下月安排技术交流', '客户需内部讨论后答复'],
  },
  PHONE_CALL: {
    weight: 22,
    by: 'owner',
    direction: 'OUTBOUND',
    summaries: ['致电{who}，跟进{item}报价', '电话确认{item}的数量与交期', '电话沟通付款方式，{who}希望分期'],
    outcomes: ['客户表示本季度内决定', '无人接听，改日再联系', '同意接收更新后的方案'],
  },
  MEETING: {
    weight: 9,
    by: 'owner',
    direction: 'OUTBOUND',
    summaries: ['与{who}及技术部门召开{item}方案评审会', '商务谈判：就{item}的价格与质保条款交换意见'],
    outcomes: ['方案通过初审', '价格仍有分歧，约定一周后再谈', '客户要求延长质保至三年'],
  },
  EMAIL: {
    weight: 9,
    by: 'owner',
    direction: 'OUTBOUND',
    summaries: ['向{who}发送{item}技术方案与报价单', '邮件发送合同草案，请{who}审阅'],
    outcomes: ['已读，等待回复', '客户回复了三处修改意见'],
  },
  WECHAT: {
    weight: 12,
    by: 'owner',
    direction: 'INBOUND',
    summaries: [
      '{who}微信询问{item}的交货周期',
      '{who}微信发来现场照片，咨询{item}选型',
      '节日问候，{who}提到明年有扩产计划',
    ],
    outcomes: ['已回复参数表', '约定电话详谈'],
  },
  SOCIAL_MENTION: {
    weight: 1,
    by: 'marketing',
    direction: 'INBOUND',
    summaries: ['客户在公众号文章下留言，关注{item}', '客户在微博转发我司新品消息'],
    outcomes: ['已私信联系'],
  },
  INQUIRY: {
    weight: 8,
    by: 'service',
    direction: 'INBOUND',
    summaries: [
      '{who}来电咨询{item}的操作培训安排',
      '{who}咨询{item}的保养周期与配件价格',
      '官网在线咨询{item}，已转客户经理',
    ],
    outcomes: ['已解答', '已转交客户经理跟进'],
  },
  COMPLAINT: {
    weight: 3,
    by: 'service',
    direction: 'INBOUND',
    summaries: [
      '{who}投诉{item}到货包装破损',
      '{who}反映发票信息有误，要求重开',
      '{who}投诉安装人员未按约定时间到场',
    ],
    outcomes: ['已致歉并于当日处理', '补发配件，客户接受', '处理中'],
  },
  SUGGESTION: {
    weight: 2,
    by: 'service',
    direction: 'INBOUND',
    summaries: ['{who}建议{item}增加远程监控功能', '{who}建议提供中文操作视频'],
    outcomes: ['已反馈产品部'],
  },
  REPAIR: {
    weight: 4,
    by: 'service',
    direction: 'INBOUND',
    summaries: ['{item}报修，工程师上门更换部件', '{item}控制系统报警，远程指导排除'],
    outcomes: ['当日修复', '等待配件，预计三日内完成'],
  },
  RETURN_VISIT: {
    weight: 6,
    by: 'service',
    direction: 'OUTBOUND',
    summaries: ['售后回访{who}，{item}运行正常', '电话回访{who}，客户对安装服务表示满意'],
    outcomes: ['满意', '基本满意，希望增加巡检次数'],
  },
  SURVEY: {
    weight: 2,
    by: 'marketing',
    direction: 'OUTBOUND',
    summaries: ['满意度问卷：产品质量 5 分，价格 3 分', '年度需求调研：{who}表示对{item}有兴趣'],
    outcomes: ['问卷已回收'],
  },
  ACTIVITY: {
    weight: 3,
    by: 'marketing',
    direction: 'OUTBOUND',
    summaries: ['{who}参加我司{item}新品发布会', '{who}到访工业博览会展位，领取{item}资料'],
    outcomes: ['留下名片，请客户经理联系', '现场体验良好'],
  },
  NOTE: {
    weight: 2,
    by: 'owner',
    direction: 'INTERNAL',
    summaries: ['客户组织架构调整，采购改由{who}负责', '据悉客户正在比较三家供应商'],
    outcomes: [],
  },
  REPORT: {
    weight: 1,
    by: 'owner',
    direction: 'INTERNAL',
    summaries: ['访问日报：客户{item}项目进入评标阶段', '月度汇报：客户经营平稳，{item}预算已列入明年计划'],
    outcomes: [],
  },
};

/** The words for after-sales response; AC-4 counts the files that contain them. */
export const concern = '售后响应';
export const concernTalks: readonly {
  kind: DemoKind;
  summary: string;
}[] = [
  {
    kind: 'COMPLAINT',
    summary: '{who}投诉设备售后响应速度慢，报修两天后才有工程师联系',
  },
  { kind: 'INQUIRY', summary: '{who}询问设备售后响应时限，希望写入合同' },
  { kind: 'PHONE_CALL', summary: '{who}在比价时重点关注设备售后响应速度' },
  {
    kind: 'VISIT',
    summary: '拜访{who}，客户强调停机损失大，最看重设备售后响应速度',
  },
  {
    kind: 'RETURN_VISIT',
    summary: '回访{who}，希望设备售后响应由 48 小时缩短到 24 小时',
  },
  { kind: 'SURVEY', summary: '满意度问卷：设备售后响应速度被列为最关注项' },
];
export const concernPainPoint = '设备售后响应慢，停机等待时间长';
