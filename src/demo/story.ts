import type { CampusInput, CompanyInput, FairInput, PositionInput } from '../contract/index.ts';

/**
 * The demo fair: five industries, five kinds of position, campuses from several
 * provinces. Companies and people are invented. Dates are made from the day the
 * demo is set up, so that nothing has expired.
 */
const DAY_MS = 24 * 60 * 60 * 1000;
const dateAfter = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

export const demoFair = (): FairInput => ({
  name: '云端鹿城·直播带岗秋季专场',
  nameEn: 'Lucheng Cloud Job Fair, autumn series',
  organizerName: '鹿城区人力资源和社会保障局',
  timeZone: 'Asia/Shanghai',
  startsOn: dateAfter(0),
  endsOn: dateAfter(14),
});

export interface DemoCompany {
  /** Title of its session. */
  session: string;
  company: CompanyInput;
  recruiterName: string;
  recruiterLogin: string;
  positions: PositionInput[];
}

const company = (
  name: string,
  nameEn: string,
  industry: CompanyInput['industry'],
  licenceNumber: string,
  introduction: string,
): CompanyInput => ({
  name,
  nameEn,
  industry,
  province: '内蒙古自治区',
  city: '包头市',
  introduction,
  licenceNumber,
  licenceExpiresOn: dateAfter(900),
});

type PositionFacts = Pick<PositionInput, 'title' | 'headcount' | 'duties' | 'conditions'> & Partial<PositionInput>;

const position = (facts: PositionFacts): PositionInput => ({
  kind: 'fulltime',
  place: '包头市昆都仑区',
  payMin: 5000,
  payMax: 7000,
  payPeriod: 'month',
  benefits: ['五险一金', '带薪年假'],
  groups: ['graduate', 'incity'],
  expiresOn: dateAfter(60),
  training: null,
  ...facts,
});

