import type { StandardName } from '../../src/core/model/standard.ts';

/** A text as it is stored, and how people write the whole of it, its beginning and a part of it. */
export interface Spellings {
  stored: string;
  whole: readonly string[];
  beginnings: readonly string[];
  parts: readonly string[];
  /** Other texts, that are none of it. */
  others: readonly string[];
}

/** For each standard. What is stored is what its fields' writes make of the first spelling: see `spelling.test.ts`. */
export const spellings: Record<StandardName, readonly Spellings[]> = {
  PLAIN: [
    {
      stored: '采购方案（A4）：Plan B，20台',
      whole: [
        '采购方案（A4）：Plan B，20台',
        '采购方案(A4):Plan B,20台',
        '采购方案（Ａ４）：ｐｌａｎ　ｂ，２０台',
        ' 采购方案(a4)：PLAN B，20台 ',
      ],
      beginnings: ['采购方案(a4', '采购方案（Ａ４）', '采购'],
      parts: ['(A4)', '（a4）', 'plan b,', 'ＰＬＡＮ', '２０台', '方案'],
      others: ['采购方案', 'A5', 'plan_b', '%'],
    },
    {
      stored: 'Café ĀÉÎ',
      whole: ['café āéî', 'CAFÉ ĀÉÎ', 'Cafe\u0301 ĀÉÎ'],
      beginnings: ['CAFÉ'],
      parts: ['āé'],
      others: ['café'],
    },
  ],
  INDUSTRY: [
    {
      stored: '制造业',
      whole: ['制造业', '制造', 'c 制造业', 'Ｃ　制造业', 'C制造业'],
      beginnings: ['制造'],
      parts: ['造业'],
      others: ['采矿业', '软件'],
    },
    {
      stored: '精密机械',
      whole: ['精密机械', ' 精密机械'],
      beginnings: ['精密'],
      parts: ['机械'],
      others: ['机械'],
    },
  ],
  NAME: [
    {
      stored: '华信(上海)ABC科技有限公司',
      whole: [
        '华信(上海)ABC科技有限公司',
        '华信（上海）ＡＢＣ科技有限公司',
        '华信 (上海) abc 科技有限公司',
        ' 华信（上海）abc科技有限公司',
      ],
      beginnings: ['华信（上海', '华信(', '华信 （'],
      parts: ['（上海）', '(上海)', 'ａｂｃ科技', '上海)Abc'],
      others: ['华信', '（北京）'],
    },
    {
      stored: '张三',
      whole: ['张三', '张　三', '张 三'],
      beginnings: ['张'],
      parts: ['三'],
      others: ['张三丰'],
    },
    {
      stored: 'Acme Trading Ltd.',
      whole: ['ACME TRADING LTD.', 'acme  trading ltd.', 'Ａｃｍｅ　Ｔｒａｄｉｎｇ　Ｌｔｄ．'],
      beginnings: ['acme t'],
      parts: ['TRADING', 'ltd．'],
      others: ['Acme'],
    },
  ],
  CODE: [
    {
      stored: '91350211M000100Y43',
      whole: [
        '91350211m000100y43',
        '９１３５０２１１Ｍ０００１００Ｙ４３',
        '91350211 M000 100Y43',
        ' 91350211M000100Y43 ',
      ],
      beginnings: ['91350211m', '9135 0211'],
      parts: ['m000100y', 'Ｍ０００'],
      others: ['91350211M000100Y44'],
    },
    { stored: 'CN', whole: ['cn', 'ＣＮ', ' Cn'], beginnings: ['c'], parts: ['n'], others: ['CNY', 'US'] },
  ],
  BUILDING: [
    {
      stored: '3',
      whole: ['3', '３', '3栋', '3 号楼', '３幢', '03', '三栋', '3座'],
      beginnings: [],
      parts: [],
      others: ['13', '3A'],
    },
    {
      stored: '东区A2',
      whole: ['东区a2', '东区Ａ２栋', '东区 A02'],
      beginnings: ['东区'],
      parts: ['a2'],
      others: ['东区'],
    },
  ],
  UNIT: [{ stored: '2', whole: ['2', '2单元', '二单元', '０２'], beginnings: [], parts: [], others: ['12'] }],
  FLOOR: [
    { stored: '5', whole: ['5', '5层', '五楼', '5F', '05'], beginnings: [], parts: [], others: ['15'] },
    {
      stored: 'B1',
      whole: ['b1', '-1', '负一层', '地下1层', 'Ｂ１'],
      beginnings: ['b'],
      parts: [],
      others: ['1'],
    },
  ],
  ROOM: [
    {
      stored: '501',
      whole: ['501', '501室', '５０１号', '0501'],
      beginnings: ['50'],
      parts: ['01'],
      others: ['5011'],
    },
    { stored: 'A12', whole: ['a12', 'A12铺', 'a012'], beginnings: ['a'], parts: [], others: ['12'] },
  ],
  PHONE: [
    {
      stored: '+8613800138000',
      whole: [
        '13800138000',
        '138 0013 8000',
        '138-0013-8000',
        '１３８００１３８０００',
        '+86 138 0013 8000',
        '0086-13800138000',
        '86 13800138000',
        '(+86)13800138000',
        '013800138000',
      ],
      beginnings: ['138', '１３８', '138 00', '+86138', '86138', '0138'],
      parts: ['0013', '0013-8000', '138', '１３８０', '+86 138'],
      others: ['138', '13800138001', '+113800138000', '800138000', 'abc'],
    },
    {
      stored: '+8675582345678',
      whole: [
        '0755-82345678',
        '(0755) 8234 5678',
        '（０７５５）８２３４５６７８',
        '+86 755 8234 5678',
        '+86 (0)755 82345678',
        '0755-82345678转801',
        '0755-82345678-801',
      ],
      beginnings: ['0755', '755', '(0755)', '0755-8234', '+86 0755'],
      parts: ['0755', '8234', '8234-5678', '0755 8234'],
      others: ['82345678', '0755'],
    },
    {
      stored: '+14155552671',
      whole: ['(415) 555-2671', '+1 415-555-2671', '1 415 555 2671'],
      beginnings: ['415', '+1415', '(415) 55'],
      parts: ['555-2671'],
      others: ['5552671'],
    },
  ],
  EMAIL: [
    {
      stored: 'Zhou.Yi@example.com',
      whole: [
        'zhou.yi@example.com',
        'ZHOU.YI@EXAMPLE.COM',
        'Ｚhou.Yi＠example．com',
        ' zhou.yi@Example.com ',
      ],
      beginnings: ['zhou', 'ZHOU.YI@'],
      parts: ['@EXAMPLE', 'yi@example', '＠'],
      others: ['zhou@example.com'],
    },
    {
      stored: 'li@xn--55qx5d.cn',
      whole: ['li@公司.cn', 'LI@公司.CN'],
      beginnings: ['li@'],
      parts: ['@公司.cn'],
      others: ['li@cn'],
    },
  ],
  WEBSITE: [
    {
      stored: 'https://example.com',
      whole: [
        'example.com',
        'https://example.com/',
        'HTTPS://EXAMPLE.COM',
        'Example.com',
        'ｅｘａｍｐｌｅ.com',
      ],
      beginnings: ['example', 'exam', 'https://exam', 'EXAMPLE.COM'],
      parts: ['example', 'AMPLE.com', '://ex'],
      others: ['example.org', 'http://example.com'],
    },
    {
      stored: 'http://example.com/a',
      whole: ['example.com/a'],
      beginnings: ['example'],
      parts: ['/a'],
      others: ['example.com'],
    },
  ],
  PROVINCE: [
    {
      stored: '江苏省',
      whole: ['江苏', '江苏省', '江蘇省', '江蘇'],
      beginnings: ['江苏', '江蘇'],
      parts: ['江苏省', '江蘇'],
      others: ['江西'],
    },
    {
      stored: '江苏',
      whole: ['江苏', '江苏省', '江蘇省'],
      beginnings: ['江苏省'],
      parts: ['江蘇省', '苏'],
      others: ['江西省'],
    },
    {
      stored: '广西壮族自治区',
      whole: ['广西', '廣西壯族自治區'],
      beginnings: ['廣西'],
      parts: ['广西'],
      others: ['广东'],
    },
    {
      stored: 'California',
      whole: ['california', 'ＣＡＬＩＦＯＲＮＩＡ'],
      beginnings: ['cali'],
      parts: ['FORN'],
      others: ['CA'],
    },
  ],
  CITY: [
    {
      stored: '瀋陽市',
      whole: ['沈阳', '沈阳市', '瀋陽'],
      beginnings: ['沈阳'],
      parts: ['沈阳市'],
      others: ['阳'],
    },
    {
      stored: '苏州',
      whole: ['苏州', '苏州市', '蘇州市'],
      beginnings: ['苏州市'],
      parts: ['蘇州'],
      others: ['苏'],
    },
  ],
  TAG: [
    {
      stored: '规模-中小企业VIP',
      whole: ['规模-中小企业VIP', '规模－中小企业ＶＩＰ', '规模 — 中小企业vip'],
      beginnings: ['规模－', '规模-中'],
      parts: ['－中小', 'ｖｉｐ'],
      others: ['规模', '中小企业VIP'],
    },
  ],
};
