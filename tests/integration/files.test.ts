import { readFile, writeFile } from 'node:fs/promises';
import Fastify from 'fastify';
import { sql } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ApplicationInput, CodedError, errorTable } from '../../src/contract/index.ts';
import type { Actor } from '../../src/domain/actor.ts';
import { registerResumeFiles } from '../../src/http/routes/resume-file.ts';
import { codesOf, newOnce, openRecruiting, type Recruiting } from '../support/recruiting.ts';
import { docx, pdf } from '../support/resumes.ts';

type Person = Actor & { accountId: string };
let recruiting: Recruiting;
let fairId: string;
let companyId: string;
let positionId: string;
let viewer: Person;
let recruiter: Person;

beforeEach(async () => {
  recruiting = await openRecruiting();
  fairId = await recruiting.addFair();
  companyId = await recruiting.addCompany(fairId);
  positionId = await recruiting.addPosition(fairId, companyId);
  viewer = await recruiting.addViewer();
  recruiter = await recruiting.addStaff({ role: 'recruiter', fairId, companyId });
  return () => recruiting.close();
});

const SECRETS = {
  name: '欧阳密码',
  phone: '+8613912345678',
  experience: '绝密的工作经历',
  school: '保密大学',
  file: 'SECRET-RESUME-CONTENT',
  fileName: '欧阳密码的简历',
};
const input = (more: Partial<ApplicationInput> = {}): ApplicationInput => ({
  positionId,
  sessionId: null,
  onceId: newOnce(),
  form: {
    name: SECRETS.name,
    phone: SECRETS.phone,
    group: 'other',
    school: SECRETS.school,
    major: '',
    degree: '',
    experience: SECRETS.experience,
  },
  consent: { accepted: true, until: new Date(recruiting.time.now + 30 * 86_400_000).toISOString().slice(0, 10) },
  ...more,
});
const submit = (bytes: Buffer | null, fileName = '简历.pdf', more: Partial<ApplicationInput> = {}) =>
  recruiting.applications.submit(viewer, input(more), bytes && { fileName, bytes });
/** Opens as the recruiter and takes the token of the file's link. */
async function linkOf(applicationId: string): Promise<string> {
  const { file } = await recruiting.applications.open(recruiter, applicationId);
  return file?.link.split('/').at(-1) ?? '';
}
const download = async (applicationId: string) => recruiting.applications.download(await linkOf(applicationId));

describe('a résumé file', () => {
  it('reaches the company’s recruiter whole, and the applicant sees each reading', async () => {
    const content = docx();
    const { id, fileName } = await submit(content, '../我的 简历.docx');
    expect(fileName).toBe('我的 简历.docx');
    const file = await download(id);
    expect(file.name).toBe('我的 简历.docx');
    expect(file.bytes.equals(content)).toBe(true);
    const [mine] = (await recruiting.applications.listOwn(viewer, { limit: 5 })).items;
    expect(mine?.openings).toHaveLength(2);
    const kinds = await recruiting.database.selectFrom('resume_openings').select('kind').orderBy('id').execute();
    expect(kinds.map((row) => row.kind)).toEqual(['opened', 'downloaded']);
  });

  it('A1: is replaced by a newer one, which alone stays and can be read', async () => {
    const { id } = await submit(pdf('first'));
    const oldLink = await linkOf(id);
    const newer = pdf('second');
    await submit(newer);
    expect((await download(id)).bytes.equals(newer)).toBe(true);
    expect(await recruiting.storedFiles()).toHaveLength(1);
    expect(await codesOf([() => recruiting.applications.download(oldLink)])).toEqual(['NOT_FOUND']);
    // A form without a file leaves the file as it is.
    await submit(null);
    expect((await download(id)).bytes.equals(newer)).toBe(true);
  });

  it('A1: of twenty submissions at once leaves exactly one file, the application’s', async () => {
    const once = newOnce();
    const content = pdf('same');
    await Promise.all(Array.from({ length: 20 }, () => submit(content, 'a.pdf', { onceId: once })));
    expect(await recruiting.storedFiles()).toHaveLength(1);
    const [mine] = (await recruiting.applications.listOwn(viewer, { limit: 5 })).items;
    expect((await download(mine?.id ?? '')).bytes.equals(content)).toBe(true);
  });

  it('leaves nothing behind when it is refused, before or within the transaction', async () => {
    const codes = await codesOf([
      () => submit(Buffer.from('MZ this is a program'), 'cv.pdf'),
      () => submit(docx({ 'word/vbaProject.bin': new Uint8Array(4) }), 'cv.docx'),
      () => submit(Buffer.alloc(10 * 1024 * 1024 + 1), 'big.pdf'),
      () => submit(pdf(), 'cv.pdf', { sessionId: positionId }),
    ]);
    expect(codes).toEqual(['UNSUPPORTED_FILE', 'UNSUPPORTED_FILE', 'TOO_LARGE', 'NOT_FOUND']);
    expect(await recruiting.storedFiles()).toEqual([]);
    expect((await recruiting.applications.listOwn(viewer, { limit: 5 })).items).toEqual([]);
  });

  it('is gone for the company after a withdrawal, and not brought back by applying again without it', async () => {
    const { id } = await submit(pdf());
    const link = await linkOf(id);
    await recruiting.applications.withdraw(viewer, id);
    expect(await codesOf([() => recruiting.applications.download(link)])).toEqual(['APPLICATION_WITHDRAWN']);
    expect(await submit(null)).toMatchObject({ id, status: 'submitted', fileName: null });
    expect(await codesOf([() => recruiting.applications.download(link)])).toEqual(['NOT_FOUND']);
    expect(await recruiting.storedFiles()).toEqual([]);
  });

  it('R4: stays when the commit happened but its answer was lost, and the retry finds it', async () => {
    const { applicationStore, withStore } = recruiting;
    const cutOff = withStore({
      ...applicationStore,
      async change(applicantId, work) {
        await applicationStore.change(applicantId, work);
        throw new Error('the connection was lost');
      },
    });
    const content = pdf();
    const attempt = input();
    const upload = { fileName: 'a.pdf', bytes: content };
    await expect(cutOff.submit(viewer, attempt, upload)).rejects.toThrow('the connection was lost');
    const { id } = await recruiting.applications.submit(viewer, attempt, upload);
    expect((await download(id)).bytes.equals(content)).toBe(true);
    expect(await recruiting.storedFiles()).toHaveLength(1);
  });

  it('is not answered when its content was changed where it lies', async () => {
    const { id } = await submit(pdf());
    const [path = ''] = await recruiting.storedFiles();
    const stored = await readFile(path);
    stored.writeUInt8(stored.readUInt8(stored.length - 1) ^ 1, stored.length - 1);
    await writeFile(path, stored);
    await expect(download(id)).rejects.toThrow();
  });
});

