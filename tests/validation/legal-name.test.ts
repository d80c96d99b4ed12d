import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLegalName } from '../../src/core/validation/legal-name.ts';

describe('a full legal name', () => {
  it.each([
    '北京信息技术股份有限公司',
    '南京港股份有限公司',
    '力合股份有限公司',
    '吉艾科技(北京)股份公司',
    'TCL集团股份有限公司',
    '中兴-沈阳商业大厦(集团)股份有限公司',
    '香港上海滙豐銀行有限公司',
    '中国烟草总公司',
    '中国长江三峡集团公司',
    '上海市食品工业公司',
    '招商银行股份有限公司北京分行',
    '中国移动通信集团北京有限公司海淀分公司',
    '红杉股权投资中心(有限合伙)',
    '立信会计师事务所(特殊普通合伙)',
    '北京市金杜律师事务所',
    '上海手表厂',
    '新疆生产建设兵团第八师农场',
    '杭州市萧山区商业城市场',
    '义乌市五爱五金商行',
    '深圳市南山区老王小吃店',
    '昆山市玉山镇张记电器经营部(个体工商户)',
    '寿光市绿源蔬菜专业合作社',
    '北京大学',
    '复旦大学附属华山医院',
    '中国人民银行',
    '上海证券交易所',
    '海淀区税务局',
    '国家税务总局北京市税务局',
    '中华人民共和国教育部',
    '四川省人民政府',
    '北京市海淀区人民政府中关村街道办事处',
    '中国证券监督管理委员会',
    '中国红十字会',
    '新华通讯社',
    'Acme Corporation',
    'dambase',
    "B's Beverages",
    'FISSA Fabrica Inter. Salchichas S.A.',
    'Agco',
    '3M',
    'ООО Ромашка',
    '株式会社西松屋チェーン',
    '西松屋株式会社',
    '삼성전자',
  ])('%s is accepted as it stands', (name) => {
    expect(checkLegalName(name)).toEqual({ value: name });
  });

  it.each([
    '昆明市官渡区康民大药房',
    '大理市古城听雨客栈',
    '丽江古城区云上民宿',
    '义乌永昌五金',
    '广东省江苏商会',
    '深圳市潮汕商会',
    '北京福建企业总商会',
    '江苏省人民政府驻北京办事处',
    '延边州林业局',
    '长春市二道区鑫鑫干洗',
    '北京华联信息有限公司(原北京华联(集团)公司)',
    '上海远大实业有限公司(原名上海远大(集团)总公司)(已注销)',
    '东港股份有限公司',
  ])('%s, registered in a form of its own, is accepted without a warning', (name) => {
    expect(checkLegalName(name)).toEqual({ value: name });
  });

  it.each([
    '锦州环境工程技术公司',
    '哈尔滨铁路局环境保护公司',
    '葛洲坝水利水电工程公司',
    '乌鲁木齐市天山区老王烤肉',
    '新疆生产建设兵团第一师',
    '国家电网有限公司华东分部',
  ])('%s is accepted with a warning', (name) => {
    expect(checkLegalName(name)).toMatchObject({ value: name, warning: { code: 'LEGAL_NAME_UNSURE' } });
  });

  it.each([
    ['#N/A', 'TEXT_PLACEHOLDER'],
    ['#REF!', 'TEXT_PLACEHOLDER'],
    ['NaN', 'TEXT_PLACEHOLDER'],
    ['test', 'TEXT_PLACEHOLDER'],
    ['(null)', 'TEXT_PLACEHOLDER'],
    ['众?N集团', 'TEXT_GARBLED'],
    ['北京信息技术??有限公司', 'TEXT_GARBLED'],
    ['锟斤拷科技有限公司', 'TEXT_GARBLED'],
    ['"北京信息技术有限公司"', 'TEXT_QUOTED'],
    ['测试公司', 'LEGAL_NAME_FORMAT'],
  ])('%s is left over, as %s', (name, code) => {
    expect(checkLegalName(name).problem?.code).toBe(code);
  });

  it.each([
    '北京公司',
    '深圳华大基因',
    '华为技术公司',
    '北京字节跳动',
    '北京市公司',
    '北京分公司',
    '北京有限公司',
    '深圳市股份有限公司',
    '中国(上海)有限公司',
    '有限公司',
    '公司',
    '华为',
    '华为公司',
    '华为集团',
    '万科集团',
    '北京信息技术公司',
    '北京集团公司',
    '平安银行',
    '东方市场',
    '华天酒店',
    '销售部',
    '北京店',
    '教育部',
    '某局',
    '(有限合伙)',
    'Co., Ltd.',
    'Company',
  ])('%s is refused as an abbreviation', (name) => {
    expect(checkLegalName(name).problem?.code).toBe('LEGAL_NAME_ABBREVIATED');
  });

  it.each(['unknown', '暂无', '12345', 'https://example.com', 'li@example.com', '--'])(
    '%s is no name',
    (name) => {
      expect(checkLegalName(name).problem?.code).toBe('LEGAL_NAME_FORMAT');
    },
  );

  it('is stored in plain letters and brackets, without spaces beside Chinese characters', () => {
    expect(checkLegalName(' ＴＣＬ 集团\u3000股份有限公司 ')).toEqual({ value: 'TCL集团股份有限公司' });
    expect(checkLegalName('飞亚达 （集团） 股份有限公司')).toEqual({ value: '飞亚达(集团)股份有限公司' });
    expect(checkLegalName('Wolski  \n Zajazd')).toEqual({ value: 'Wolski Zajazd' });
  });

  it("is held to the mainland's rule only where the organisation may be of the mainland", () => {
    expect(checkLegalName('苹果公司').problem?.code).toBe('LEGAL_NAME_ABBREVIATED');
    expect(checkLegalName('苹果公司', { country: 'CN' }).problem?.code).toBe('LEGAL_NAME_ABBREVIATED');
    expect(checkLegalName('苹果公司', { country: 'US' })).toEqual({ value: '苹果公司' });
  });

  it('has 2 to 200 characters and no control character', () => {
    expect(checkLegalName('').problem?.code).toBe('TEXT_REQUIRED');
    expect(checkLegalName('A').problem?.code).toBe('TEXT_TOO_SHORT');
    expect(checkLegalName('A'.repeat(201)).problem?.code).toBe('TEXT_TOO_LONG');
    expect(checkLegalName('Acme\0Corporation').problem?.code).toBe('TEXT_CONTROL_CHARACTER');
  });

  it('comes back unchanged when read again', () => {
    const unit = fc.constantFrom(...'  \u3000()（）北京市公司有限中国TC.a\u200B\uFEFF\t①㈱');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 20 }), (text) => {
        const { value } = checkLegalName(text);
        if (value !== undefined) expect(checkLegalName(value).value).toBe(value);
      }),
      { numRuns: 2000 },
    );
  });

  it('says what to write in both languages', () => {
    expect(checkLegalName('北京公司').problem?.message).toMatch(
      /^Must be the full legal name .*\. \(须填写企业全称.*。\)$/,
    );
  });
});
