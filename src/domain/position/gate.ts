import type { Company, FieldIssue, PositionInput } from '../../contract/index.ts';

/**
 * The compliance gate: what the rules demand of a position before viewers may see
 * it. Empty when it is complete. `today` is the date in the fair's time zone.
 */
export function gapsOf(position: PositionInput, today: string): FieldIssue[] {
  const gaps: FieldIssue[] = [];
  const demand = (present: boolean, path: string, message: string) => {
    if (!present) gaps.push({ path, message });
  };
  demand(position.headcount >= 1, 'headcount', '请填写招聘人数');
  demand(position.duties !== '', 'duties', '请填写岗位职责');
  demand(position.conditions !== '', 'conditions', '请填写任职条件');
  demand(position.place !== '', 'place', '请填写工作地点');
  demand(position.payMin !== null, 'payMin', '请填写基本薪酬');
  demand(position.expiresOn !== null, 'expiresOn', '请填写招聘截止日期');
  demand(position.expiresOn === null || position.expiresOn >= today, 'expiresOn', '招聘截止日期已过');
  if (position.kind === 'orderclass') {
    demand(position.training !== null, 'training', '订单班须填写培训地点、时长、出资方、名额与用工企业');
  }
  return gaps;
}

/** What is wrong with a company's licence by `today`; empty when it is valid. */
export function licenceGapsOf(company: Pick<Company, 'name' | 'licenceNumber' | 'licenceExpiresOn'>, today: string): FieldIssue[] {
  if (company.licenceNumber === '') return [{ path: 'licenceNumber', message: `${company.name}：缺少统一社会信用代码` }];
  if (company.licenceExpiresOn === null) return [{ path: 'licenceExpiresOn', message: `${company.name}：缺少执照有效期` }];
  if (company.licenceExpiresOn < today) return [{ path: 'licenceExpiresOn', message: `${company.name}：执照已过期` }];
  return [];
}
