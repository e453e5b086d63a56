import { fileTypeFromBuffer } from 'file-type';
import { CodedError, RESUME_MAX_BYTES, resumeMediaTypes } from '../../contract/index.ts';
import { isPlainDocx } from './docx.ts';
import type { ResumeMediaType } from './store.ts';

export interface CheckedResume {
  name: string;
  mediaType: ResumeMediaType;
  bytes: Buffer;
}

const [PDF, DOCX] = resumeMediaTypes;
const NAME_MAX = 100;

/**
 * Decides by content, never by name or declared type, whether an upload is a
 * résumé we keep.
 * @throws CodedError TOO_LARGE, UNSUPPORTED_FILE
 */
export async function checkResume(upload: { fileName: string; bytes: Buffer }): Promise<CheckedResume> {
  const { bytes } = upload;
  if (bytes.length > RESUME_MAX_BYTES) throw new CodedError('TOO_LARGE');
  const mediaType = await mediaTypeOf(bytes);
  if (!mediaType) throw new CodedError('UNSUPPORTED_FILE');
  return { name: safeName(upload.fileName, mediaType), mediaType, bytes };
}

async function mediaTypeOf(bytes: Buffer): Promise<ResumeMediaType | null> {
  if (isPlainPdf(bytes)) return PDF;
  if (!isZip(bytes)) return null;
  // Some writers order the parts of a DOCX so that only its ZIP container is recognised.
  const found = await fileTypeFromBuffer(bytes).catch(() => undefined);
  if (found?.mime !== DOCX && found?.mime !== 'application/zip') return null;
  return isPlainDocx(bytes) ? DOCX : null;
}

const isZip = (bytes: Buffer) => bytes.subarray(0, 4).equals(Buffer.from('PK\x03\x04', 'latin1'));

/** The head and tail of ISO 32000-1 (7.5.2, 7.5.5), and nothing that is encrypted, starts programs or runs scripts. */
function isPlainPdf(bytes: Buffer): boolean {
  if (!/^%PDF-[12]\.\d/.test(bytes.subarray(0, 8).toString('latin1'))) return false;
  if (!bytes.subarray(-1024).includes('%%EOF')) return false;
  return !['/Encrypt', '/Launch', '/JavaScript'].some((name) => bytes.includes(name));
}

/** Directional marks can make `fdp.exe` read `exe.pdf`; control characters have no place in a name. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}<>:"|?*]/gu;

/** The last part of a path, without anything that a file system or a header could trip over, and with the ending of its content. */
export function safeName(given: string, mediaType: ResumeMediaType): string {
  const ending = mediaType === PDF ? '.pdf' : '.docx';
  // Cut before it is searched: some of the patterns below take the square of the length.
  const last = (given.split(/[/\\]/).at(-1) ?? '').slice(0, NAME_MAX * 4).normalize('NFC');
  const stem = last
    .toWellFormed()
    .replace(UNSAFE, '')
    .replace(/\.(pdf|docx)$/i, '')
    .replace(/^[.\s]+|[.\s]+$/g, '');
  return `${[...stem].slice(0, NAME_MAX).join('').trim() || '简历'}${ending}`;
}
