import { z } from 'zod';

/** The words of the product that are one of a list, with their Chinese. */
const named = <const T extends Record<string, string>>(names: T) => ({
  names,
  schema: z.enum(Object.keys(names) as [keyof T & string, ...(keyof T & string)[]]),
});

export const roles = named({ guest: '游客', viewer: '求职者', recruiter: '招聘官', moderator: '场控', organizer: '主办方' });
export type Role = z.infer<typeof roles.schema>;
export const staffRoleSchema = z.enum(['recruiter', 'moderator', 'organizer']);
export type StaffRole = z.infer<typeof staffRoleSchema>;

export const sessionStatuses = named({ scheduled: '未开始', live: '直播中', ended: '已结束', sealed: '已封存' });
export type SessionStatus = z.infer<typeof sessionStatuses.schema>;

export const positionKinds = named({
  fulltime: '全职',
  internship: '实习',
  trainee: '见习',
  apprenticeship: '新型学徒制',
  orderclass: '订单班',
});
export type PositionKind = z.infer<typeof positionKinds.schema>;

export const positionStatuses = named({ draft: '草稿', published: '招聘中', closed: '已停止' });
export const payPeriods = named({ hour: '时', day: '天', month: '月', year: '年' });

export const audienceGroups = named({
  graduate: '高校毕业生',
  returned: '离校未就业返乡',
  incity: '在包大学生',
  other: '其他',
});

export const industries = named({
  energy: '现代能源',
  rareearth: '稀土磁材',
  equipment: '装备制造',
  services: '商务服务',
  retail: '批发零售',
  other: '其他',
});

export const campusKinds = named({ campus: '院校', channel: '渠道', department: '部门', company: '企业' });

export const consultationStatuses = named({ waiting: '排队中', active: '沟通中', closed: '已结束' });
export const applicationStatuses = named({ submitted: '已投递', viewed: '已查看', withdrawn: '已撤回' });
export const outcomeKinds = named({ interviewed: '已面试', offered: '拟录用', hired: '已录用', onboard: '已到岗', left: '已离岗' });
