/**
 * Every error a client can be told, in one table. The HTTP server, the socket
 * acknowledgements, the API documents and the pages all read it from here.
 */
export interface ErrorDefinition {
  /** HTTP status (RFC 9110); a socket acknowledgement carries the code alone. */
  status: number;
  /** What happened and what to do next, for the person at the page (zh-CN). */
  zh: string;
  /** The same in English. */
  en: string;
}

export const errorTable = {
  BAD_INPUT: {
    status: 400,
    zh: '提交的内容有误，请按提示修改后重试',
    en: 'Some of the input is not valid; correct the fields named and try again',
  },
  UNAUTHENTICATED: { status: 401, zh: '请先登录', en: 'Sign in first' },
  TOKEN_EXPIRED: { status: 401, zh: '登录已过期，请重新登录', en: 'The sign-in has expired; renew it or sign in again' },
  LOGIN_FAILED: { status: 401, zh: '账号或密码不正确', en: 'The login or the password is wrong' },
  CODE_WRONG: { status: 401, zh: '验证码不正确或已过期，请重新获取', en: 'The code is wrong or has expired; ask for a new one' },
  SMS_UNAVAILABLE: { status: 503, zh: '短信暂时无法发送，请稍后再试', en: 'The text message could not be sent; try again later' },
  ACCOUNT_REQUIRED: { status: 403, zh: '请先用手机号登录，再咨询或投递', en: 'Sign in with a phone number before consulting or applying' },
  FORBIDDEN: { status: 403, zh: '当前身份没有此操作的权限', en: 'Your role does not allow this' },
  NOT_FOUND: { status: 404, zh: '没有找到对应的内容，可能已被移除', en: 'Nothing was found under that address or id' },
  METHOD_NOT_ALLOWED: {
    status: 405,
    zh: '此地址不支持该请求方法',
    en: 'The address does not take this method; see Allow',
  },
  CONFLICT: {
    status: 409,
    zh: '内容已存在或已被他人修改，请刷新后重试',
    en: 'It exists already or was changed meanwhile; reload and try again',
  },
  NOT_JOINED: { status: 409, zh: '请先进入直播间', en: 'Join the session first' },
  SESSION_NOT_LIVE: { status: 409, zh: '直播尚未开始', en: 'The session is not live' },
  SESSION_ENDED: { status: 409, zh: '本场直播已结束', en: 'The session has ended' },
  SESSION_STATE: { status: 409, zh: '场次当前状态不允许此操作', en: 'The session is not in a state that allows this' },
  POSITION_ELSEWHERE: { status: 409, zh: '该岗位不属于本场招聘会', en: 'The position does not belong to this fair' },
  POSITION_CLOSED: { status: 409, zh: '该岗位已停止招聘', en: 'The position is not open' },
  POSITION_INCOMPLETE: {
    status: 422,
    zh: '岗位信息不完整，补齐后才能发布或讲解',
    en: 'The position lacks required facts; complete them before publishing or pinning',
  },
  LICENCE_INVALID: {
    status: 422,
    zh: '企业执照缺失或已过期，请先更新执照信息',
    en: 'The company licence is missing or has expired; update it first',
  },
  CONSENT_REQUIRED: { status: 422, zh: '请先同意简历使用授权', en: 'The consent to use the résumé must be given first' },
  APPLICATION_WITHDRAWN: { status: 409, zh: '该投递已撤回', en: 'The application was withdrawn' },
  CONSENT_EXPIRED: {
    status: 410,
    zh: '简历使用授权已到期，不能再查看',
    en: 'The consent to use the résumé has run out; it can no longer be opened',
  },
  CONSULTATION_CLOSED: { status: 409, zh: '该咨询已结束', en: 'The consultation is closed' },
  INVITATION_INVALID: { status: 410, zh: '邀请链接无效、已使用或已过期', en: 'The invitation link is invalid, used or expired' },
  TOO_LARGE: { status: 413, zh: '内容过大，请压缩后重试', en: 'The content is larger than allowed' },
  UNSUPPORTED_FILE: { status: 415, zh: '仅支持 PDF 或 DOCX 简历文件', en: 'Only PDF and DOCX résumés are accepted' },
  RATE_LIMITED: { status: 429, zh: '操作太频繁，请稍后再试', en: 'Too many requests; wait and try again' },
  ALREADY_PUBLISHING: {
    status: 409,
    zh: '本场已有主播画面，请先停止其他设备的直播',
    en: 'Somebody is publishing in this session already; stop that first',
  },
  STAGE_FULL: { status: 409, zh: '连麦人数已满，请先请一位下麦', en: 'No seat is free on stage; take somebody off first' },
  NOT_INVITED: { status: 403, zh: '尚未受邀上麦，或邀请已失效', en: 'No invitation on stage, or it is no longer valid' },
  CALL_ENDED: { status: 410, zh: '视频沟通已结束', en: 'The one-to-one room has ended' },
  CALL_BUSY: { status: 409, zh: '对方或您正在另一场视频沟通中', en: 'One of the two is in another one-to-one room' },
  STAGE_KEY_INVALID: {
    status: 401,
    zh: '推流或播放密钥无效、已停用或已过期，请在直播台重新生成',
    en: 'The bearer token is not a valid key of this session, or was withdrawn or has expired; make a new one in the studio',
  },
  UNSUPPORTED_TYPE: { status: 415, zh: '不支持的内容类型', en: 'The content type is not supported here; see Accept' },
  PRECONDITION_REQUIRED: { status: 428, zh: '缺少 If-Match 请求头', en: 'An If-Match header is required' },
  PRECONDITION_FAILED: { status: 412, zh: '会话已更新，请使用最新的 ETag', en: 'The ETag is not the present one of this resource' },
  MEDIA_NOT_FOUND: {
    status: 404,
    zh: '媒体连接不存在，请重新进入直播间',
    en: 'No such transport, producer or consumer of yours; join again',
  },
  MEDIA_UNSUPPORTED: { status: 422, zh: '浏览器不支持所需的音视频格式', en: 'The media parameters are not supported' },
  MEDIA_UNAVAILABLE: { status: 503, zh: '媒体服务暂不可用，正在恢复', en: 'The media service is not available now; it is being restored' },
  OVERLOADED: { status: 503, zh: '系统繁忙，请稍后重试', en: 'The system is busy; try again shortly' },
  INTERNAL: { status: 500, zh: '系统出错，已记录，请稍后重试', en: 'Something failed here and was logged; try again later' },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof errorTable;
export const errorCodes = Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]];

export interface FieldIssue {
  /** Where in the input, for example `pay.min`. */
  path: string;
  /** What is allowed there. */
  message: string;
}

/** A refusal with a code from the table: what rules throw and clients are told. */
export class CodedError extends Error {
  readonly code: ErrorCode;
  readonly issues: FieldIssue[] | undefined;
  /** Milliseconds after which trying again can succeed. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, extra: { issues?: FieldIssue[]; retryAfterMs?: number; cause?: unknown } = {}) {
    super(errorTable[code].en, extra.cause === undefined ? undefined : { cause: extra.cause });
    this.name = 'CodedError';
    this.code = code;
    this.issues = extra.issues;
    this.retryAfterMs = extra.retryAfterMs;
  }
}
