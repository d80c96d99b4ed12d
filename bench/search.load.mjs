/** Chinese names are put together from these: places, names of firms, trades, legal forms. */
const places =
  '北京 上海 广州 深圳 杭州 南京 苏州 无锡 宁波 温州 成都 重庆 武汉 长沙 西安 郑州 青岛 济南 大连 沈阳 长春 哈尔滨 天津 石家庄 太原 合肥 福州 厦门 南昌 昆明 贵阳 南宁 海口 兰州 银川 西宁 乌鲁木齐 佛山 东莞 珠海 中山 惠州 汕头 常州 南通 徐州 扬州 绍兴 嘉兴 台州 金华 烟台 潍坊 临沂 洛阳 襄阳 宜昌 株洲 绵阳 桂林 柳州 泉州 漳州 唐山 保定 包头 鞍山 吉林 大庆 芜湖 赣州 九江 遵义 大理 三亚 宝鸡 咸阳';
const trades =
  '科技 技术 材料 电子 实业 药业 发展 化工 信息 机械 控股 电气 生物 工程 光电 投资 制药 电器 贸易 物流 建设 食品 能源 环保 软件 网络 教育 文化 传媒 医疗 器械 汽车 零部件 纺织 服装 家具 包装 印刷 农业 种业 水产 银行 保险 证券 地产 酒店 旅游 咨询 设计 新材料 半导体 精密机械 智能装备 供应链 生物科技 信息技术';
const forms =
  '有限公司 有限公司 有限公司 股份有限公司 有限责任公司 集团有限公司 合伙企业(有限合伙) 中心 厂 商行';
/** Letters that firms are named with; two or three of them are a name. */
const letters =
  '安邦宝北昌超晨诚创春达大德迪鼎东恩发帆方飞丰风福富港高格冠光广国海汉航豪浩和恒红宏虹鸿华欢辉汇惠吉佳嘉健江杰金锦晶景久康科坤蓝朗乐力立丽利联亮林龙隆鲁绿迈美明铭南宁诺鹏普奇启千强勤青庆泉仁荣瑞润森山尚申升盛胜世首硕思松太泰腾天通同统万旺威唯维伟文西希祥翔新鑫信星兴雄旭迅雅亚扬阳耀业一义艺益银英永优友宇裕元远源月悦云运泽长兆振正志智中忠洲卓子紫';
const surnames = '王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗';

/**
 * Fills a migrated, empty database with so many files with a contact each, made inside PostgreSQL; 300 sales people own
 * them. `client` is a superuser's: triggers sleep, and the search texts that they would keep are made at the end.
 */
export async function loadNames(client, customers, log) {
  const one = (words) => `(array['${words.join("','")}'])[1 + floor(random() * ${words.length})::int]`;
  const [place, trade, form] = [places, trades, forms].map((words) => one(words.split(' ')));
  const letter = one([...letters]);
  const session = await client.reserve();
  const step = async (name, text) => {
    const startedMs = performance.now();
    await session.unsafe(text);
    log(`loading: ${name} ${Math.round(performance.now() - startedMs)} ms`);
  };
  try {
    await session.unsafe(
      `set session_replication_role = replica; set synchronous_commit = off; set maintenance_work_mem = '512MB'; select setseed(0.42)`,
    );
    await session.unsafe(`insert into employee (name, email, role)
      select '员工' || n, 'search-' || n || '@bench.example', (array['MANAGER', 'MARKETING', 'ANALYST', 'SALES'])[least(n, 4)]
      from generate_series(1, 303) n`);
    const indexes = await session`
      select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
      from pg_index join pg_class on pg_class.oid = indexrelid
      where relnamespace = 'public'::regnamespace and not exists (select 1 from pg_constraint where conindid = indexrelid)`;
    for (const { name } of indexes) await session.unsafe(`drop index ${name}`);
    await step(
      'files',
      `with staff as materialized (select array_agg(id order by id) as ids from employee where role = 'SALES')
       insert into customer (name, short_name, unified_social_credit_code, website, address, owner_id, updated_at)
       select city || brand || trade || form, case when random() < 0.5 then brand || left(trade, 2) end,
              '91' || lpad(n::text, 6, '3') || upper(substr(md5(n::text), 1, 10)),
              'http://www.' || substr(md5('w' || n), 1, 8) || '.com.cn', city || '市' || trade || '路' || n % 999 || '号',
              ids[1 + n % 300], now() - random() * interval '400 days'
       from staff, (select n, ${place} as city, ${letter} || ${letter} || case when random() < 0.4 then ${letter} else '' end as brand,
                           ${trade} as trade, ${form} as form from generate_series(1, ${customers}) n) made`,
    );
    await step(
      'contacts',
      `insert into contact (customer_id, name, mobile, phone, email, is_primary)
       select id, ${one([...surnames])} || ${letter} || case when random() < 0.6 then ${letter} else '' end,
              '+861' || 30 + floor(random() * 69)::int || lpad(floor(random() * 1e8)::bigint::text, 8, '0'),
              case when random() < 0.5 then '+86755' || 20000000 + floor(random() * 6e7)::bigint end,
              substr(md5(id::text), 1, 8) || '@mail' || floor(random() * 999)::int || '.example', true
       from customer`,
    );
    const build = async (isSearch) => {
      for (const { name, definition } of indexes)
        if (name.startsWith('customer_search') === isSearch) await step(name, definition);
    };
    await build(false);
    // In portions, as an import writes them.
    await step(
      'search texts',
      `do $$ declare ids uuid[]; begin
         for ids in select array_agg(id) from (select id, row_number() over () / 10000 as portion from customer) c group by portion loop
           perform refresh_search(ids);
         end loop;
       end $$`,
    );
    await build(true);
    await session.unsafe('alter index customer_search_grams_idx alter column 1 set statistics 300');
    await session.unsafe('vacuum analyze');
  } finally {
    session.release();
  }
}