describe('a link to a file', () => {
  it('works for five minutes, and while the staff account holds its grant', async () => {
    const { id } = await submit(pdf());
    const link = await linkOf(id);
    recruiting.time.now += 299_000;
    expect(await codesOf([() => recruiting.applications.download(link)])).toEqual(['ok']);
    recruiting.time.now += 2_000;
    expect(await codesOf([() => recruiting.applications.download(link)])).toEqual(['NOT_FOUND']);
    const fresh = await linkOf(id);
    await recruiting.database.deleteFrom('grants').where('account_id', '=', recruiter.accountId).execute();
    expect(await codesOf([() => recruiting.applications.download(fresh)])).toEqual(['FORBIDDEN']);
  });

  it('cannot be made up', async () => {
    const { id } = await submit(pdf());
    const link = await linkOf(id);
    const [head, claims, signature] = link.split('.');
    const other = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(claims ?? '', 'base64url').toString()), application: positionId }),
    ).toString('base64url');
    const unsigned = Buffer.from('{"alg":"none"}').toString('base64url');
    const codes = await codesOf(
      [`${head}.${other}.${signature}`, `${unsigned}.${claims}.`, 'nonsense', link.slice(0, -3)].map(
        (token) => () => recruiting.applications.download(token),
      ),
    );
    expect(codes).toEqual(Array(4).fill('NOT_FOUND'));
  });

  it('is answered as a download that no browser opens, under its name in any script', async () => {
    const content = pdf();
    const { id } = await submit(content, '王\'小明"(1).pdf');
    const app = Fastify();
    app.setErrorHandler((error, _request, reply) => reply.status(error instanceof CodedError ? errorTable[error.code].status : 500).send());
    registerResumeFiles(app, recruiting);
    try {
      const { file } = await recruiting.applications.open(recruiter, id);
      const response = await app.inject(file?.link ?? '');
      expect(response.statusCode).toBe(200);
      expect(response.rawPayload.equals(content)).toBe(true);
      expect(response.headers).toMatchObject({
        'content-type': 'application/pdf',
        'content-disposition': `attachment; filename="_'__(1).pdf"; filename*=UTF-8''%E7%8E%8B%27%E5%B0%8F%E6%98%8E%281%29.pdf`,
        'x-content-type-options': 'nosniff',
        'cache-control': 'private, no-store',
      });
      expect((await app.inject('/api/v1/files/a-token-of-somebody-else')).statusCode).toBe(404);
    } finally {
      await app.close();
    }
  });
});

describe('personal data at rest', () => {
  it('appears in no column of any table and in no file', async () => {
    const sessionId = await recruiting.addSession(fairId, [companyId]);
    viewer = await recruiting.addViewer(SECRETS.name);
    const { id } = await submit(pdf(SECRETS.file), `${SECRETS.fileName}.pdf`, { sessionId });
    await recruiting.consultations.ask(viewer, { sessionId, companyId, positionId, onceId: newOnce(), text: SECRETS.experience });
    await download(id);
    await recruiting.applications.withdraw(viewer, id);

    const tables = await sql<{
      name: string;
    }>`select table_name as name from information_schema.tables where table_schema = 'public'`.execute(recruiting.database);
    expect(tables.rows.length).toBeGreaterThan(15);
    let dump = '';
    for (const { name } of tables.rows) {
      const rows = await sql<Record<string, unknown>>`select * from ${sql.table(name)}`.execute(recruiting.database);
      for (const row of rows.rows) {
        // Bytes are searched as they are: a text in the clear would show in them.
        dump += Object.values(row)
          .map((value) => (Buffer.isBuffer(value) ? value.toString('utf8') : JSON.stringify(value)))
          .join('\n');
      }
    }
    for (const path of await recruiting.storedFiles()) dump += (await readFile(path)).toString('utf8');
    expect(dump).toContain(id);
    for (const secret of [...Object.values(SECRETS), '13912345678']) expect(dump).not.toContain(secret);
  });

  it('is erased for good when the applicant’s key is destroyed', async () => {
    const { id } = await submit(pdf());
    const link = await linkOf(id);
    await recruiting.database.deleteFrom('applicant_keys').where('account_id', '=', viewer.accountId).execute();
    await expect(recruiting.applications.download(link)).rejects.toThrow();
    const { items } = await recruiting.applications.list(recruiter, { limit: 5 });
    expect(items).toMatchObject([{ id, applicantName: '**', hasFile: false }]);
  });
});
