import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { RESUME_MAX_BYTES, resumeMediaTypes } from '../../src/contract/index.ts';
import { checkResume, safeName } from '../../src/domain/application/resume-check.ts';
import { docx, MACRO_DOCUMENT, pdf } from '../support/resumes.ts';

const [PDF, DOCX] = resumeMediaTypes;
const check = (bytes: Buffer, fileName = '简历.pdf') => checkResume({ fileName, bytes });
const zeros = (mebibytes: number) => new Uint8Array(mebibytes * 1024 * 1024);

describe('a résumé is judged by its content', () => {
  it('accepts a PDF and a DOCX whatever they are called, and gives the name the ending of the content', async () => {
    expect(await check(pdf(), 'cv.docx')).toMatchObject({ mediaType: PDF, name: 'cv.pdf' });
    expect(await check(docx(), '李雷.PDF')).toMatchObject({ mediaType: DOCX, name: '李雷.docx' });
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['text called .pdf', Buffer.from('just some text')],
    ['a program called .pdf', Buffer.concat([Buffer.from('MZ\x90\x00', 'latin1'), Buffer.alloc(400, 1)])],
    ['a program with a PDF behind it', Buffer.concat([Buffer.from('MZ\x90\x00', 'latin1'), pdf()])],
    ['a PDF cut off', pdf('x'.repeat(4000)).subarray(0, 2000)],
    ['an encrypted PDF', pdf('trailer << /Encrypt 9 0 R >>')],
    ['a PDF that starts a program', pdf('<< /S /Launch /F (cmd.exe) >>')],
    ['a PDF with a script', pdf('<< /S /JavaScript /JS (app.alert(1)) >>')],
    ['a ZIP that is no document', Buffer.from(zipSync({ 'a.txt': new Uint8Array(10) }))],
    ['a ZIP with the magic only', Buffer.from('PK\x03\x04 and nothing else', 'latin1')],
    ['a DOCX without its document', docx({ 'word/document.xml': null })],
    ['a DOCX that unpacks to 120 MB', docx({ 'word/media/a.xml': zeros(60), 'word/media/b.xml': zeros(60) })],
    ['a DOCX with macros', docx({ 'word/vbaProject.bin': new Uint8Array(10) })],
    ['a macro document with another ending', docx({}, MACRO_DOCUMENT)],
    ['a DOCX with a program in it', docx({ 'word/media/setup.exe': new Uint8Array(10) })],
    ['a DOCX that reaches out of its folder', docx({ '../../etc/passwd': new Uint8Array(10) })],
    [
      'a DOCX of 1,001 parts',
      docx(Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`word/${index}.xml`, new Uint8Array(1)]))),
    ],
    ['a DOCX cut off', docx({ 'word/media/a.xml': zeros(1) }).subarray(0, 500)],
  ])('refuses %s', async (_what, bytes) => {
    await expect(check(bytes)).rejects.toMatchObject({ code: 'UNSUPPORTED_FILE' });
  });

  it('refuses one byte more than allowed', async () => {
    const most = pdf('x'.repeat(RESUME_MAX_BYTES - pdf('').length - 200));
    await expect(check(most)).resolves.toMatchObject({ mediaType: PDF });
    await expect(check(Buffer.alloc(RESUME_MAX_BYTES + 1))).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  it('answers a code, and nothing else, to whatever bytes come', async () => {
    const start = fc.constantFrom('', '%PDF-1.7\n', 'PK\x03\x04');
    await fc.assert(
      fc.asyncProperty(start, fc.uint8Array({ maxLength: 300 }), async (head, tail) => {
        const bytes = Buffer.concat([Buffer.from(head, 'latin1'), tail]);
        await expect(check(bytes)).rejects.toMatchObject({ code: 'UNSUPPORTED_FILE' });
      }),
      { numRuns: 200 },
    );
  });
});

describe('the name of a résumé', () => {
  it.each([
    ['../../etc/passwd', 'passwd.pdf'],
    ['C:\\Users\\li\\简历 最终版.pdf', '简历 最终版.pdf'],
    ['..', '简历.pdf'],
    ['', '简历.pdf'],
    ['.pdf', '简历.pdf'],
    ['简历\u202efdp.exe', '简历fdp.exe.pdf'],
    ['a\r\nSet-Cookie: x=1.pdf', 'aSet-Cookie x=1.pdf'],
  ])('%j becomes %j', (given, kept) => {
    expect(safeName(given, PDF)).toBe(kept);
  });

  it('is made in no time from one that was made to take long', () => {
    const started = performance.now();
    expect(safeName(`${'. '.repeat(200_000)}x`, PDF)).toMatch(/^(?!\.).{1,100}\.pdf$/);
    expect(performance.now() - started).toBeLessThan(200);
  });

  it('never holds a path, a control character or more than a header bears', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (given) => {
        const name = safeName(given, DOCX);
        expect(name).toMatch(/^[^/\\\p{Cc}"]{1,105}$/u);
        expect(name.endsWith('.docx')).toBe(true);
        expect(name.isWellFormed()).toBe(true);
      }),
    );
  });
});
