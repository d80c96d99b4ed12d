/** The words for demo companies of one industry: their names, what they do and what they want to buy. */
interface IndustryWords {
  /** Trades, which come before the legal form in a company's name. */
  trades: readonly string[];
  scope: string;
  /** Kinds of things to buy: keys of `offers`. */
  wants: readonly OfferName[];
}

export interface Offer {
  goods: readonly { item: string; specification: string }[];
  painPoints: readonly string[];
  unit: string;
  quantity: readonly [number, number];
  product: string;
}

export const offers = {
  automation: {
    goods: [
      {
        item: '自动化生产线改造',
        specification: '节拍不低于每分钟 12 件，兼容三种型号，与现有 MES 系统对接',
      },
      { item: '工业机器人焊接工作站', specification: '六轴机器人，负载 50kg，含安全围栏' },
      { item: '柔性装配线', specification: '十二工位，换型时间不超过 15 分钟' },
      { item: '立体仓储与输送系统', specification: '2400 货位，四台堆垛机，含安装调试' },
    ],
    painPoints: ['人工成本逐年上升，招工困难', '换型时间长，交期不稳定', '一致性差，返工率偏高'],
    unit: '套',
    quantity: [1, 4],
    product: '智能产线解决方案',
  },
  saving: {
    goods: [
      { item: '节能空压机', specification: '一级能效，永磁变频，75kW，含能耗监测平台' },
      { item: '节能型中央空调改造', specification: '综合节能率不低于 25%，提供第三方检测' },
      { item: '余热回收节能系统', specification: '合同能源管理模式，三年质保' },
      { item: '厂房照明节能改造', specification: 'LED 灯具，照度不低于 300lx，五年质保' },
    ],
    painPoints: ['电费占成本比重过高', '能耗双控指标压力大', '设备老旧，故障频繁'],
    unit: '台',
    quantity: [1, 12],
    product: '节能设备系列',
  },
  machine: {
    goods: [
      { item: '五轴数控加工中心', specification: '定位精度 0.005mm，行程 800×600×500mm' },
      { item: '高速激光切割机', specification: '功率 6kW，自动上下料' },
      { item: '精密注塑机', specification: '锁模力 250 吨，伺服驱动' },
      { item: '三坐标测量仪', specification: '测量精度 1.8μm，含恒温间' },
    ],
    painPoints: ['加工精度不能满足新订单要求', '旧设备维修停机时间长', '产能不足，外协成本高'],
    unit: '台',
    quantity: [1, 8],
    product: '精密加工设备',
  },
  office: {
    goods: [
      { item: '台式电脑', specification: 'i5处理器、16G内存、512G固态硬盘' },
      { item: '会议平板', specification: '86 英寸，含无线投屏' },
      { item: '多功能复印机', specification: 'A3 彩色，每分钟 30 页，含上门维护' },
    ],
    painPoints: ['现有设备使用超过六年，运行缓慢', '远程会议效果差', '耗材成本高'],
    unit: '台',
    quantity: [5, 60],
    product: '办公设备',
  },
  software: {
    goods: [
      { item: '客户关系管理系统', specification: '支持 200 并发用户，含移动端' },
      { item: '仓储管理系统', specification: '条码与 RFID 双模，对接财务软件' },
      { item: '机房扩容', specification: '二十个机柜，双路供电，含三年运维与每季度巡检' },
      { item: '网络安全防护系统', specification: '满足等级保护三级要求' },
    ],
    painPoints: ['客户信息分散在个人手中', '库存账实不符', '系统响应慢，经常宕机'],
    unit: '套',
    quantity: [1, 3],
    product: '信息系统集成',
  },
  vehicle: {
    goods: [
      { item: '新能源物流车', specification: '续航 300km，载重 1.5 吨' },
      { item: '电动叉车', specification: '举升 3 米，锂电池快充' },
      { item: '冷链运输车', specification: '温控 -18℃ 至 5℃，带温度记录' },
    ],
    painPoints: ['油费与维保费用高', '城区限行影响配送', '运输途中温度失控造成货损'],
    unit: '辆',
    quantity: [2, 20],
    product: '物流装备',
  },
  home: {
    goods: [
      { item: '家用净水设备', specification: '厨下式，含两年滤芯' },
      { item: '家用节能空调', specification: '一级能效，1.5 匹，静音' },
      { item: '家用一体机电脑', specification: '27 英寸，含上门安装' },
    ],
    painPoints: ['水质偏硬', '夏季电费高', '孩子上网课需要'],
    unit: '台',
    quantity: [1, 3],
    product: '家用设备',
  },
} as const satisfies Record<string, Offer>;
export type OfferName = keyof typeof offers;

/** By industry: the name of GB/T 4754, as the API would store it, or a term in everyday use that is not in it. */
export const industries: Readonly<Record<string, IndustryWords>> = {
  制造业: {
    trades: [
      '精密机械',
      '智能装备',
      '数控机床',
      '汽车零部件',
      '电子元件',
      '新材料',
      '模具制造',
      '电气设备',
      '纺织机械',
      '包装材料',
    ],
    scope: '机械设备及零部件的研发、制造、销售；货物进出口',
    wants: ['automation', 'saving', 'machine', 'office'],
  },
  信息技术: {
    trades: ['信息技术', '软件技术', '云计算科技', '大数据科技', '网络科技'],
    scope: '软件开发；信息系统集成服务；技术咨询、技术服务',
    wants: ['software', 'office', 'saving'],
  },
  批发和零售业: {
    trades: ['商贸', '百货', '国际贸易', '五金机电', '供应链管理'],
    scope: '日用百货、五金交电、机械设备的批发与零售',
    wants: ['software', 'vehicle', 'office'],
  },
  建筑业: {
    trades: ['建筑工程', '市政工程', '装饰工程', '机电安装工程'],
    scope: '房屋建筑工程、市政公用工程施工总承包',
    wants: ['saving', 'office', 'vehicle'],
  },
  金融业: {
    trades: ['融资租赁', '商业保理', '投资管理', '融资担保'],
    scope: '融资租赁业务；租赁财产的残值处理及维修；租赁交易咨询',
    wants: ['software', 'office'],
  },
  物流运输: {
    trades: ['物流', '国际货运代理', '冷链物流', '仓储服务'],
    scope: '普通货运；仓储服务；国内、国际货运代理',
    wants: ['vehicle', 'software', 'saving'],
  },
  教育: {
    trades: ['教育科技', '文化教育', '职业培训'],
    scope: '教育咨询；职业技能培训；教学设备销售',
    wants: ['office', 'software', 'saving'],
  },
  医疗健康: {
    trades: ['医疗器械', '生物医药', '健康管理', '医疗科技'],
    scope: '第二类医疗器械销售；健康咨询服务；医学研究和试验发展',
    wants: ['machine', 'software', 'saving'],
  },
  住宿和餐饮业: {
    trades: ['酒店管理', '餐饮管理', '餐饮服务'],
    scope: '住宿服务；餐饮服务；酒店管理',
    wants: ['saving', 'office', 'software'],
  },
  '农、林、牧、渔业': {
    trades: ['农业科技', '现代农业', '水产养殖', '粮油食品'],
    scope: '农作物种植；水产养殖；农产品初加工与销售',
    wants: ['vehicle', 'saving', 'automation'],
  },
};

const household: IndustryWords = { trades: [], scope: '', wants: ['home'] };

/** The words of an industry; customers without one are persons, who buy for their household. */
export const wordsOf = (industry: string | null | undefined): IndustryWords =>
  industries[industry ?? ''] ?? household;