export const demoCompanies = (): DemoCompany[] => [
  {
    company: company(
      '北疆晶阳光伏科技有限公司',
      'Beijiang Jingyang Photovoltaics',
      'energy',
      '91150200MADEMO0001',
      '单晶拉棒、切片与组件一体化制造，四座智能工厂在建。',
    ),
    recruiterName: '陈晓岚',
    recruiterLogin: 'jingyang',
    session: '光伏制造专场：焊接、拉晶与订单班',
    positions: [
      position({
        title: '光伏组件焊接技术员',
        headcount: 40,
        duties: '负责串焊机、叠层工序的操作与点检；按工艺卡记录参数；参与良率改善。',
        conditions: '中专及以上，电气、机电类专业优先；能适应两班倒；持焊工证者优先。',
        payMin: 6000,
        payMax: 8500,
        benefits: ['五险一金', '免费住宿', '两餐补贴', '年终奖'],
      }),
      position({
        title: '单晶拉晶工程师',
        headcount: 12,
        duties: '维护单晶炉热场与拉晶程序，分析断棱与氧含量数据，制定改善方案。',
        conditions: '本科及以上，材料、物理类专业；熟悉数据分析。',
        payMin: 8000,
        payMax: 12000,
      }),
      position({
        title: '设备维护实习生',
        kind: 'internship',
        headcount: 20,
        duties: '跟随师傅完成自动化产线的日常保养与备件管理。',
        conditions: '在校大三、大四或高职在读，能连续实习三个月。',
        payMin: 150,
        payMax: 180,
        payPeriod: 'day',
        benefits: ['实习证明', '免费住宿', '可转正'],
        groups: ['incity', 'graduate'],
      }),
      position({
        title: '光伏运维订单班',
        kind: 'orderclass',
        headcount: 30,
        duties: '六个月理论与实训结合，结业后到电站从事运行、巡检与检修。',
        conditions: '高中及以上学历，18 周岁以上，能适应野外作业。',
        payMin: 5500,
        payMax: 7500,
        groups: ['returned', 'graduate'],
        training: {
          place: '鹿城职业技术学院实训基地',
          months: 6,
          payer: '鹿城区人社局（政府补贴）',
          seats: 30,
          employer: '北疆晶阳光伏科技有限公司',
        },
      }),
    ],
  },
  {
    company: company(
      '塞上稀磁新材料有限公司',
      'Saishang Rare-Earth Magnets',
      'rareearth',
      '91150200MADEMO0002',
      '高性能烧结钕铁硼磁体，供应风电与新能源汽车电机。',
    ),
    recruiterName: '赵启明',
    recruiterLogin: 'xici',
    session: '稀土磁材专场：见习与学徒',
    positions: [
      position({
        title: '磁材烧结工艺员',
        headcount: 18,
        duties: '执行烧结、时效工艺，监控真空度与温度曲线，处理工艺异常。',
        conditions: '大专及以上，材料、冶金类专业；责任心强。',
        payMin: 6500,
        payMax: 9000,
      }),
      position({
        title: '磁性能检测见习生',
        kind: 'trainee',
        headcount: 10,
        duties: '使用磁滞回线仪完成来料与成品检测，整理检测报告。',
        conditions: '毕业两年内未就业高校毕业生，理工科专业。',
        payMin: 3000,
        payMax: 3500,
        benefits: ['见习补贴', '人身意外险', '留用机会'],
        groups: ['graduate', 'returned'],
      }),
      position({
        title: '数控磨床操作学徒',
        kind: 'apprenticeship',
        headcount: 15,
        duties: '企校双师带徒，一年内掌握双端面磨床与无心磨的操作与编程。',
        conditions: '初中及以上学历，吃苦耐劳，愿意系统学习技能。',
        payMin: 4500,
        payMax: 6000,
        groups: ['returned'],
      }),
    ],
  },
  {
    company: company(
      '鹿城重装机械股份有限公司',
      'Lucheng Heavy Equipment',
      'equipment',
      '91150200MADEMO0003',
      '矿用自卸车与工程机械研发制造，产品出口三十余国。',
    ),
    recruiterName: '孙立群',
    recruiterLogin: 'zhongzhuang',
    session: '装备制造专场',
    positions: [
      position({
        title: '机械设计工程师',
        headcount: 8,
        duties: '承担矿用车悬架与车架的三维设计、有限元分析与图纸归档。',
        conditions: '本科及以上，机械、车辆工程专业，熟练使用三维设计软件。',
        payMin: 8000,
        payMax: 13000,
        place: '包头市青山区',
      }),
      position({
        title: '装配钳工',
        headcount: 25,
        duties: '按装配工艺完成总成装配与调试，填写装配记录。',
        conditions: '中专及以上，机械类专业；有钳工证者优先。',
        payMin: 6000,
        payMax: 9000,
        place: '包头市青山区',
      }),
      position({
        title: '海外售后服务工程师',
        headcount: 6,
        duties: '赴海外矿区完成设备交付、培训与故障处理。',
        conditions: '大专及以上，英语或俄语可作为工作语言，能接受长期出差。',
        payMin: 12000,
        payMax: 20000,
        place: '包头市青山区（常驻海外）',
      }),
    ],
  },
  {
    company: company(
      '云枢商务服务有限公司',
      'Yunshu Business Services',
      'services',
      '91150200MADEMO0004',
      '政企客户服务外包，两千坐席呼叫中心与数据标注基地。',
    ),
    recruiterName: '李婉',
    recruiterLogin: 'yunshu',
    session: '商务服务专场',
    positions: [
      position({
        title: '政务热线客服专员',
        headcount: 50,
        duties: '受理市民来电，准确记录并转办诉求，完成回访。',
        conditions: '大专及以上，普通话标准，打字每分钟 50 字以上。',
        payMin: 4200,
        payMax: 6500,
        place: '包头市稀土高新区',
      }),
      position({
        title: '数据标注实习生',
        kind: 'internship',
        headcount: 30,
        duties: '按规范完成图像与文本标注，参与质检。',
        conditions: '在校大学生，细心耐心，每周到岗三天以上。',
        payMin: 120,
        payMax: 160,
        payPeriod: 'day',
        place: '包头市稀土高新区',
        groups: ['incity'],
      }),
    ],
  },
  {
    company: company(
      '万家惠商业管理有限公司',
      'Wanjiahui Retail',
      'retail',
      '91150200MADEMO0005',
      '区域连锁商超，门店六十二家，自建冷链物流园。',
    ),
    recruiterName: '郭晨',
    recruiterLogin: 'wanjiahui',
    session: '零售与物流专场',
    positions: [
      position({
        title: '门店储备店长',
        headcount: 20,
        duties: '轮岗学习生鲜、收银、陈列与排班，一年内独立管理门店。',
        conditions: '大专及以上，专业不限，有团队意识。',
        payMin: 5000,
        payMax: 8000,
        place: '包头市各城区门店',
        groups: ['graduate', 'returned'],
      }),
      position({
        title: '冷链物流调度员',
        headcount: 10,
        duties: '编制配送计划，跟踪车辆温度与时效，处理异常。',
        conditions: '大专及以上，物流管理专业优先，熟练使用表格软件。',
        payMin: 5500,
        payMax: 7500,
        place: '包头市九原区物流园',
      }),
    ],
  },
];

