import type { Region } from '../../domains/customer/customer.table.ts';

/** A city with the prefixes of its telephone numbers and codes. */
export interface Place {
  /** ISO 3166-1 alpha-2. */
  country: string;
  province: string | null;
  city: string;
  /** The form used at the beginning of a company's name. */
  short: string;
  /** Prefix of landline numbers (E.164), and the number of digits that follow. */
  landline: string;
  lineDigits: number;
  /** Prefixes of mobile numbers, and the number of digits that follow. */
  mobiles: readonly string[];
  mobileDigits: number;
  /** GB/T 2260 code of a county-level division; part of the 18-character social credit code. */
  division?: string;
}

// With 0000 in the middle, numbers are well-formed but obviously invented.
const mainlandMobiles = ['135', '136', '137', '138', '139', '150', '158', '159', '186', '188'].map(
  (network) => `+86${network}0000`,
);

/** "Province City area-code division [digits of a local number, default 8]" */
const mainland = (line: string): Place => {
  const [province, city, areaCode, division, localDigits = '8'] = line.split(' ') as [
    string,
    string,
    string,
    string,
    string?,
  ];
  return {
    country: 'CN',
    province,
    city,
    short: city.replace(/市$/, ''),
    landline: `+86${areaCode}6000`,
    lineDigits: Number(localDigits) - 4,
    mobiles: mainlandMobiles,
    mobileDigits: 4,
    division,
  };
};

const mainlandPlaces = (lines: string): Place[] =>
  lines
    .trim()
    .split('\n')
    .map((line) => mainland(line.trim()));

const abroad = (
  place: Pick<Place, 'country' | 'city' | 'short' | 'landline' | 'lineDigits' | 'mobileDigits'>,
  mobile: string,
): Place => ({ province: null, mobiles: [mobile], ...place });

export const placesByRegion: Record<Region, readonly Place[]> = {
  EAST_CHINA: mainlandPlaces(`
    上海市 上海市 21 310115
    上海市 上海市 21 310114
    江苏省 苏州市 512 320505
    江苏省 南京市 25 320115
    江苏省 无锡市 510 320214
    江苏省 常州市 519 320412
    江苏省 南通市 513 320612
    浙江省 杭州市 571 330109
    浙江省 宁波市 574 330206
    浙江省 温州市 577 330304
    安徽省 合肥市 551 340111
    福建省 福州市 591 350102
    福建省 泉州市 595 350503
    山东省 济南市 531 370112
    山东省 青岛市 532 370211`),
  NORTH_CHINA: mainlandPlaces(`
    北京市 北京市 10 110108
    北京市 北京市 10 110115
    天津市 天津市 22 120116
    河北省 石家庄市 311 130108
    山西省 太原市 351 140106 7`),
  SOUTH_CHINA: mainlandPlaces(`
    广东省 广州市 20 440112
    广东省 深圳市 755 440306
    广东省 佛山市 757 440605
    广东省 东莞市 769 441900
    广东省 惠州市 752 441302 7`),
  CENTRAL_CHINA: mainlandPlaces(`
    湖北省 武汉市 27 420111
    河南省 郑州市 371 410105
    湖南省 长沙市 731 430104`),
  NORTHEAST: mainlandPlaces(`
    辽宁省 沈阳市 24 210112
    辽宁省 大连市 411 210211
    吉林省 长春市 431 220104
    黑龙江省 哈尔滨市 451 230110`),
  NORTHWEST: mainlandPlaces(`
    陕西省 西安市 29 610113
    陕西省 咸阳市 29 610402
    甘肃省 兰州市 931 620102 7
    新疆维吾尔自治区 乌鲁木齐市 991 650104 7`),
  SOUTHWEST: mainlandPlaces(`
    四川省 成都市 28 510107
    重庆市 重庆市 23 500112
    云南省 昆明市 871 530111
    贵州省 贵阳市 851 520115`),
  HONG_KONG_MACAO_TAIWAN: [
    abroad(
      {
        country: 'HK',
        city: '香港',
        short: '香港',
        landline: '+85221',
        lineDigits: 6,
        mobileDigits: 5,
      },
      '+852934',
    ),
    abroad(
      {
        country: 'MO',
        city: '澳门',
        short: '澳门',
        landline: '+853288',
        lineDigits: 5,
        mobileDigits: 5,
      },
      '+853662',
    ),
    abroad(
      {
        country: 'TW',
        city: '台北市',
        short: '台北',
        landline: '+88622',
        lineDigits: 7,
        mobileDigits: 7,
      },
      '+88691',
    ),
  ],
  OVERSEAS: [
    abroad(
      {
        country: 'SG',
        city: '新加坡',
        short: '新加坡',
        landline: '+6562',
        lineDigits: 6,
        mobileDigits: 6,
      },
      '+6591',
    ),
    abroad(
      {
        country: 'MY',
        city: '吉隆坡',
        short: '吉隆坡',
        landline: '+60321',
        lineDigits: 6,
        mobileDigits: 7,
      },
      '+6012',
    ),
    abroad(
      {
        country: 'JP',
        city: '大阪市',
        short: '大阪',
        landline: '+8166',
        lineDigits: 7,
        mobileDigits: 6,
      },
      '+819030',
    ),
  ],
};

/** Streets and industrial parks for addresses; plausible in any city. */
export const streets = [
  '创新大道',
  '启航路',
  '高新一路',
  '工业大道',
  '科技园路',
  '江滨路',
  '长虹路',
  '迎宾大道',
  '振兴路',
];
