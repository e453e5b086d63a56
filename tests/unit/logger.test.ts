import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../src/telemetry/logger.ts';

/** What one line of the log says. */
function written(write: (log: ReturnType<typeof createLogger>) => void): string {
  const destination = new PassThrough();
  write(createLogger({ level: 'trace', pretty: false, destination }));
  return String(destination.read() ?? '');
}

const secret = '不该出现的内容';

describe('personal data and secrets never reach the log', () => {
  it.each([
    'password',
    'token',
    'refreshToken',
    'authorization',
    'cookie',
    'developmentCode',
    'phone',
    'name',
    'fileName',
    'viewerName',
    'applicantName',
    'authorName',
    'text',
    'form',
    'school',
    'major',
    'degree',
    'experience',
    'login',
    'link',
    'body',
    'sdp',
  ])('whatever stands under %s, at any depth a line has', (key) => {
    for (const fields of [
      { [key]: secret },
      { application: { [key]: secret } },
      { reply: { application: { [key]: [secret] } } },
      { a: { b: { c: { [key]: { deeper: secret } } } } },
    ]) {
      const line = written((log) => log.info(fields, 'a line'));
      expect(line).toContain('a line');
      expect(line).not.toContain(secret);
    }
  });

  it('values that PostgreSQL quotes about an error, also of its cause; what operators need stays', () => {
    const failed = Object.assign(new Error('duplicate key value violates unique constraint "accounts_login"'), {
      code: '23505',
      detail: `Key (login)=(${secret}) already exists.`,
      where: `COPY accounts, line 1: "${secret}"`,
      parameters: [secret],
    });
    for (const error of [failed, new Error('could not be stored', { cause: failed })]) {
      for (const key of ['err', 'error']) {
        const line = written((log) => log.error({ [key]: error }, 'it failed'));
        expect(line).not.toContain(secret);
        expect(line).toContain('23505');
        expect(line).toContain('accounts_login');
        expect(line).toContain('logger.test.ts');
      }
    }
  });

  it('the arguments of a Redis command that failed, and phone numbers within messages', () => {
    const failed = Object.assign(new Error('WRONGTYPE for 13800138000 and +8613800138000'), { command: { name: 'set', args: [secret] } });
    const line = written((log) => log.error({ err: failed }, 'it failed'));
    expect(line).not.toContain(secret);
    expect(line).not.toContain('13800138000');
    expect(line).toContain('WRONGTYPE');
  });

  it('a value that PostgreSQL could not read, quoted in the message itself', () => {
    const failed = Object.assign(new Error(`invalid input syntax for type uuid: "${secret}"`), { code: '22P02' });
    expect(written((log) => log.error({ err: failed }, 'it failed'))).not.toContain(secret);
  });

  it('the text that was no JSON, quoted by the parser', () => {
    let failed: unknown;
    try {
      JSON.parse(`{"phone": ${secret}}`);
    } catch (error) {
      failed = error;
    }
    const line = written((log) => log.error({ err: failed }, 'it failed'));
    expect(line).toContain('SyntaxError');
    expect(line).not.toContain(secret);
  });

  it('something thrown that is no error', () => {
    expect(written((log) => log.error({ err: secret }, 'it failed'))).not.toContain(secret);
  });

  it('the query of an address, and the token of a signed link', () => {
    for (const url of [`/api/v1/positions?search=${secret}`, `/api/v1/files/${secret}`, `/join#${secret}`])
      expect(written((log) => log.info({ req: { method: 'GET', url } }, 'asked'))).not.toContain(secret);
  });
});

it('ids and codes pass', () => {
  const line = written((log) => log.warn({ sessionId: 'an-id', errorCode: 'NOT_FOUND', requestId: 'r-1' }, 'refused'));
  expect(JSON.parse(line)).toMatchObject({ sessionId: 'an-id', errorCode: 'NOT_FOUND', requestId: 'r-1', msg: 'refused' });
});
