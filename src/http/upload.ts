import type { FastifyRequest } from 'fastify';
import { CodedError, RESUME_MAX_BYTES } from '../contract/index.ts';
import type { UploadedFile } from './route-handlers.ts';

/** The most a JSON body, or the JSON part of an upload, may have. */
export const JSON_MAX_BYTES = 256 * 1024;
/** The whole upload: the file, the JSON part and the envelopes. */
export const UPLOAD_MAX_BYTES = RESUME_MAX_BYTES + JSON_MAX_BYTES + 8192;

export const uploadLimits = { fileSize: RESUME_MAX_BYTES, files: 2, fields: 1, parts: 3, fieldSize: JSON_MAX_BYTES, headerPairs: 50 };

const refuse = (message: string, path = '') => new CodedError('BAD_INPUT', { issues: [{ path, message }] });

/** Reads a stream up to a limit. @throws CodedError TOO_LARGE beyond it */
async function readWhole(stream: NodeJS.ReadableStream & { truncated?: boolean }, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const part = Buffer.from(chunk as Uint8Array);
    size += part.length;
    if (size > limit) throw new CodedError('TOO_LARGE');
    chunks.push(part);
  }
  if (stream.truncated) throw new CodedError('TOO_LARGE');
  return Buffer.concat(chunks);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, (key, value: unknown) => (key === '__proto__' ? undefined : value));
  } catch {
    throw refuse('not JSON', 'application');
  }
}

/**
 * Reads a multipart/form-data body (RFC 7578): part `application` (JSON) first,
 * then optionally part `file`.
 * @param accept called with the JSON before any byte of the file is read; throws to refuse it
 */
export async function readUpload<T>(
  request: FastifyRequest,
  accept: (json: unknown) => T,
): Promise<{ body: T; file: UploadedFile | null }> {
  if (!request.isMultipart()) throw refuse('multipart/form-data expected', 'content-type');
  if (Number(request.headers['content-length'] ?? 0) > UPLOAD_MAX_BYTES) throw new CodedError('TOO_LARGE');
  let body: { value: T } | null = null;
  let file: UploadedFile | null = null;
  for await (const part of request.parts({ limits: uploadLimits })) {
    if (part.fieldname === 'application' && body === null) {
      // Browsers send a Blob as a file part; a plain text part is as good.
      const text = part.type === 'file' ? (await readWhole(part.file, JSON_MAX_BYTES)).toString('utf8') : String(part.value);
      if (part.type === 'field' && part.valueTruncated) throw new CodedError('TOO_LARGE');
      body = { value: accept(parseJson(text)) };
    } else if (part.fieldname === 'file' && part.type === 'file' && body !== null && file === null) {
      file = { fileName: part.filename, bytes: await readWhole(part.file, RESUME_MAX_BYTES) };
    } else {
      throw refuse('part `application` first, then optionally one part `file`', part.fieldname.slice(0, 40));
    }
  }
  if (body === null) throw refuse('part `application` is missing', 'application');
  return { body: body.value, file };
}