export const demoCampuses: CampusInput[] = [
  { name: '鹿城职业技术学院', kind: 'campus', province: '内蒙古自治区', code: 'lczy' },
  { name: '北疆科技大学', kind: 'campus', province: '内蒙古自治区', code: 'bjkd' },
  { name: '塞北师范学院', kind: 'campus', province: '河北省', code: 'sbsf' },
  { name: '陇原理工学院', kind: 'campus', province: '甘肃省', code: 'lylg' },
  { name: '秦川工业大学', kind: 'campus', province: '陕西省', code: 'qcgd' },
  { name: '区就业服务中心公众号', kind: 'channel', province: '内蒙古自治区', code: 'gzh' },
];

/** What synthetic viewers say, in turn. */
export const demoChat = [
  '主播好！请问焊接岗位需要有证吗？',
  '包住吗？宿舍几人间？',
  '订单班是先培训再上岗吗',
  '声音很清楚 👍',
  '专科可以投拉晶工程师吗？',
  '实习结束可以转正吗',
  '两班倒具体是几点到几点呀',
  '已经投了，期待回复 🙏',
  '外地户籍有没有租房补贴？',
  '应届生有导师带吗',
];

/** What synthetic viewers ask in a consultation, and what the recruiter answers to each. */
export const demoConsultations = [
  {
    question: '您好，我是机电一体化专业的，想了解焊接技术员的培训安排。',
    answer: '您好，入职后有两周脱产培训，考核通过后上岗，培训期间有补贴。',
  },
  { question: '请问订单班报名截止到什么时候？', answer: '订单班本月底截止，名额三十人，建议尽快提交简历。' },
  { question: '实习期间可以开实习证明吗？', answer: '可以的，实习满一个月就可以开具，表现优秀可以转正。' },
  { question: '面试在线上还是到厂里？', answer: '先线上初试，通过后到厂里参观和实操，往返车费由我们报销。' },
] as const;

export const demoApplicants = [
  { name: '王思远', school: '鹿城职业技术学院', major: '机电一体化', degree: '大专', group: 'graduate' },
  { name: '李若彤', school: '北疆科技大学', major: '材料科学与工程', degree: '本科', group: 'incity' },
  { name: '高明轩', school: '陇原理工学院', major: '电气工程', degree: '本科', group: 'graduate' },
  { name: '苏雅', school: '塞北师范学院', major: '应用心理学', degree: '本科', group: 'returned' },
  { name: '周宁', school: '秦川工业大学', major: '机械设计', degree: '硕士', group: 'graduate' },
  { name: '韩雪', school: '鹿城职业技术学院', major: '现代物流', degree: '大专', group: 'returned' },
] as const;
