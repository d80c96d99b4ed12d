// Ids, words and instants of the generated data: the same for the same number.

/** 32 bits that look random, from two numbers: rows can be made in any order and refer to each other. */
export function hash(a, b = 0) {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x45d9f3b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return (h ^ (h >>> 16)) >>> 0;
}
export const pick = (values, a, b) => values[hash(a, b) % values.length];

export const dayMs = 86_400_000;
export const stages = ['POTENTIAL', 'INTENT', 'WON', 'LOST'];
/** Two years of business, ending on the day of the load: segments ask for "the last six months". */
export const endMs = Math.floor(Date.now() / dayMs) * dayMs;
export const startMs = endMs - 730 * dayMs;
export const instant = (ms) => new Date(Math.floor(ms)).toISOString();
export const day = (ms) => instant(ms).slice(0, 10);

const kinds = {
  team: 1,
  employee: 2,
  tag: 3,
  customer: 4,
  contact: 5,
  interaction: 6,
  need: 7,
  deal: 8,
  delegation: 9,
};
/** A UUIDv7 of an instant; number and kind make it unique. */
export function uuid(kind, ms, number) {
  const time = Math.floor(ms).toString(16).padStart(12, '0');
  const mark = (kinds[kind] * 0x100 + (hash(number, 77) & 0xff)).toString(16).padStart(3, '0');
  const tail = (number + 0x1000_0000).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${mark}-8${(hash(number, 78) & 0xfff).toString(16).padStart(3, '0')}-${tail}`;
}

export const teams = Array.from({ length: 20 }, (_, i) => [uuid('team', startMs, i + 1), `${i + 1}队`]);
const surnames = [...'王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗'];
const givenNames = [
  '伟',
  '芳',
  '娜',
  '敏',
  '静',
  '丽',
  '强',
  '磊',
  '军',
  '洋',
  '勇',
  '艳',
  '杰',
  '娟',
  '涛',
  '明',
  '超',
  '秀英',
  '志强',
  '晓东',
];
export const personName = (n, salt) => pick(surnames, n, salt) + pick(givenNames, n, salt + 1);

/** One of each role for the clients of the benchmark, and a sales person per 500 files. */
export function staffFor(customers) {
  const roles = ['MANAGER', 'CUSTOMER_SERVICE', 'MARKETING', 'FINANCE', 'DATA_STEWARD', 'ANALYST', 'ADMIN'];
  const sales = Array.from({ length: Math.max(10, Math.ceil(customers / 500)) }, () => 'SALES');
  return [...roles, ...sales].map((role, i) => [
    uuid('employee', startMs, i + 1),
    `${role.toLowerCase()}${i}@bench.example`,
    personName(i, 11),
    role,
    '客户经理',
    teams[i % teams.length][0],
  ]);
}
export const salesOf = (staff, n, salt) => {
  const firstSales = 7;
  return staff[firstSales + (hash(n, salt) % (staff.length - firstSales))][0];
};

export const tags = [
  '华东重点',
  '高价值',
  '价格敏感',
  '技术导向',
  '老客户',
  '新客户',
  '流失风险',
  '展会',
  '直播',
  '转介绍',
].map((value, i) => [uuid('tag', startMs, i + 1), i % 2 ? '来源' : '画像', value]);

export const places = [
  ['EAST_CHINA', '上海', '上海'],
  ['EAST_CHINA', '江苏', '苏州'],
  ['EAST_CHINA', '浙江', '杭州'],
  ['NORTH_CHINA', '北京', '北京'],
  ['SOUTH_CHINA', '广东', '深圳'],
  ['CENTRAL_CHINA', '湖北', '武汉'],
  ['NORTHEAST', '辽宁', '沈阳'],
  ['NORTHWEST', '陕西', '西安'],
  ['SOUTHWEST', '四川', '成都'],
];
export const words = [
  '恒信',
  '远大',
  '华泰',
  '金桥',
  '东方',
  '盛世',
  '同创',
  '科达',
  '瑞丰',
  '天元',
  '中联',
  '博雅',
  '鼎新',
  '汇通',
  '启明',
];
export const industries = [
  '制造业',
  '制造业',
  '制造业',
  '制造业',
  '零售业',
  '建筑业',
  '信息技术',
  '物流',
  '医疗',
  '教育',
];
export const branches = [
  '精密机械',
  '电子科技',
  '新材料',
  '自动化设备',
  '食品',
  '信息技术',
  '物流',
  '建设工程',
];
